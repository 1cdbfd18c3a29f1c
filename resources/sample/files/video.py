"""Small videos that every player and both pose tools read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av  # type: ignore[import-not-found, unused-ignore]
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


def write(file: Path, pictures: Iterable[Picture], fps: int) -> None:
    """Encode as H.264 with 4:2:0 colours, one key frame a second, and the table of frames in front.

    The table in front and frequent key frames let a reader show any frame after fetching little of the file.
    """
    settings = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(file), "w", options=settings) as container:
        stream = _stream(container, fps)
        for picture in pictures:
            stream.height, stream.width = picture.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def read(file: Path) -> Iterator[Picture]:
    """The frames as any player shows them."""
    with av.open(str(file)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def _stream(container: av.container.OutputContainer, fps: int) -> av.VideoStream:
    """The same pictures always make the same file.

    So only one thread, since it matters how many share the work, and no assembler: measured, that lets the encoder's
    choices depend on what lies in memory beside the picture.
    """
    stream = container.add_stream("libx264", rate=fps)
    stream.pix_fmt, stream.gop_size, stream.thread_count = "yuv420p", fps, 1
    stream.options = {"crf": "22", "preset": "slower", "x264-params": "threads=1:asm=0"}
    return stream
