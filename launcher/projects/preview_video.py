"""One frame of someone else's video, decoded from as few of its bytes as the container allows."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, cast

import av
from av.container import InputContainer
from PIL import Image

from launcher.errors import Damaged, NotFound
from launcher.projects.preview_images import MOST_PIXELS, too_large
from launcher.tools.protocol import ReadRange

#: What cameras and labs write. Anything that could name other files or addresses (playlists) is not in the lists.
CONTAINERS = "mov,mp4,avi,matroska,webm,mpeg,mpegts,mpegvideo,ogg,asf,m4v,h264"
CODECS = (
    "h264,hevc,mpeg4,mjpeg,mpeg1video,mpeg2video,msmpeg4v2,msmpeg4v3,msmpeg4,wmv1,wmv2,wmv3,vc1,vp8,vp9,libdav1d,av1,"
    "libvpx,libvpx-vp9,theora,ffv1,huffyuv,ffvhuff,rawvideo,png,dvvideo,prores,utvideo,cinepak,h263,flv"
)
#: Between two key frames lie rarely more than 300 frames.
MOST_DECODED = 3000
_FIRST_READ, _LARGEST_READ = 64 * 1024, 1024 * 1024


class VideoBytes(io.RawIOBase):
    """A video as a file for the decoder: fetches more at a time while it is read on, and nothing twice."""

    def __init__(self, read: ReadRange, path: str, size: int) -> None:
        super().__init__()
        self._read, self._path, self._size = read, path, size
        self._at, self._next = 0, _FIRST_READ
        self._pieces: dict[int, bytes] = {}

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read starts."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; nothing is fetched yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Some bytes from here on, none only at the end."""
        if self._at >= self._size or size == 0:
            return b""
        start = next((start for start, data in self._pieces.items() if start <= self._at < start + len(data)), None)
        start = self._fetch() if start is None else start
        inside = self._at - start
        data = self._pieces[start][inside : inside + size if size > 0 else None]
        self._at += len(data)
        return data

    def _fetch(self) -> int:
        goes_on = any(start + len(data) == self._at for start, data in self._pieces.items())
        self._next = min(2 * self._next, _LARGEST_READ) if goes_on else _FIRST_READ
        known = min((start for start in self._pieces if start > self._at), default=self._size)
        self._pieces[self._at] = self._read(self._path, self._at, min(self._next, known - self._at))
        return self._at


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video's container says of it; 0 where it does not say."""

    width: int
    height: int
    frames: int
    seconds: float


def frame_of(read: ReadRange, path: str, size: int, number: int) -> Image.Image:
    """Frame `number` of a video, counted from 0 by its time, as SLEAP and DeepLabCut count through OpenCV."""
    return frame_and_facts(read, path, size, number)[0]


def frame_and_facts(read: ReadRange, path: str, size: int, number: int) -> tuple[Image.Image, VideoFacts]:
    """The same, and what the container says beside it."""
    try:
        with contextlib.closing(_opened(VideoBytes(read, path, size))) as container:
            return _image(_frame(container, number, path)), _facts(container)
    except (av.FFmpegError, ValueError, IndexError, ArithmeticError) as exc:
        raise Damaged(path, title="This video cannot be read", detail=repr(exc)[:300]) from exc


def frames_of(read: ReadRange, path: str, size: int, first: int, count: int, width: int) -> Iterator[Image.Image]:
    """Frames `first … first+count` of a video in their order, counted as in `frame_of`, none wider than `width`."""
    try:
        with contextlib.closing(_opened(VideoBytes(read, path, size))) as container:
            _frame(container, first, path)
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate
            if not rate or not stream.time_base:
                raise Damaged(path, title="This video does not tell the times of its frames")
            begin, per_frame = stream.start_time or 0, Fraction(1) / rate / stream.time_base
            container.seek(int(begin + first * per_frame), stream=stream)
            for frame in _decoded(container, stream):
                number = round((frame.pts - begin) / per_frame) if frame.pts is not None else -1
                if number >= first + count:
                    return
                if number >= first:
                    yield _narrow(_image(frame), width)
    except (av.FFmpegError, ValueError, IndexError, ArithmeticError) as exc:
        raise Damaged(path, title="This video cannot be read", detail=repr(exc)[:300]) from exc


def _narrow(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.BOX)


def _opened(file: VideoBytes) -> InputContainer:
    opened = av.open(
        cast("BinaryIO", file),
        "r",
        options={"threads": "1", "max_pixels": str(MOST_PIXELS)},
        container_options={"format_whitelist": CONTAINERS, "codec_whitelist": CODECS, "protocol_whitelist": "none"},
        io_open=_refuse,
        metadata_errors="replace",
    )
    assert isinstance(opened, InputContainer)  # "r" never gives the other kind
    return opened


def _refuse(*_: Any) -> Any:
    raise ValueError("this video names other files")


def _frame(container: InputContainer, number: int, path: str) -> av.VideoFrame:
    if not container.streams.video:
        raise Damaged(path, title="There are no pictures in this video")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context.width * context.height > MOST_PIXELS:
        raise too_large(path, context.width, context.height)
    stream.thread_type = "NONE"
    if 0 < stream.frames <= number:
        raise _past_end(path, number, stream.frames)
    # The first frame is decoded in any case: in H.264 with 4:4:4 colour it alone says which encoder wrote the others,
    # and without that they come out as noise.
    found = next(container.decode(stream), None)
    if number and found is not None:
        found = _at_time(container, stream, number)
    if found is not None:
        return found
    if number < stream.frames or not number:
        raise Damaged(path, title=f"This video breaks off before frame {number}")
    raise _past_end(path, number, stream.frames)


def _facts(container: InputContainer) -> VideoFacts:
    stream = container.streams.video[0]
    seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    if not seconds and container.duration:
        seconds = container.duration / av.time_base
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    frames = stream.frames or round(seconds * rate)
    return VideoFacts(stream.codec_context.width, stream.codec_context.height, max(frames, 0), max(seconds, 0.0))


def _past_end(path: str, number: int, frames: int) -> NotFound:
    held = f"It has {frames} frames, counted from 0." if frames else "Frames are counted from 0."
    return NotFound(path, title=f"This video has no frame {number}", hint=held)


def _at_time(container: InputContainer, stream: Any, number: int) -> av.VideoFrame | None:
    """The frame at the time of that number: from the key frame before it, else from the start."""
    rate = stream.average_rate or stream.guessed_rate
    if not rate or not stream.time_base:
        return next(itertools.islice(_decoded(container, stream), number, None), None)
    ticks = Fraction(1) / rate / stream.time_base
    wanted = (stream.start_time or 0) + number * ticks
    container.seek(int(wanted), stream=stream)
    found = _reached(_decoded(container, stream), wanted - ticks / 2)
    if found is None or found.pts is None or found.pts > wanted + ticks / 2:
        # An index may lead behind the frame, or nowhere; a video without gaps has the frame on the way from its start.
        container.seek(stream.start_time or 0, stream=stream)
        found = _reached(_decoded(container, stream), wanted - ticks / 2) or found
    return found


def _reached(frames: Iterator[av.VideoFrame], earliest: Fraction) -> av.VideoFrame | None:
    return next((frame for frame in frames if frame.pts is not None and frame.pts >= earliest), None)


def _decoded(container: InputContainer, stream: Any) -> Iterator[av.VideoFrame]:
    return itertools.islice(container.decode(stream), MOST_DECODED)


def _image(frame: av.VideoFrame) -> Image.Image:
    """RGB and upright: phones say how the camera was held, and the pose tools turn such frames too."""
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
