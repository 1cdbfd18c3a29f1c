"""Which file on this computer is saved, by its address: for the rows of the files tab. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from launcher.ui import words
from launcher.ui.rows import KeptFile, SavedState, local_address
from launcher.ui.texts import tr
from launcher.ui.unsaved import is_settled, is_stuck


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Files by address; of folders, whose addresses end with `/`, how many files in them are not saved.

    A folder with a file that is looked after is among `folders`; what lies in another one may never be saved, such as
    what the site excludes, or came after the last look.
    """

    files: dict[str, KeptFile] = field(default_factory=dict)
    unsaved_below: Counter[str] = field(default_factory=Counter)
    folders: frozenset[str] = frozenset()

    def line(self, address: str) -> str:
        """How a row stands; empty for what belongs to no project."""
        if address.endswith("/"):
            return self._folder(address)
        file = self.files.get(address)
        return told(file) if file is not None else ""

    def _folder(self, address: str) -> str:
        if number := self.unsaved_below[address]:
            return tr("! {n} not saved yet", n=f"{number:,}")
        return tr("✓ saved") if address in self.folders else ""

    def explained(self, address: str) -> str:
        """Why, and what next."""
        file = self.files.get(address)
        return "\n".join(part for part in (file.cause, file.next) if part) if file is not None else ""


def kept_files(states: Iterable[SavedState]) -> KeptFiles:
    """Of all projects here; hundreds of thousands of files take a moment, so this is done on a thread."""
    files, unsaved, folders = dict[str, KeptFile](), Counter[str](), set[str]()
    for state in states:
        base, holding = local_address(state.dir), set[str]()
        for file in state.items:
            files[base + file.path] = file
            holding.add(file.path.rpartition("/")[0])
            if not is_settled(file):
                unsaved.update(_around(base, file.path.rpartition("/")[0]))
        if not state.problem:  # else nobody knows of a file that is not named
            folders.update(around for folder in holding for around in _around(base, folder))
    return KeptFiles(files, unsaved, frozenset(folders))


def _around(base: str, folder: str) -> Iterable[str]:
    """The project's folder, and every folder in it down to this one."""
    parts = folder.split("/") if folder else []
    return [base + "".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts) + 1)]


def told(file: KeptFile) -> str:
    """One file in a few words, with a sign beside them."""
    if is_stuck(file):
        return f"{words.SIGNS[words.Tone.FAILED]}{tr('needs you')}"
    known = {
        "saved": tr("✓ saved"),
        "by reference": tr("in the data bucket"),
        "older than what is saved": tr("a newer one is saved"),
        "saved as a conflict copy": tr("! in two versions"),
    }
    return known.get(file.state, tr("! not saved yet"))
