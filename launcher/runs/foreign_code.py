"""What in a project's folder can run code here and was not put there by this person.

Names are judged first; what must be looked into is looked into once, by the parser process, and remembered for as long
as the file stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.projects import local_files
from launcher.projects.parsing import Parsers
from launcher.tools.carriers import UNREADABLE
from launcher.tools.protocol import PoseTool
from launcher.tools.running import CodeCarrier

LINK = "Links, behind which nothing was looked at"
#: Raised when the looks of an older launcher are not good enough any more.
RULES = 1
_ATTEMPTS, _AT_ONCE = 3, 32


@dataclass(frozen=True, slots=True)
class ForeignCode:
    """One file of somebody else's that can run code here; the fingerprint tells its content from any other."""

    path: str
    why: Sequence[str]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found in a file as it was then: nothing, or why it matters and which content it was found in."""

    stat: Stat
    why: Sequence[str] = ()
    fingerprint: str = ""


def foreign_code(record: ProjectRecord, kind: PoseTool, parsers: Parsers, journal: Journal) -> Sequence[ForeignCode]:
    """Every such file, in order of its path. Raises `ChangedMeanwhile` for a folder that does not hold still."""
    for _ in range(_ATTEMPTS):
        scan = local_files.scan(record.dir)
        items = journal.items(record.id)
        wanted = {
            path: stat
            for path, stat in scan.files.items()
            if kind.may_carry_code(path) and not is_own(items.get(path), stat, record, is_known=bool(items))
        }
        looks = _looked(record, kind, parsers, journal, wanted) if wanted else {}
        if looks is not None:
            found = [ForeignCode(path, look.why, look.fingerprint) for path, look in looks.items() if look.why]
            return sorted([*found, *_links(record.dir, scan.left_out, kind)], key=lambda one: one.path)
    raise errors.ChangedMeanwhile(
        record.name,
        title="The project's files change while they are looked at",
        hint="Nothing was started. Wait until nothing else writes to its folder, then open it again.",
    )


def is_own(item: Item | None, stat: Stat, record: ProjectRecord, *, is_known: bool) -> bool:
    """Is this content the person's own: made here, saved by them from here, or brought from their home prefix?

    Of a folder that was never brought here by us, and of one whose journal was lost, nothing is known.
    """
    if not is_known or not record.home:
        return False
    if item is None or item.origin is None:
        return True
    if item.origin.uri.startswith(record.home.removesuffix(f"projects/{record.id}/")):
        return True
    return item.stat == stat and item.is_saved and not item.is_as_staged


def _looked(
    record: ProjectRecord, kind: PoseTool, parsers: Parsers, journal: Journal, wanted: Mapping[str, Stat]
) -> Mapping[str, _Look] | None:
    """A look for every file, most of them remembered; None if one of them changed while it was looked at."""
    fact = f"code that {kind.tool_id} may run in {record.id}"
    known = _remembered(journal, fact)
    looks = {path: known[path] for path, stat in wanted.items() if path in known and known[path].stat == stat}
    fresh = [path for path in wanted if path not in looks]
    for path, look in _look_into(record.dir, kind, parsers, {path: wanted[path] for path in fresh}):
        if local_files.stat_of(record.dir / path) != look.stat:
            return None
        looks[path] = look
    if fresh:
        told = {path: {**asdict(look), "stat": look.stat._asdict()} for path, look in looks.items()}
        journal.put_fact(fact, json.dumps({"rules": RULES, "files": told}))
    return looks


def _look_into(
    folder: Path, kind: PoseTool, parsers: Parsers, wanted: Mapping[str, Stat]
) -> Iterator[tuple[str, _Look]]:
    paths = list(wanted)
    for at in range(0, len(paths), _AT_ONCE):
        part = paths[at : at + _AT_ONCE]
        why: dict[str, list[str]] = {}
        for carrier in _carried(parsers, kind.tool_id, [(folder / path, path) for path in part]):
            why.setdefault(carrier.path, []).append(carrier.why)
        for path in part:
            reasons = tuple(why.get(path, ()))
            yield path, _Look(wanted[path], reasons, _fingerprint(folder / path, wanted[path]) if reasons else "")


def _carried(parsers: Parsers, tool_id: str, files: Sequence[tuple[Path, str]]) -> Sequence[CodeCarrier]:
    """The parser's answer; a file that ends the parser is found out alone, and counts as carrying code."""
    try:
        return parsers.carriers(tool_id, files)
    except errors.Damaged:
        if len(files) == 1:
            return [CodeCarrier(files[0][1], UNREADABLE)]
    return [found for file in files for found in _carried(parsers, tool_id, [file])]


def _links(folder: Path, left_out: Iterable[str], kind: PoseTool) -> Iterator[ForeignCode]:
    """A tool follows links that we do not: to a file of a doubtful kind, or to a folder with anything in it."""
    for path in left_out:
        link = folder / path
        if link.is_symlink() and (kind.may_carry_code(path) or link.is_dir()):
            yield ForeignCode(path, (LINK,), f"link to {link.readlink()}")


def _fingerprint(file: Path, stat: Stat) -> str:
    """SHA-256, since whoever may change the file may also look for a content with an equal checksum."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return f"cannot be read, of {stat.mtime_ns}"


def _remembered(journal: Journal, fact: str) -> dict[str, _Look]:
    try:
        told = json.loads(journal.fact(fact) or "{}")
        if told.get("rules") != RULES:
            return {}
        return {path: _Look(**{**look, "stat": Stat(**look["stat"])}) for path, look in told["files"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # nothing is lost but the time to look again
