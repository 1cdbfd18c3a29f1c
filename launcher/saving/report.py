"""What `save` says it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from launcher import errors
from launcher.projects.listed import NOT_TEXT, UNREADABLE
from launcher.saving.sent_files import SentFile, SentFiles
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.journal import Item
    from launcher.saving.conflicts import Conflict

T = TypeVar("T")

RENAME = "Rename it, then save again."
#: Told files and bytes that the server has confirmed so far.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class SaveReport:
    """What `save` says it did (contract)."""

    project: str
    home: str
    unchanged: int = 0
    by_reference: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)
    seconds: float = 0.0
    manifest: str | None = None
    codes: list[int] = field(default_factory=list)
    would_send: dict[str, int] | None = None
    #: New files that are saved, and that no computer gets back under their names, with the reason.
    odd_names: dict[str, str] = field(default_factory=dict)
    saved: SentFiles = field(init=False, compare=False)
    #: Of those the last few, which the journal has still to be told.
    not_noted: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.saved = SentFiles(S3Uri.parse(self.home).key)

    def leave_out(self, left_out: Mapping[str, str]) -> None:
        """Name what is no plain file, with the reasons that a look gave."""
        for item, reason in zip(not_plain_files(left_out), left_out.values(), strict=True):
            self.fail(item, (errors.NamesRefused if reason == NOT_TEXT else errors.NotDone).exit_code)

    def fail(self, item: Item, code: int) -> None:
        """Name what could not be saved."""
        self.failed.append(item)
        self.codes.append(code)

    def stopped(self, left: Iterable[str], exc: errors.LauncherError) -> None:
        """Name what a save that had to stop did not come to; what failed by itself is named already."""
        named = {item.path for item in self.failed}
        for path in left:
            if path not in named:
                self.fail(_unknown(path).failed(exc.title, exc.hint), exc.exit_code)

    def add(self, part: SaveReport) -> None:
        """What a part of the same save did."""
        for file in part.saved:
            self.saved.append(file)
        self.odd_names |= part.odd_names
        self.seconds += part.seconds
        self.manifest = part.manifest or self.manifest
        self.keep_conflicts(part.conflicts)

    def keep_conflicts(self, kept: Iterable[Conflict]) -> None:
        """Name what two sessions changed, each file once."""
        self.conflicts = [*{one.path: one for one in [*self.conflicts, *kept]}.values()]
        if self.conflicts:
            self.codes.append(errors.CONFLICTS_KEPT)

    @property
    def bytes(self) -> int:
        """How much was sent."""
        return self.saved.bytes

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it; a rehearsal adds what would be sent."""
        rehearsed = [{"path": path, "bytes": size} for path, size in (self.would_send or {}).items()]
        more = {} if self.would_send is None else {"would_save": rehearsed}
        odd = [{"path": path, "cause": f"its name {why}"} for path, why in self.odd_names.items()]
        return {**self._done(), **more, **({"odd_names": odd} if odd else {})}

    def _done(self) -> dict[str, Any]:
        return {
            "project": self.project,
            "home": self.home,
            "saved": Rows(self.saved, _saved_row),
            "unchanged": self.unchanged,
            "by_reference": sorted(self.by_reference),
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
            "failed": Rows(self.failed, _failed_row),
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "manifest": self.manifest,
        }


def not_plain_files(left_out: Mapping[str, str]) -> list[Item]:
    """What cannot be saved, with the reasons that a look gave."""
    return [_unknown(path).failed(f"It was not saved: {reason}", _remedy(reason)) for path, reason in left_out.items()]


def _remedy(reason: str) -> str:
    if reason == NOT_TEXT:
        return RENAME
    is_ours_to_read = not reason.startswith(UNREADABLE)
    return "Copy it into the project as a plain file." if is_ours_to_read else "Let it be read, then save again."


def _unknown(path: str) -> Item:
    """A file of which only the name is known. A save that has nothing to name does without the journal's room."""
    from launcher.journal import Item

    return Item(path, None, "")


class Rows(Generic[T]):
    """Rows that are made while they are printed, since there may be 200,000."""

    def __init__(self, things: Iterable[T], row: Callable[[T], dict[str, Any]]) -> None:
        self._things = things
        self._row = row

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self._row, self._things)


def _saved_row(file: SentFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "key": file.key,
        "bytes": file.size,
        "checksum": f"crc64nvme:{file.crc64nvme}",
        "version": file.version,
    }


def _failed_row(item: Item) -> dict[str, Any]:
    return {"path": item.path, "cause": item.cause, "next": item.next}
