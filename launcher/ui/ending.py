"""May one leave? What the end panel says, from what is kept, what runs, and how fast it goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.ui import words
from launcher.ui.rows import Run, SavedState
from launcher.ui.texts import tr

#: With this much left before the session ends, whatever still hangs is given up, so that it is said in time.
_MARGIN_S, _LONGEST_S, _SHORTEST_S = 15.0, 900.0, 5.0


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand. `states` is None while it is not known what is saved; `rate` is in bytes a second."""

    states: Sequence[SavedState] | None
    runs: Sequence[Run] = ()
    failure: str = ""
    rate: float = 0.0
    is_finishing: bool = False
    #: Names of projects that a tool left where nothing survives, and that nobody has given up.
    strays: Sequence[str] = ()
    #: What cannot be found out beside that, in words; work may be there that nobody sees.
    doubt: str = ""
    #: Which tools are open, or what they left elsewhere, is being looked at.
    is_looking: bool = False

    @property
    def unsaved(self) -> list[SavedState]:
        """Projects of which something is only here."""
        return [state for state in self.states or () if not state.all_saved]

    @property
    def is_green(self) -> bool:
        """Everything is confirmed, and it is known that no tool is open and no project lies elsewhere."""
        is_confirmed = self.states is not None and not self.failure and not self.unsaved
        is_all_seen = not self.doubt and not self.is_looking
        return is_confirmed and is_all_seen and not self.runs and not self.strays


def headline(now: Situation) -> words.Line:
    """The one sentence of the panel; green is said when everything is confirmed, and only then."""
    if now.failure:
        return words.Line(tr("Not known what is saved: {why}", why=now.failure), words.Tone.FAILED)
    if now.states is None:
        return words.Line(tr("Looking what is saved …"))
    if now.is_green and now.states:
        said = tr("Everything is in the home bucket, confirmed by the server. You can leave.")
        return words.Line(said, words.Tone.SAVED)
    if now.is_green:
        return words.Line(tr("Nothing was brought to this computer. You can leave."), words.Tone.SAVED)
    if now.unsaved:
        return words.Line(_not_yet(now), words.Tone.ATTENTION)
    if now.runs:
        return words.Line(tr("What is on disk is saved, but a tool is open: it may hold more."), words.Tone.ATTENTION)
    if now.strays:
        return words.Line(tr("What was brought here is saved, but not every project is kept."), words.Tone.ATTENTION)
    if now.doubt:
        return words.Line(tr("What was brought here is saved. {doubt}", doubt=now.doubt), words.Tone.ATTENTION)
    return words.Line(tr("Looking what is open, and what tools left elsewhere …"))


def _not_yet(now: Situation) -> str:
    files, amount = (sum(values) for values in zip(*_amounts(now.unsaved), strict=True))
    said = words.counted(files, "{n} file is not confirmed yet", "{n} files are not confirmed yet")
    if not files:
        return tr("Not everything is confirmed yet.")
    parts = [said, words.size(amount)] if amount else [said]
    if now.rate > 0 and amount:
        parts.append(tr("{time} left", time=words.duration(amount / now.rate)))
    return " · ".join(parts)


def _amounts(states: Sequence[SavedState]) -> list[tuple[int, int]]:
    return [(state.unsaved_files, state.unsaved_bytes) for state in states]


def left_behind(strays: Sequence[str]) -> str:
    """Projects that would be lost although everything that is looked after is saved, one a line."""
    return "\n".join(
        tr("{name} lies where nothing survives the session. One click keeps it, too.", name=name) for name in strays
    )


def tools_open(runs: Sequence[Run]) -> str:
    """Which tools would be stopped, one a line."""
    return "\n".join(_open(run) for run in runs)


def _open(run: Run) -> str:
    tool = words.tool_title(run.tool_id)
    if not run.task:
        return tr("{tool} is open with {name}", tool=tool, name=run.project)
    said = tr("{tool} works on {name}: {state}.", tool=tool, name=run.project, state=words.run_state(run).rstrip(" .…"))
    return tr("{said} Stopped, it keeps its last checkpoint and can be continued.", said=said)


def loses_labels(runs: Sequence[Run]) -> bool:
    """Is a window open that may hold what is not saved?"""
    return any(not run.task for run in runs)


def deadline_s(seconds_left: float | None) -> int:
    """How long `finish` may take before the session ends; where no end is known, as long as a person waits."""
    if seconds_left is None:
        return int(_LONGEST_S)
    return int(min(max(seconds_left - _MARGIN_S, _SHORTEST_S), _LONGEST_S))
