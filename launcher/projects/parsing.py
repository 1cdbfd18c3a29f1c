"""The reader's side of the parser process: a few of them, each doing one job at a time, replaced when they die."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import launcher
from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message
from launcher.projects.parser import BLOCK
from launcher.tools import tool
from launcher.tools.protocol import CARD_BYTES, RECOGNISE_BYTES, Candidate, Listing, PathChange, ReadRange
from launcher.tools.running import CodeCarrier

if TYPE_CHECKING:
    from launcher.tools.poses import Kind, Poses

#: No file of a pose project takes this long to look at.
JOB_S = 20.0
AHEAD_AT_ONCE = 16
_START = "import sys; sys.path.insert(0, sys.argv[1]); from launcher.projects.{} import main; main()"

#: Answers what a job asks for while it is done: a message, and the bytes that go with it.
Give = Callable[[Message], tuple[Message, bytes]]


class ParserProcess:
    """One child. It gets an empty environment, a safe folder, and three pipes; `module` says what it can do."""

    def __init__(self, module: str = "parser") -> None:
        root = Path(launcher.__file__).parents[1]
        keep = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START.format(module), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root.anchor,
            env={**keep, "HDF5_PLUGIN_PATH": "", "HDF5_USE_FILE_LOCKING": "FALSE", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._channel = Channel(self._child.stdout, self._child.stdin)
        self._started = False

    def call(self, job: Mapping[str, Any], blob: bytes) -> Message:
        """One job and its answer; raises `ChannelClosed` when the child died, or was ended for being too slow."""
        return self._say(job, blob)[0]

    def converse(self, job: Mapping[str, Any], give: Give) -> tuple[Message, bytes]:
        """One job that asks on its way for what it needs, and its answer with the bytes that belong to it."""
        message, blob = self._say(job, b"")
        while "need" in message:
            message, blob = self._say(*give(message))
        return message, blob

    def _say(self, job: Mapping[str, Any], blob: bytes) -> tuple[Message, bytes]:
        timer = threading.Timer(JOB_S if self._started else 3 * JOB_S, self._child.kill)
        timer.daemon = True
        timer.start()
        try:
            if not self._started:
                self._channel.receive()
                self._started = True
            self._channel.send(job, blob)
            return self._channel.receive()
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the child. It keeps nothing, so that nobody need wait until its libraries have been unloaded."""
        self._channel.close()
        self._child.kill()
        self._child.wait()


