"""A run in words and in the contract's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from launcher import errors
from launcher.runs import hanging
from launcher.runs.process import RunFolder
from launcher.runs.runs import Look
from launcher.runs.states import RunState
from launcher.tools import tool
from launcher.tools.running import Problem

_SAFE = "Your project is safe on this computer; what was saved in the tool's window is there."
#: The problem of a tool that is not in trouble: it waits for the person.
ASKS = "asks"
#: So many files are named; more would not be read.
NAMED = 3


def in_words(problem: Problem) -> str:
    """All three parts, as one line."""
    return " ".join(f"{part.rstrip('.')}." for part in (problem.what, problem.data_safe, problem.next))


def open_document(look: Look, problem: Problem | None) -> dict[str, Any]:
    """`open` (contract)."""
    record = look.record
    return {
        "run": record.run,
        "tool": record.tool_id,
        "pid": look.pid,
        "dir": record.dir,
        "window": record.window or (look.window.title if look.window else None),
        "seconds_to_window": record.seconds_to_window,
        "exit_code": record.exit_code,
        "problem": problem.to_json() if problem else None,
        "state": look.state.value,
    }


def refusal_document(tool_id: str | None, folder: str, exc: errors.LauncherError) -> dict[str, Any]:
    """`open` that started nothing."""
    nothing = dict.fromkeys(("run", "pid", "window", "seconds_to_window", "exit_code"))
    what = f"{exc.title}: {exc.subject}" if exc.subject else exc.title
    problem = Problem(what, "Nothing was started, and nothing was changed.", exc.hint)
    return {**nothing, "tool": tool_id, "dir": folder, "problem": problem.to_json(), "state": None}


def run_row(look: Look) -> dict[str, Any]:
    """One element of `runs` (contract). An opened window has no progress that could be known."""
    record = look.record
    return {
        "run": record.run,
        "tool": record.tool_id,
        "project": record.project,
        "state": look.state.value,
        "started": record.started,
        "ended": record.ended,
        "exit_code": record.exit_code,
        "progress": None,
        "pid": look.pid,
        "dir": record.dir,
        "window": record.window or None,
        "message": message(look),
    }


def asking(look: Look, missing: Sequence[str]) -> Problem:
    """The tool wants to be shown where files are; `missing` are those that we know of."""
    title = tool(look.record.tool_id).title
    names = ", ".join(missing[:NAMED]) + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
    return Problem(
        f"{title} asks in its window where {names or 'files of the project'} can be found",
        "Nothing was changed.",
        "Show it the files in its window, or close the window to leave the project as it is.",
        ASKS,
    )


def problem_of(look: Look, folder: RunFolder) -> Problem | None:
    """What a person should know about this run; None if all is as it should be."""
    if look.state is RunState.HANGING and look.started is not None:
        return _hanging(look, look.started.pid, folder)
    # A dialog may tell of more than a file that is sought, and a tool whose screen went away may end with 0.
    if look.state in (RunState.ASKING, RunState.EXITED):
        return tool(look.record.tool_id).explain(folder.log_tail(), look.record.exit_code)
    return _ending(look, folder) if look.state in (RunState.CRASHED, RunState.UNKNOWN) else None


def _hanging(look: Look, pid: int, folder: RunFolder) -> Problem:
    title = tool(look.record.tool_id).title
    signs = hanging.look(pid, [window.title for window in look.windows], folder.log_tail())
    return Problem(
        f"{title} has shown no window of the project after {look.seconds:.0f} s. {hanging.diagnose(signs)}",
        _SAFE,
        f"Wait longer, or stop it with `pose-launcher runs stop {look.record.run}`.",
        "hangs",
    )


def _ending(look: Look, folder: RunFolder) -> Problem:
    kind, record = tool(look.record.tool_id), look.record
    read_log = f"Read its log: `pose-launcher runs log {record.run}`."
    if look.error:
        what = f"The system could not start {kind.title} ({look.error})"
        return Problem(what, "Nothing was changed.", f"`pose-launcher tools check {record.tool_id}` looks at it.")
    if look.state is RunState.UNKNOWN:
        what = f"{kind.title} ended, and what watched over it was ended before; how it ended is not known"
        return Problem(what, _SAFE, read_log)
    known = kind.explain(folder.log_tail(), record.exit_code)
    what = f"{kind.title} ended in a way that is not known here ({_code_in_words(record.exit_code)})"
    return known or Problem(what, _SAFE, read_log)


def _code_in_words(code: int | None) -> str:
    if code is None:
        return "without an exit code"
    return f"exit code {code}" if code >= 0 else f"ended by signal {-code}"


def message(look: Look) -> str:
    """What the state's name does not say."""
    if not look.state.is_over and look.started is not None and not look.is_kept:
        return "How it will end cannot be known: what watched over it was ended."
    return ""
