"""The parser process for pictures: decodes other people's images and videos, and draws key points on them.

It is fenced in like the parser of projects, and is a program of its own so that cards need not wait for the decoders
to be loaded. Frames of a video can be found only by reading on, so a job asks for bytes while it is done.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeAlias

from PIL import Image

from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message
from launcher.projects import preview_images, preview_video
from launcher.projects.confinement import confine
from launcher.projects.preview_crop import Look, check_size
from launcher.projects.preview_draw import png_of, poster
from launcher.tools import load_readers, tool
from launcher.tools.frames import EmbeddedFile, EmbeddedPixels, ImageFile, NoPicture, Picture, VideoFrame, Wanted
from launcher.tools.protocol import BudgetSpent, Candidate, Listed, Listing, ReadRange

#: Under points whose picture is not at hand: colours and white rims stand out on it, in a light window and a dark.
GROUND = "#5F6875"
#: A picture larger than this is not read; labelled frames have around 1 MB.
LARGEST_IMAGE = 32 * 1024 * 1024

#: Pictures as PNG, and what else is known of their file.
Answer: TypeAlias = tuple[list[bytes], dict[str, Any]]


class Stopped(Exception):
    """Nobody waits for this job any more, or its bytes cannot be had."""


class AskedRanges:
    """Bytes that are asked for one range at a time."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __call__(self, path: str, start: int, length: int) -> bytes:
        """Bytes of a file of the listing; raises `BudgetSpent` when no more may be fetched."""
        self._channel.send({"need": [path, start, length]})
        given, blob = self._channel.receive()
        if "given" not in given:
            raise BudgetSpent(path) if "spent" in given else Stopped
        return blob


def of_project(job: Message, read: ReadRange) -> Answer:
    """Labelled frames of a project, as many as are wanted and can be shown."""
    candidate, listing = Candidate(**job["candidate"]), Listing(Listed(*row) for row in job["listing"])
    found = tool(candidate.tool_id).frames(candidate, listing, read, Wanted(**job["wanted"]))
    shown, problems = [], []
    for frame in found.frames:
        try:
            picture = _decoded(frame.picture, candidate.marker, listing, read)
            shown.append(poster(picture, frame.animals, found.bones, Look(**job["look"])))
        except errors.Damaged as exc:
            problems.append(exc)
    if problems and not shown:
        raise problems[0]
    return shown, {}


def of_file(job: Message, read: ReadRange) -> Answer:
    """One frame of a video and what its container says, or an image."""
    file, facts = Listed(*job["file"]), {}
    if job["number"] is None:
        picture = _decoded(ImageFile(file.path), file.path, Listing([file]), read)
    else:
        picture, said = preview_video.frame_and_facts(read, file.path, file.size, job["number"])
        facts = asdict(said)
    return [poster(picture, (), (), Look(**job["look"]))], facts


def of_part(job: Message, read: ReadRange) -> Answer:
    """A part of one frame as it is, nothing drawn on it, and where it begins: it is moved into the frame.

    Where the frame is smaller than the part, the rest is gray.
    """
    file = Listed(*job["file"])
    kind = ImageFile(file.path) if job["number"] is None else VideoFrame(file.path, job["number"])
    left, top, width, height = job["box"]
    check_size(width, height)
    frame = _decoded(kind, file.path, Listing([file]), read)
    left, top = max(0, min(left, frame.width - width)), max(0, min(top, frame.height - height))
    ground = Image.new("RGB", (width, height), "#808080")
    ground.paste(frame, (-left, -top))
    return [png_of(ground), struct.pack("<ii", left, top)], {}


def of_run(job: Message, read: ReadRange) -> Answer:
    """Successive frames of a video as bare RGB, each behind its width and height; fewer where the video ends."""
    file = Listed(*job["file"])
    return [
        struct.pack("<II", *frame.size) + frame.tobytes()
        for frame in preview_video.frames_of(read, file.path, file.size, job["first"], job["count"], job["width"])
    ], {}


def _decoded(picture: Picture, subject: str, listing: Listing, read: ReadRange) -> Image.Image:
    match picture:
        case VideoFrame(path, number):
            return preview_video.frame_of(read, path, listing[path].size, number)
        case ImageFile(path):
            return preview_images.from_file(_whole(path, listing[path].size, read), path)
        case EmbeddedFile(data):
            return preview_images.from_file(data, subject)
        case EmbeddedPixels():
            return preview_images.from_pixels(picture)
        case NoPicture(width, height):
            return Image.new("RGB", (width, height), GROUND)


def _whole(path: str, size: int, read: ReadRange) -> bytes:
    if size > LARGEST_IMAGE:
        raise errors.Damaged(path, title="This picture is too large to be shown", detail=f"{size} bytes")
    return read(path, 0, size)


JOBS: dict[str, Callable[[Message, ReadRange], Answer]] = {
    "project": of_project,
    "file": of_file,
    "part": of_part,
    "run": of_run,
}


def answer(job: Message, read: ReadRange) -> tuple[Message, bytes]:
    """Do one job; whatever goes wrong in it is an answer."""
    try:
        pictures, facts = JOBS[job["op"]](job, read)
    except ChannelClosed:
        raise
    except errors.LauncherError as exc:
        return {"error": exc.to_json()}, b""
    except BudgetSpent:
        return _damaged("This is too large to be shown from a distance"), b""
    except MemoryError:
        return _damaged("This file needs more memory than a picture can"), b""
    except Exception as exc:  # noqa: BLE001 - another person's file must not end the parser
        return _damaged(None, f"{type(exc).__name__}: {exc}"[:500]), b""
    return {"result": [len(picture) for picture in pictures], "facts": facts}, b"".join(pictures)


def _damaged(title: str | None, detail: str = "") -> Message:
    return {"error": errors.Damaged(title=title, detail=detail).to_json()}


def main() -> None:
    """Serve jobs until the pipe ends. Libraries that print go to stderr, never into the channel."""
    reading, writing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    load_readers()  # before the fences close: an import opens files
    preview_images.load_decoders()
    confine()
    channel = Channel(reading, writing)
    asked: Any = AskedRanges(channel)
    try:
        channel.send({"ready": True})
        while True:
            job, _ = channel.receive()
            channel.send(*answer(job, asked))
    except ChannelClosed:
        sys.exit(0)