class Parsers:
    """A handful of parser processes, started when first needed; safe to use from many threads."""

    def __init__(self, count: int = 2, module: str = "parser") -> None:
        self._module = module
        self._idle: queue.LifoQueue[ParserProcess | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count

    def start(self) -> None:
        """Start one now, for whoever will need it soon: it takes a moment to get ready."""
        child = self._idle.get()
        self._idle.put(child or ParserProcess(self._module))

    def close(self) -> None:
        """End them all."""
        for _ in range(self._count):
            child = self._idle.get()
            if child is not None:
                child.close()

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _one(self) -> Iterator[ParserProcess]:
        child = self._idle.get() or None
        try:
            child = child or ParserProcess(self._module)
            yield child
        except BaseException:
            if child is not None:
                child.close()
            child = None
            raise
        finally:
            self._idle.put(child)

    def _call(self, job: Mapping[str, Any], subject: str, blob: bytes = b"") -> Message:
        with _safely(subject), self._one() as child:
            answer = child.call(job, blob)
        return _sound(answer, subject)

    def converse(self, job: Mapping[str, Any], subject: str, give: Give) -> tuple[Message, bytes]:
        """One job that asks on its way for what it needs; `give` answers, and raises nothing."""
        with _safely(subject), self._one() as child:
            answer, blob = child.converse(job, give)
        return _sound(answer, subject), blob

    def look(
        self, candidate: Candidate, listing: Listing, read: ReadRange, *, recognise_only: bool = False
    ) -> Message | None:
        """Recognise a candidate and make its card. `listing` and `read` are of the candidate's folder."""
        pieces: dict[tuple[str, int], bytes] = {}
        budget = RECOGNISE_BYTES if recognise_only else RECOGNISE_BYTES + CARD_BYTES
        need = (candidate.marker.rpartition("/")[2], 0)
        job = {
            "op": "look",
            "tool": candidate.tool_id,
            "candidate": asdict(candidate),
            "listing": [[file.path, file.size, file.modified, file.etag] for file in listing.values()],
            "recognise_only": recognise_only,
            "spent": False,
        }
        ahead = [] if recognise_only else [(path, 0) for path in tool(candidate.tool_id).reads_for_card(listing)]
        while True:
            length = min(BLOCK, listing[need[0]].size - need[1])
            if budget < length:
                job["spent"] = True
            else:
                budget -= length
                pieces[need] = read(need[0], need[1], length)
            job["pieces"] = [[path, start, len(data)] for (path, start), data in pieces.items()]
            answer = self._call(job, candidate.marker, b"".join(pieces.values()))
            if "need" not in answer:
                result: Message | None = answer["result"]
                return result
            need = (answer["need"][0], answer["need"][1])
            if need in ahead:
                budget -= _fetch_ahead(ahead, listing, read, budget - BLOCK, need, pieces)
                ahead = []

    def rewrite(self, tool_id: str, file: Path, to: str, paths: Mapping[str, Any]) -> Sequence[PathChange]:
        """Change the path fields of a working copy, `to` being "local" or "neutral"."""
        answer = self._call(
            {"op": "rewrite", "tool": tool_id, "file": str(file), "to": to, "paths": dict(paths)}, file.name
        )
        return [PathChange(*row) for row in answer["result"]]

    def check(self, tool_id: str, file: Path) -> None:
        """Raise `Damaged` if the file must not replace a good copy."""
        self._call({"op": "sound", "tool": tool_id, "file": str(file)}, file.name)

    def carriers(self, tool_id: str, files: Sequence[tuple[Path, str]]) -> Sequence[CodeCarrier]:
        """How these files of a project, each with its relative path, can run code when the tool opens them."""
        job = {"op": "carriers", "tool": tool_id, "files": [[str(file), path] for file, path in files]}
        answer = self._call(job, files[0][1] if files else "")
        return [CodeCarrier(*row) for row in answer["result"]]

    def poses(self, tool_id: str, file: Path, kind: Kind) -> Poses:
        """All points of one kind in a file of this computer."""
        from launcher.tools.poses import from_message

        job = {"op": "poses", "tool": tool_id, "file": str(file), "kind": str(kind)}
        answer, data = self.converse(job, file.name, lambda _: ({}, b""))
        return from_message(answer["result"], data)

    def curve(self, file: Path) -> dict[str, list[float | None]]:
        """Loss by epoch of a training (`tools/training_curves.py`)."""
        found: dict[str, list[float | None]] = self._call({"op": "curve", "file": str(file)}, file.name)["result"]
        return found

    def fences(self) -> dict[str, bool]:
        """What the parser tried and was kept from (`doctor`)."""
        result: dict[str, bool] = self._call({"op": "fences"}, "the parser")["result"]
        return result


@contextlib.contextmanager
def _safely(subject: str) -> Iterator[None]:
    """A parser that was ended is a property of the file that it read."""
    try:
        yield
    except ChannelClosed as exc:
        raise errors.Damaged(
            subject, title="This file could not be read safely", detail="the parser was ended"
        ) from exc


def _sound(answer: Message, subject: str) -> Message:
    """The answer, unless it is an error."""
    if "error" in answer:
        error = errors.from_json(answer["error"])
        error.subject = error.subject or subject
        raise error
    return answer


def _fetch_ahead(
    ahead: list[tuple[str, int]],
    listing: Listing,
    read: ReadRange,
    budget: int,
    without: tuple[str, int],
    pieces: dict[tuple[str, int], bytes],
) -> int:
    """Fetch at the same time what would else be asked for one by one; returns the bytes that it cost."""
    wanted, cost = [], 0
    for need in ahead:
        length = min(BLOCK, listing[need[0]].size)
        if need != without and cost + length <= budget:
            wanted.append((need, length))
            cost += length
    with ThreadPoolExecutor(AHEAD_AT_ONCE, "ahead") as pool:
        arrived = pool.map(lambda one: read(one[0][0], 0, one[1]), wanted)
        pieces.update(zip((need for need, _ in wanted), arrived, strict=True))
    return cost
