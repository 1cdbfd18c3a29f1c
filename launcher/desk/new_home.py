"""Where a project that is made here belongs: its own place in the home prefix, and a folder on the scratch disk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.desk.new_folder import remove_unfinished
from launcher.desk.scratch import scratch_root
from launcher.journal import ProjectRecord
from launcher.storage.names import project_id
from launcher.tools import tool

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.storage.uri import S3Uri

_NEXT_NAME_S = 0.2


@dataclass(frozen=True, slots=True)
class NewHome:
    """An id that no other project has, its place in S3, and its folder here."""

    id: str
    home: S3Uri
    folder: Path
    made: str

    def record(self, name: str, tool_id: str, marker: str) -> ProjectRecord:
        """The project in it."""
        uri = str(self.home.child(marker)) if tool(tool_id).is_one_file else str(self.home)
        return ProjectRecord(self.id, uri, name, tool_id, marker, self.folder, str(self.home), self.made)


def new_home(desk: Desk, name: str, root: Path | None = None) -> NewHome:
    """A place for a project of this name; `root` is where its folder goes, else the scratch disk."""
    if root is not None:
        place = root.absolute()
    else:
        place = scratch_root(desk.site, desk.setup.state, desk.journal)
        remove_unfinished(place)
    while True:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        found = project_id(name, f"{desk.home}{name}-{now}")
        if desk.journal.project(found) is None and not (place / found).exists():
            return NewHome(found, desk.home.child(f"projects/{found}/"), place / found, now)
        time.sleep(_NEXT_NAME_S)  # another of this name was made in this very second


def keep(desk: Desk, record: ProjectRecord) -> None:
    """From now on it is saved; saving knows a folder by the note that staging leaves in it."""
    from launcher.projects.staging.folder import ArrivalFolder

    ArrivalFolder(record).close()
    desk.journal.begin_saving(record.id)  # nothing of it is saved: where its folder goes, that is missed
    desk.journal.put_project(record)
