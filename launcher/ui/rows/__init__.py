"""What the window shows, as values: the desk's JSON is read here once, and remote text is made plain on the way in."""

from launcher.ui.rows.addresses import is_in_s3, last_part, local_address
from launcher.ui.rows.keeping import KeptFile, SavedState, by_key, saved_of, saved_state_of
from launcher.ui.rows.listing import Entry, entries_of
from launcher.ui.rows.places import Limit, Place, limits_of, place_of, places_of
from launcher.ui.rows.projects import Finding, Project, Video, project_of
from launcher.ui.rows.runs import Recent, Run, ToolTarget, recent_of, run_of

__all__ = [
    "Entry",
    "Finding",
    "KeptFile",
    "Limit",
    "Place",
    "Project",
    "Recent",
    "Run",
    "SavedState",
    "ToolTarget",
    "Video",
    "by_key",
    "entries_of",
    "is_in_s3",
    "last_part",
    "limits_of",
    "local_address",
    "place_of",
    "places_of",
    "project_of",
    "recent_of",
    "run_of",
    "saved_of",
    "saved_state_of",
]
