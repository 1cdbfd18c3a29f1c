"""What a view says when it has no rows to show: a title, a next step, and at most one button. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from launcher import errors
from launcher.ui.texts import tr
from launcher.ui.words import duration


@dataclass(frozen=True, slots=True)
class State:
    """A whole view in words."""

    icon: str
    title: str
    hint: str = ""
    #: The id of the action behind the button, and its words; none if there is nothing to do.
    action: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """How far looking at a place has come."""

    what: str
    found: int = 0
    shown: int = 0
    ended: bool = False
    seconds: float = 0.0
    failure: errors.LauncherError | None = None


#: From here on a person wonders whether anything happens at all.
SLOW_S = 4.0
#: From here on it is not just slow.
SILENT_S = 8.0


def state_of(looked: Looked) -> State | None:
    """What to say instead of rows; None when there are rows to show."""
    if looked.shown:
        return None
    if looked.found:
        return State(
            "search", tr("Nothing here passes the filter"), tr("All of it is hidden by the chips or the search."),
            "show-all", tr("Show everything"),
        )  # fmt: skip
    if looked.failure is not None:
        return failed(looked.failure)
    return _empty(looked.what) if looked.ended else _looking(looked)


def _looking(looked: Looked) -> State:
    title = {"videos": tr("Looking for videos …"), "files": tr("Listing …")}.get(
        looked.what, tr("Looking for projects …")
    )
    if looked.seconds < SLOW_S:
        return State("clock", title)
    if looked.seconds < SILENT_S:
        return State("clock", title, tr("The storage server takes its time. What is found appears here at once."))
    silence = tr(
        "Nothing has come for {time}: the storage server is slow or does not answer. Your files on this computer are "
        "safe. What is found appears here at once.",
        time=duration(looked.seconds),
    )
    return State("clock", title, silence)


def _empty(what: str) -> State:
    if what == "videos":
        return State("empty", tr("There are no videos here"), tr("Choose another place on the left."))
    if what == "files":
        return State("empty", tr("There is nothing here"), tr("Choose another place on the left."))
    if what == "local":
        return State(
            "empty", tr("Nothing was brought to this computer yet"), tr("Open a project of a place on the left.")
        )
    return State(
        "empty", tr("There are no pose projects here"), tr("Look at the files, or choose another place on the left."),
        "show-files", tr("Show the files"),
    )  # fmt: skip


def failed(failure: errors.LauncherError) -> State:
    """A place that cannot be looked at: why, and what to do."""
    sign = {errors.Unreachable.exit_code: "offline", errors.Refused.exit_code: "locked"}.get(
        failure.exit_code, "attention"
    )
    if isinstance(failure, errors.NotFound):
        return _empty("files")
    return State(sign, failure.title, failure.hint, "look-again", tr("Try again"))
