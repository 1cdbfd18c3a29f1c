"""What is not in the home bucket yet, file by file, with why and what next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from launcher.ui import words
from launcher.ui.rows import KeptFile, SavedState, last_part
from launcher.ui.texts import tr

#: States of a file that a save leaves as they are.
_SETTLED = frozenset({"saved", "by reference", "older than what is saved", "saved as a conflict copy"})
#: States in which only a person can help.
_STUCK = frozenset({"could not be saved", "cannot be saved"})


@dataclass(frozen=True, slots=True)
class Unsaved:
    """One project and its files that are only on this computer; those that need the person come first."""

    name: str
    summary: str
    problem: str
    files: Sequence[KeptFile]

    @property
    def stuck(self) -> int:
        """Files that no save will bring away without the person."""
        return sum(is_stuck(file) for file in self.files)


def unsaved_of(states: Iterable[SavedState]) -> list[Unsaved]:
    """What a save would send, and what stands in its way."""
    return [
        Unsaved(last_part(state.dir), words.amount_unsaved(state), state.problem, _files(state))
        for state in states
        if not state.all_saved
    ]


def _files(state: SavedState) -> list[KeptFile]:
    waiting = [file for file in state.items if not is_settled(file)]
    return sorted(waiting, key=lambda file: (not is_stuck(file), file.path))


def is_settled(file: KeptFile) -> bool:
    """Does a save leave it as it is?"""
    return file.state in _SETTLED


def is_stuck(file: KeptFile) -> bool:
    """Does it need the person?"""
    return file.state in _STUCK


def headline(projects: Sequence[Unsaved], states: Sequence[SavedState]) -> words.Line:
    """All of it in one line."""
    if not projects:
        return words.Line(tr("Everything on this computer is in the home bucket."), words.Tone.SAVED)
    files = sum(state.unsaved_files for state in states)
    amount = sum(state.unsaved_bytes for state in states)
    said = words.counted(files, "{n} file is only on this computer", "{n} files are only on this computer")
    if not files:
        said = tr("What is saved could not be looked at or written down")
    stuck = sum(project.stuck for project in projects)
    needs = "" if not stuck else " " + words.counted(stuck, "{n} of them needs you.", "{n} of them need you.")
    line = f"{said} · {words.size(amount)}." if amount else f"{said}."
    return words.Line(line + needs, words.Tone.FAILED if stuck else words.Tone.ATTENTION)
