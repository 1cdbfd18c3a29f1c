"""The reader's side of pictures: feeds the bytes of a project or file to the process that decodes and draws.

Nothing is decoded here. What comes back is checked to be PNGs of plausible size before anybody shows them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from launcher import errors
from launcher.channel import Message
from launcher.projects.parser_pool import JOB_S
from launcher.projects.parsing import Parsers
from launcher.projects.preview_crop import LARGEST, Look
from launcher.projects.source import Source
from launcher.tools import tool
from launcher.tools.frames import Wanted
from launcher.tools.protocol import Candidate, Listed, Listing

#: A picture costs at most this much reading: the index of a long recording may take some MB, a frame is small.
PICTURE_BYTES = 64 * 1024 * 1024
#: What one request for bytes counts at least, so that their number is bounded too, and may ask for at most.
LEAST_COUNTED, MOST_AT_ONCE = 4096, 32 * 1024 * 1024
#: No video has as many frames; what claims more is not told.
LARGEST_NUMBER = 1_000_000_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures as PNG, what it cost to read them, and what a video's container says (`VideoFacts`)."""

    pictures: Sequence[bytes]
    bytes_read: int
    seconds: float
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A project as it lies in a listing: the candidate and the files of its folder, with paths relative to it."""

    candidate: Candidate
    listing: Listing
    above: str


def place_in(listing: Listing, tool_id: str, marker: str) -> Place | None:
    """The tool's project of one file, or the one whose folder is the root itself; None if there is none.

    Judged by names: that it is one is known since its card was made.
    """
    kind = tool(tool_id)
    for found in kind.candidates(listing):
        if found.marker == marker if marker else not found.folder and not kind.is_one_file:
            above = f"{found.folder}/" if found.folder else ""
            here = Candidate(tool_id, "", found.marker.removeprefix(above), found.name)
            return Place(here, listing.below(found.folder), above)
    return None


class Previewer:
    """Makes pictures of projects and files; safe to use from many threads.

    For one picture no more than `picture_bytes` are read, and no decoder works longer than `job_s`.
    """

    def __init__(self, picture_bytes: int = PICTURE_BYTES, job_s: float = JOB_S) -> None:
        # Not the parsers of cards: a slow video must not hold up the cards.
        self._parsers = Parsers(2, "preview_process", job_s)
        self._picture_bytes = picture_bytes

    def close(self) -> None:
        """End the processes."""
        self._parsers.close()

    def __enter__(self) -> Previewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of_project(self, source: Source, whole: Listing, place: Place, look: Look, wanted: Wanted) -> Shown:
        """Labelled frames of a project."""
        job = {
            "op": "project",
            "candidate": asdict(place.candidate),
            "listing": [_row(file) for file in place.listing.values()],
            "wanted": asdict(wanted),
            "look": asdict(look),
        }
        feed = _Feed(source, lambda path: whole.get(place.above + path), self._picture_bytes)
        return self._made(job, feed, source.uri(place.above + place.candidate.marker))

    def of_file(self, source: Source, file: Listed, number: int | None, look: Look) -> Shown:
        """Frame `number` of a video; None for an image."""
        job = {"op": "file", "file": _row(file), "number": number, "look": asdict(look)}
        feed = _Feed(source, {file.path: file}.get, self._picture_bytes)
        return self._made(job, feed, source.uri(file.path))

    def _made(self, job: Mapping[str, Any], feed: _Feed, subject: str) -> Shown:
        start = time.monotonic()
        try:
            answer, blob = self._parsers.converse(job, subject, feed)
        except errors.LauncherError:
            if feed.problem is not None:
                raise feed.problem from None  # why the bytes could not be had says more than what came of it
            raise
        pictures = pictures_in(answer["result"], blob, subject)
        return Shown(pictures, feed.bytes_read, time.monotonic() - start, numbers_in(answer.get("facts")))


class _Feed:
    """Gives the bytes of some files, within a budget. Whoever asks may be under someone else's control."""

    def __init__(self, source: Source, find: Callable[[str], Listed | None], most: int) -> None:
        self._source, self._find = source, find
        self._left = most
        self.bytes_read = 0
        self.problem: errors.LauncherError | None = None

    def __call__(self, message: Message) -> tuple[Message, bytes]:
        path, start, length = message["need"]
        file = self._find(str(path))
        if self.problem is not None or file is None or not _is_range(start, length):
            return {"stop": True}, b""
        self._left -= max(LEAST_COUNTED, length)
        if self._left < 0:
            return {"spent": True}, b""
        try:
            data = self._source.read(file, start, length)
        except errors.LauncherError as exc:
            self.problem = exc
            return {"stop": True}, b""
        self.bytes_read += len(data)
        return {"given": True}, data


def _is_range(start: object, length: object) -> bool:
    if not isinstance(start, int) or not isinstance(length, int):
        return False
    return start >= 0 and 0 <= length <= MOST_AT_ONCE


def _row(file: Listed) -> list[Any]:
    return [file.path, file.size, file.modified, file.etag]


def pictures_in(lengths: Sequence[int], blob: bytes, subject: str) -> list[bytes]:
    """The pictures of an answer; raises `Damaged` where there is none, or where one is none of ours."""
    found, at = [], 0
    for length in lengths:
        found.append(blob[at : at + length])
        at += length
    if not found or not all(map(is_plausible, found)):
        raise errors.Damaged(subject, title="No picture of this could be made")
    return found


def numbers_in(facts: object) -> dict[str, float]:
    """What is a plain, finite number of those that are expected: it comes from another person's file."""
    said = facts if isinstance(facts, dict) else {}
    names = ("width", "height", "frames", "seconds")
    return {name: float(said[name]) for name in names if _is_number(said.get(name))}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGEST_NUMBER


def is_plausible(png: bytes) -> bool:
    """Does it begin as a PNG of ours: plain 8-bit colour, no larger than what can be asked for?"""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return png.startswith(_PNG) and png[24:26] == b"\x08\x02" and 0 < width <= LARGEST and 0 < height <= LARGEST
