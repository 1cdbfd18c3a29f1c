"""Facts as a person reads them: every number has its unit, no state is told by colour alone."""

from launcher.ui.words.amounts import counted, duration, percent, progress, size, unbroken
from launcher.ui.words.keeping import amount_unsaved, in_two_versions, not_saved, recent, saved_summary, unsaved_files
from launcher.ui.words.lines import SIGNS, Line, Tone
from launcher.ui.words.places import becomes_in_short, becomes_of, fate_of, ways_to
from launcher.ui.words.projects import (
    animals,
    card_line,
    contents,
    contents_in_short,
    health,
    opens_here,
    told,
    tool_badge,
)
from launcher.ui.words.runs import epoch_and_time, is_over, run_state, stopped
from launcher.ui.words.times import at_time, time_left
from launcher.ui.words.tools import TOOL_TITLES, tool_title
from launcher.ui.words.videos import at_frame, video_facts

__all__ = [
    "SIGNS",
    "TOOL_TITLES",
    "Line",
    "Tone",
    "amount_unsaved",
    "animals",
    "at_frame",
    "at_time",
    "becomes_in_short",
    "becomes_of",
    "card_line",
    "contents",
    "contents_in_short",
    "counted",
    "duration",
    "epoch_and_time",
    "fate_of",
    "health",
    "in_two_versions",
    "is_over",
    "not_saved",
    "opens_here",
    "percent",
    "progress",
    "recent",
    "run_state",
    "saved_summary",
    "size",
    "stopped",
    "time_left",
    "told",
    "tool_badge",
    "tool_title",
    "unbroken",
    "unsaved_files",
    "video_facts",
    "ways_to",
]
