"""The reader's side of the parser processes: what they can be asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.channel import ChannelClosed, Message
from launcher.projects.parser_pool import JOB_S, Give, ParserPool
from launcher.tools import tool
from launcher.tools.protocol import BLOCK, CARD_BYTES, RECOGNISE_BYTES, Candidate, Listing, PathChange, ReadRange
from launcher.tools.running import CodeCarrier

if TYPE_CHECKING:
    from launcher.tools.poses import Kind, Poses

AHEAD_AT_ONCE = 16
#: What a process without HDF5 can open.
_TEXT = (".csv", ".yaml", ".yml", ".json")


class Parsers:
    """Opens other people's files in processes of their own; safe to use from many threads.

    What is text goes to a process that has loaded neither NumPy nor HDF5, and is ready in a third of the time; where it
    turns out to need them, the job is done again by one that has.
    """

    def __init__(self, count: int = 2, module: str = "parser", job_s: float = JOB_S) -> None:
        self._all = ParserPool(module, count, job_s)
        self._text = ParserPool("text_parser", count, job_s) if module == "parser" else self._all

    def start(self, path: str = "") -> None:
        """Start one now, for whoever will soon need it for such a file: it takes a moment to get ready."""
        self._pool_for(path).start()

    def close(self) -> None:
        """End them all."""
        self._text.close()
        self._all.close()

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _pool_for(self, path: str) -> ParserPool:
        return self._text if path.lower().endswith(_TEXT) else self._all

    def _call(self, job: Mapping[str, Any], subject: str, blob: bytes = b"") -> Message:
        with _safely(subject), self._all.one() as child:
            answer = child.call(job, blob)
        return _sound(answer, subject)

    def _call_lightly(self, job: Mapping[str, Any], file: str, blob: bytes = b"") -> Message:
        """The same by a process that is enough for this file, as far as its name tells."""
        with _safely(file), self._pool_for(file).one() as child:
            answer = child.call(job, blob)
        return self._call(job, file, blob) if "beyond" in answer else _sound(answer, file)

    def converse(self, job: Mapping[str, Any], subject: str, give: Give) -> tuple[Message, bytes]:
        """One job that asks on its way for what it needs; `give` answers, and raises nothing."""
        with _safely(subject), self._all.one() as child:
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
            answer = self._call_lightly(job, candidate.marker, b"".join(pieces.values()))
            if "need" not in answer:
                result: Message | None = answer["result"]
                return result
            need = (answer["need"][0], answer["need"][1])
            if need in ahead:
                budget -= _fetch_ahead(ahead, listing, read, budget - BLOCK, need, pieces)
                ahead = []

    def rewrite(self, tool_id: str, file: Path, to: str, paths: Mapping[str, Any]) -> Sequence[PathChange]:
        """Change the path fields of a working copy, `to` being "local" or "neutral"."""
        job = {"op": "rewrite", "tool": tool_id, "file": str(file), "to": to, "paths": dict(paths)}
        answer = self._call_lightly(job, file.name)
        return [PathChange(*row) for row in answer["result"]]

    def check(self, tool_id: str, file: Path) -> None:
        """Raise `Damaged` if the file must not replace a good copy."""
        self._call_lightly({"op": "sound", "tool": tool_id, "file": str(file)}, file.name)

    def check_whole(self, file: Path) -> None:
        """Raise `Damaged` if a file is cut off, or was not closed; by its ends, however large it is."""
        self._call_lightly({"op": "whole", "file": str(file)}, file.name)

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
