"""The parser process: reads other people's HDF5, YAML and CSV from bytes that it is given, and knows nothing else.

It keeps no state between jobs. A job that needs bytes which did not come with it is answered with `need`; the reader
fetches them and sends the job again. So one slow read never holds up another project, and a parser that dies takes only
its own job along.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message
from launcher.projects import confinement
from launcher.projects.confinement import confine, writing_to
from launcher.tools import load_readers, tool
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import BLOCK, BudgetSpent, Candidate, Listed, Listing
from launcher.tools.soundness import check_ends

_HDF5 = (".slp", ".h5")


class Missing(Exception):
    """The job needs bytes that did not come with it."""


class GivenRanges:
    """The bytes that came with a job; remembers what else was asked for."""

    def __init__(self, pieces: list[list[Any]], blob: bytes, sizes: Callable[[str], int], *, spent: bool) -> None:
        self._pieces: dict[tuple[str, int], bytes] = {}
        self._sizes = sizes
        self._spent = spent
        self.missing: tuple[str, int] | None = None
        at = 0
        for path, start, length in pieces:
            self._pieces[path, start] = blob[at : at + length]
            at += length

    def __call__(self, path: str, start: int, length: int) -> bytes:
        """Bytes of a file of the listing; raises `Missing`, or `BudgetSpent` when no more may be fetched."""
        end = min(start + length, self._sizes(path))
        blocks = []
        for number in range(start // BLOCK, -(-end // BLOCK)):
            block = self._pieces.get((path, number * BLOCK))
            if block is None:
                if self._spent:
                    raise BudgetSpent(path)
                self.missing = self.missing or (path, number * BLOCK)
                raise Missing(path)
            blocks.append(block)
        first = start // BLOCK * BLOCK
        return b"".join(blocks)[start - first : end - first]


def look(job: Message, blob: bytes) -> Message:
    """Is the candidate a project, what is on its card, and which files belong to it."""
    kind, candidate = tool(job["tool"]), Candidate(**job["candidate"])
    listing = Listing(Listed(*row) for row in job["listing"])
    marker = candidate.marker.removeprefix(f"{candidate.folder}/") if candidate.folder else candidate.marker
    here = Candidate(candidate.tool_id, "", marker, candidate.name)
    read = GivenRanges(job["pieces"], blob, lambda path: listing[path].size, spent=job["spent"])
    try:
        if not kind.recognise(here, listing[marker].size, read):
            return {"result": None} if read.missing is None else {"need": read.missing}
        if job["recognise_only"]:
            return {"result": {}}
        card = kind.card(here, listing, read)
        members = kind.members(here, listing, card)
    except Exception:
        # A library may wrap what our reader raised in an error of its own.
        if read.missing is None:
            raise
        return {"need": read.missing}
    if read.missing is not None:
        return {"need": read.missing}
    return {"result": {"card": asdict(card), "members": list(members)}}


def rewrite(job: Message, _: bytes) -> Message:
    """Change the path fields of a working copy."""
    paths = (LocalPaths if job["to"] == "local" else NeutralPaths)(**job["paths"])
    file = Path(job["file"])
    with writing_to(file):
        changes = tool(job["tool"]).rewrite_paths(file, paths)
    return {"result": [[change.field, change.old, change.new] for change in changes]}


def sound(job: Message, _: bytes) -> Message:
    """May this file replace a good copy?"""
    tool(job["tool"]).is_sound(Path(job["file"]))
    return {"result": {}}


def whole(job: Message, _: bytes) -> Message:
    """Did whoever wrote this file come to its end? It may be of any size: only its ends are looked at.

    An HDF5 file that has another beginning is in a form of its own; only zeros are what comes before the beginning is
    written.
    """
    path = Path(job["file"])
    if path.suffix.lower() not in _HDF5:
        check_ends(path)
        return {"result": {}}
    from launcher.tools.hdf5_ranges import SIGNATURE, check_whole

    with path.open("rb") as file:
        if not check_whole(file, path.stat().st_size, path.name):
            file.seek(0)
            if not any(file.read(len(SIGNATURE))):
                raise errors.Damaged(path.name, title="The beginning of this HDF5 file was not written")
    return {"result": {}}


def carriers(job: Message, _: bytes) -> Message:
    """How these files can run code when the tool opens them."""
    kind = tool(job["tool"])
    found = [carrier for file, path in job["files"] for carrier in kind.code_carried(Path(file), path)]
    return {"result": [[carrier.path, carrier.why] for carrier in found]}


def poses(job: Message, _: bytes) -> tuple[Message, bytes]:
    """All points of one kind in a file."""
    from launcher.tools.poses import Kind, to_message

    told, data = to_message(tool(job["tool"]).poses(Path(job["file"]), Kind(job["kind"])))
    return {"result": told}, data


def curve(job: Message, _: bytes) -> Message:
    """How a training went."""
    from launcher.tools.training_curves import read_curve

    return {"result": read_curve(Path(job["file"]))}


def fences(_: Message, __: bytes) -> Message:
    """Which fences hold: tried out, not assumed."""
    return {"result": confinement.try_fences()}


JOBS: dict[str, Callable[[Message, bytes], Message | tuple[Message, bytes]]] = {
    "look": look,
    "rewrite": rewrite,
    "sound": sound,
    "whole": whole,
    "carriers": carriers,
    "poses": poses,
    "curve": curve,
    "fences": fences,
}


def answer(job: Message, blob: bytes) -> tuple[Message, bytes]:
    """Do one job; whatever goes wrong in it is an answer."""
    try:
        answered = JOBS[job["op"]](job, blob)
        return answered if isinstance(answered, tuple) else (answered, b"")
    except errors.LauncherError as exc:
        return {"error": exc.to_json()}, b""
    except ModuleNotFoundError:  # in a process that reads text alone
        return {"beyond": True}, b""
    except MemoryError:
        return {"error": errors.Damaged(title="This file needs more memory than a project can").to_json()}, b""
    except Exception as exc:  # noqa: BLE001 - another person's file must not end the parser
        return {"error": errors.Damaged(detail=f"{type(exc).__name__}: {exc}"[:500]).to_json()}, b""


def main() -> None:
    """The process that opens everything."""
    serve(load_readers)


def serve(load: Callable[[], None]) -> None:
    """Serve jobs until the pipe ends. Libraries that print go to stderr, never into the channel."""
    reading, writing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    load()  # before the fences close: an import opens files
    confine()
    channel = Channel(reading, writing)
    try:
        channel.send({"ready": True})
        while True:
            job, blob = channel.receive()
            channel.send(*answer(job, blob))
    except ChannelClosed:
        sys.exit(0)
