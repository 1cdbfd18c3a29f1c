"""Pictures and frames of other people's files, decoded in the process for pictures, for the page of a comparison."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from launcher import errors
from launcher.channel import Message
from launcher.projects.parsing import Parsers
from launcher.projects.preview import MOST_AT_ONCE, is_plausible
from launcher.tools.media import is_image

#: Left, top, width, height, in pixels of the frame.
Box: TypeAlias = tuple[int, int, int, int]
_WIDEST = 4096
_CHUNK = 48


class Pictures:
    """Decodes pictures and videos of this computer; nothing of them is decoded here."""

    def __init__(self) -> None:
        self._parsers = Parsers(1, "preview_process")

    def close(self) -> None:
        """End the process."""
        self._parsers.close()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def part(self, file: Path, number: int | None, box: Box) -> tuple[bytes, Box]:
        """A part of an image, or of frame `number` of a video, as a PNG, and the box moved into the frame."""
        job = {"op": "part", "number": None if is_image(file.name) else number, "box": list(box)}
        png, place = self._pieces(job, file)
        if not is_plausible(png) or len(place) != 8:
            raise errors.Damaged(file.name, title="No picture of this could be made")
        left, top = struct.unpack("<ii", place)
        return png, (left, top, *box[2:])

    def run(self, video: Path, first: int, count: int, width: int) -> Iterator[tuple[int, int, bytes]]:
        """Successive frames of a video: width, height and RGB; fewer than asked for where it ends."""
        for start in range(first, first + count, _CHUNK):
            wanted = min(_CHUNK, first + count - start)
            pieces = self._pieces({"op": "run", "first": start, "count": wanted, "width": width}, video)
            for piece in pieces[:wanted]:
                wide, high = struct.unpack_from("<II", piece)
                if not 0 < wide <= _WIDEST or not 0 < high <= _WIDEST or len(piece) != 8 + wide * high * 3:
                    raise errors.Damaged(video.name, title="This video cannot be shown")
                yield wide, high, piece[8:]
            if len(pieces) < wanted:
                return

    def _pieces(self, job: dict[str, Any], file: Path) -> list[bytes]:
        size = file.stat().st_size

        def give(message: Message) -> tuple[Message, bytes]:
            _, start, length = message["need"]
            if not isinstance(start, int) or not isinstance(length, int) or not 0 <= length <= MOST_AT_ONCE:
                return {"stop": True}, b""
            with file.open("rb") as opened:
                opened.seek(max(0, start))
                return {"given": True}, opened.read(length)

        job = {**job, "file": [file.name, size, "", ""]}
        answer, blob = self._parsers.converse(job, file.name, give)
        pieces, at = [], 0
        for length in answer["result"]:
            pieces.append(blob[at : at + length])
            at += length
        return pieces
