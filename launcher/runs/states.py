"""How a run is, decided from facts alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from launcher.runs.process import Outcome
from launcher.tools.running import WindowSays

#: A pose tool on a slow disk has its window after half a minute; after this long something is wrong.
HANGS_AFTER_S = 90.0


class RunState(StrEnum):
    """How a run is, in the words that `runs` prints."""

    STARTING = "starting"
    RUNNING = "running"
    ASKING = "asking for files"
    HANGING = "hanging"
    EXITED = "exited"
    CRASHED = "crashed"
    STOPPED = "stopped"
    #: It is over, and whoever would have written down how was killed.
    UNKNOWN = "ended unseen"

    @property
    def is_over(self) -> bool:
        """Nothing of it runs any more."""
        return self in (RunState.EXITED, RunState.CRASHED, RunState.STOPPED, RunState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What can be known about a run from outside.

    `says` is the most telling of its windows now, `seconds` its age, `was_up` that its window was seen before.
    """

    is_alive: bool
    outcome: Outcome | None
    stop_asked: bool
    says: WindowSays
    was_up: bool
    seconds: float


def state_of(facts: RunFacts, hangs_after_s: float = HANGS_AFTER_S) -> RunState:
    """How the run is."""
    if facts.outcome is not None:
        return _ended(facts.outcome, stop_asked=facts.stop_asked)
    if not facts.is_alive:
        return RunState.STOPPED if facts.stop_asked else RunState.UNKNOWN
    if facts.was_up or facts.says is WindowSays.READY:
        return RunState.RUNNING
    if facts.says is WindowSays.ASKS_FOR_FILES:
        return RunState.ASKING
    return RunState.HANGING if facts.seconds >= hangs_after_s else RunState.STARTING


def _ended(outcome: Outcome, *, stop_asked: bool) -> RunState:
    if stop_asked:
        return RunState.STOPPED
    return RunState.EXITED if outcome.exit_code == 0 else RunState.CRASHED


def most_telling(says: Iterable[WindowSays]) -> WindowSays:
    """Of all windows of a run: a ready one counts more than one that asks, and that more than a splash screen."""
    seen = set(says)
    return next((one for one in (WindowSays.READY, WindowSays.ASKS_FOR_FILES) if one in seen), WindowSays.NOTHING_YET)
