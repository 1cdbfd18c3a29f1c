"""A started tool. Pure."""

from __future__ import annotations

from launcher.ui.rows import Run
from launcher.ui.rows.progress import ProgressSeen
from launcher.ui.texts import tr
from launcher.ui.words.amounts import duration
from launcher.ui.words.tools import tool_title

#: The states of a run that has ended, as the desk names them.
_OVER = frozenset({"exited", "crashed", "stopped", "ended unseen"})


def run_state(run: Run) -> str:
    """How a started tool is."""
    if run.task:
        if run.progress is not None:
            return epoch_and_time(run.progress)
        return run.message or (tr("waits for its turn") if run.state == "queued" else tr("starting …"))
    known = {
        "starting": tr("starting …"),
        "running": tr("its window is open"),
        "asking for files": tr("asks for files in its window"),
        "hanging": tr("shows no window yet"),
    }
    return known.get(run.state, run.state)


def epoch_and_time(told: ProgressSeen) -> str:
    """`epoch 12/200 · 14 min left`."""
    said = tr("epoch {n}/{all}", n=f"{told.epoch:,}", all=f"{told.epochs:,}")
    if told.seconds_left is None or told.epoch >= told.epochs:
        return said
    return f"{said} · {tr('{time} left', time=duration(told.seconds_left))}"


def is_over(run: Run) -> bool:
    """Has it ended, in whatever way?"""
    return run.state in _OVER


def stopped(run: Run) -> str:
    """How it went after a person agreed to end a tool."""
    tool = tool_title(run.tool_id)
    if is_over(run) and run.task:
        return tr(
            "{tool} has ended. Its last checkpoint is in the project's folder, and it can be continued.", tool=tool
        )
    if is_over(run):
        return tr("{tool} has ended. What was saved in its window is in the project's folder.", tool=tool)
    return tr("! {tool} could not be stopped. Close its window yourself, or try again.", tool=tool)
