"""What the verbs on files act on: the chosen project, video, file or folder, by where it lies."""

from __future__ import annotations

from dataclasses import dataclass

from launcher.ui.rows import Entry, Place, Project, SavedState, is_in_s3


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing; `uri` is empty for what is only on this computer, `path` for what is not here.

    `mounted` is where a read-only mount has it, for other programs: the window itself never touches a mount.
    """

    name: str
    uri: str
    path: str
    is_folder: bool
    size: int | None = None
    mounted: str = ""

    @property
    def folder(self) -> str:
        """The folder of this computer that shows it; empty if it is not here."""
        return self.path if self.is_folder else self.path.rpartition("/")[0]


def of_project(project: Project | None, saved: SavedState | None) -> Subject | None:
    """A card's project; it is here if it was brought here."""
    if project is None:
        return None
    here = saved.dir if saved is not None else str(project.json.get("dir") or "")
    uri = project.uri if is_in_s3(project.uri) else ""
    return Subject(project.name, uri, here, is_folder=True, size=project.bytes or None)


def of_entry(entry: Entry | None, place: Place | None) -> Subject | None:
    """A row of the files or the videos of a place."""
    if entry is None:
        return None
    if not is_in_s3(entry.uri):
        return Subject(entry.name, "", entry.uri, entry.is_folder, entry.size)
    mounted = place.mounted(entry.uri) if place is not None else ""
    return Subject(entry.name, entry.uri, "", entry.is_folder, entry.size, mounted)
