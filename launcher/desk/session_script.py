"""What the service's session scripts do: at the start mounts and saver come up, at the end everything is saved.

Both may be called again, or twice at once, and both concern this person's state dir alone. Each line is told when it is
true: the script's log is cut off where the service ends the script.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk import keeping, saver_process
from launcher.desk.mounting import mounts_of
from launcher.desk.taking_along import TIME_ENOUGH_S, TakingAlong
from launcher.saving.apart import Apart

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.saving.finish import FinishReport

#: The service lets a start script have 60 seconds at most; what is not up by then comes up by itself.
_START_WITHIN_S, _UNMOUNT_WITHIN_S = 30.0, 3.0
Tell = Callable[[str], None]


def begin(desk: Desk, tell: Tell) -> list[int]:
    """The start of a session; the exit codes of what did not come up."""
    facts = desk.facts
    tell(f"Session of {facts.user or 'an unknown person'}, stack {facts.stack or 'not known'} ({facts.source}).")
    began, codes = time.monotonic(), list[int]()
    mounts = Apart("mounts", lambda: codes.extend(_mount(desk, tell)))
    codes += _start_saver(desk, tell)
    mounts.wait(_START_WITHIN_S - (time.monotonic() - began))
    if not mounts.is_over:
        tell("The mounts take long; they go on without this script.")
    elif mounts.problem is not None:
        tell(f"The mounts: {mounts.problem}")
        codes.append(mounts.problem.exit_code)
    tell(f"Started in {time.monotonic() - began:.1f} s.")
    return codes


def _start_saver(desk: Desk, tell: Tell) -> list[int]:
    try:
        saver = saver_process.start(desk.setup, os.environ)
    except errors.LauncherError as exc:
        tell(f"The saver: {exc}")
        return [exc.exit_code]
    tell(f"The saver runs (process {saver.pid}).")
    return []


def _mount(desk: Desk, tell: Tell) -> list[int]:
    codes = []
    for state in mounts_of(desk).start():
        tell(f"Mount of {state.bucket.name}: {state.state}. {state.message}".rstrip())
        if not state.is_well:
            codes.append(errors.NotDone.exit_code)
    return codes


def end(desk: Desk, deadline_s: float, began: float, tell: Tell) -> FinishReport:
    """The end of a session: everything is saved that can be in time, the truth is told, and the mounts go."""
    projects = desk.journal.projects()
    tell(f"The session ends; {_counted(len(projects))} on this computer, {deadline_s:.0f} s at most.")
    report = keeping.finish(desk, deadline_s, began)
    if _strays_are_here(desk, report, deadline_s - (time.monotonic() - began), tell):
        report = keeping.finish(desk, deadline_s, began).after(report)
    Apart("mounts", lambda: _unmount(desk)).wait(_UNMOUNT_WITHIN_S)
    return report


def _counted(projects: int) -> str:
    return "1 project is" if projects == 1 else f"{projects} projects are"


def _strays_are_here(desk: Desk, report: FinishReport, left_s: float, tell: Tell) -> bool:
    """Only after everything else, which is known to be wanted, and if all of that went."""
    is_time = left_s >= TIME_ENOUGH_S and report.session_file is not None and not report.is_cut_off
    return TakingAlong(desk, tell, may_come=is_time).within(left_s)


def _unmount(desk: Desk) -> None:
    mounts_of(desk).stop()
