"""The error family: what happened, whether data is safe, what to do next, and the exit code that goes with it.

    LauncherError
    ├── BadUsage            2   a request or a catalogue that cannot be understood
    ├── NotDone             4   something was left undone or is not sound, named in the output
    │   ├── Damaged             a file that does not read as what it claims to be
    │   ├── ChangedMeanwhile    another writer was faster; nothing was replaced
    │   └── OutOfHandles        the system lets us open nothing more
    ├── Refused             5   credentials or rights
    ├── LocalDisk           6   no space, or a disk that does not let us
    │   └── PlaceClosed         one place on it lets nothing in; others do
    ├── NamesRefused        7   keys that cannot be files here
    ├── Held                8   another session holds the project
    ├── WeakServer          9   a server that ignores what our promises rest on
    ├── NotFound           10   no such place, project or object
    ├── ToolFailed         11   the pose tool could not start, or failed
    ├── Unreachable        12   no answer from the server
    └── Interrupted       130   the person, or the system, told the command to end

Anything outside the family is our own bug and ends as exit code 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

DONE, UNEXPECTED, CONFLICTS_KEPT, INTERRUPTED = 0, 1, 3, 130

#: Which of several exit codes wins (contract, "Exit codes").
PRECEDENCE = (1, 12, 5, 6, 8, 9, 4, 7, 3)


def worst_of(codes: Iterable[int]) -> int:
    """The one exit code of a command in which several things went wrong."""
    seen = {code for code in codes if code != DONE}
    for code in PRECEDENCE:
        if code in seen:
            return code
    return max(seen, default=DONE)


class LauncherError(Exception):
    """Something the person should know, in words.

    `subject` is what it was about, `detail` the technical cause (for the log); the person reads `title` and `hint`.
    """

    exit_code: ClassVar[int] = UNEXPECTED
    title: str = "Something went wrong"
    hint: str = "Your data is unchanged. Try again; if it happens again, send the log to your admin."

    def __init__(
        self, subject: object = "", *, title: str | None = None, hint: str | None = None, detail: str = ""
    ) -> None:
        super().__init__(str(subject))
        self.subject = str(subject)
        self.detail = detail
        if title is not None:
            self.title = title
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        """One sentence: what happened, about what, what next."""
        what = f"{self.title}: {self.subject}" if self.subject else self.title
        return f"{what.rstrip('.')}. {self.hint}"

    def to_json(self) -> dict[str, str]:
        """For the channel between our processes; `from_json` makes the same error again."""
        return {
            "kind": type(self).__name__,
            "subject": self.subject,
            "title": self.title,
            "hint": self.hint,
            "detail": self.detail,
        }


def problem_document(problems: Iterable[LauncherError]) -> dict[str, object]:
    """What a program reads on stdout when a command failed before it had anything else to print."""
    told = list(problems)
    rows = [
        {"what": exc.title, "about": exc.subject, "next": exc.hint, "exit_code": exc.exit_code, "detail": exc.detail}
        for exc in told
    ]
    codes = [exc.exit_code for exc in told]
    return {"problems": rows, "exit_code": INTERRUPTED if INTERRUPTED in codes else worst_of(codes)}


class BadUsage(LauncherError):
    """A request, a setting or a catalogue that cannot be understood."""

    exit_code = 2
    title = "This cannot be understood"
    hint = "Nothing was changed. See --help for what is allowed."


class NotDone(LauncherError):
    """Something was left undone; it is named, and the rest went on."""

    exit_code = 4
    title = "Not everything could be done"
    hint = "Nothing was lost. What is missing is named above."


class Damaged(NotDone):
    """A file that does not read as what it claims to be."""

    title = "This file is damaged or incomplete"
    hint = "Nothing was changed. Ask its owner for a sound copy, or restore an earlier saved state."


class ChangedMeanwhile(NotDone):
    """The object is no longer the one we looked at."""

    title = "This was changed by someone else in the meantime"
    hint = "Nothing was replaced. Look at both versions, then save again."


class OutOfHandles(NotDone):
    """The system lets this process open nothing more."""

    title = "This program may not open more files and connections"
    hint = "What is saved stays saved, and the rest is still on this computer. Close other programs, then try again."


class Refused(LauncherError):
    """The server knows who we are, or does not, and says no."""

    exit_code = 5
    title = "You do not have access"
    hint = "Your local files are safe. Ask your admin for the right that is missing."


class LocalDisk(LauncherError):
    """The local disk is full, read-only, or failing."""

    exit_code = 6
    title = "The local disk cannot take this"
    hint = "Nothing was left half-written. Free some space, or choose another folder."


class PlaceClosed(LocalDisk):
    """One place on the disk lets nothing in: it keeps nothing from other places, so they go on."""


class NamesRefused(LauncherError):
    """Keys that would leave their folder, clash, or cannot be files on one of our systems."""

    exit_code = 7
    title = "Some names cannot be files here"
    hint = "Those objects were left where they are. Ask the data owner to rename them."


class Held(LauncherError):
    """Another session is writing this project."""

    exit_code = 8
    title = "Another session holds this project"
    hint = "Nothing was changed. Wait until that session ends, or look at the project without saving."


class WeakServer(LauncherError):
    """The server ignores preconditions or checksums, so nothing it confirms would be a proof."""

    exit_code = 9
    title = "This storage server cannot prove that data is safe"
    hint = "Nothing was written. Ask your admin for a server with conditional writes and checksums (or strict = false)."


class NotFound(LauncherError):
    """No such place, project or object."""

    exit_code = 10
    title = "There is nothing here"
    hint = "Check the address, or look in `pose-launcher places`."


class ToolFailed(LauncherError):
    """The pose tool could not start, or ended with an error of its own."""

    exit_code = 11
    title = "The pose tool failed"
    hint = "Your project is safe on this computer. Look at the tool's log."


class Unreachable(LauncherError):
    """No answer from the server in time."""

    exit_code = 12
    title = "The storage server does not answer"
    hint = "Your local files are safe. Check the network and try again; work that is not saved yet stays here."


class Interrupted(LauncherError):
    """The command was told to end before it was done."""

    exit_code = INTERRUPTED
    title = "Interrupted"
    hint = "What was done so far is kept; run the command again to go on."


KINDS: dict[str, type[LauncherError]] = {
    kind.__name__: kind
    for kind in (
        LauncherError,
        BadUsage,
        NotDone,
        Damaged,
        ChangedMeanwhile,
        OutOfHandles,
        Refused,
        LocalDisk,
        PlaceClosed,
        NamesRefused,
        Held,
        WeakServer,
        NotFound,
        ToolFailed,
        Unreachable,
        Interrupted,
    )
}


def from_json(data: dict[str, str]) -> LauncherError:
    """The error that `to_json` described in another of our processes."""
    kind = KINDS.get(data.get("kind", ""), LauncherError)
    return kind(data.get("subject", ""), title=data.get("title"), hint=data.get("hint"), detail=data.get("detail", ""))
