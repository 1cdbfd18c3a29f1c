"""What the verbs on files act on: the chosen project, video, file or folder, by where it lies."""

from __future__ import annotations

from dataclasses import dataclass

from launcher.ui.rows import Entry, Project, SavedState, is_in_s3


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing; `uri` is empty for what is only on this computer, `path` for what is not here."""

    name: str
    uri: str
    path: str
    is_folder: bool
    size: int | None = None

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


def of_entry(entry: Entry | None) -> Subject | None:
    """A row of the files or the videos."""
    if entry is None:
        return None
    in_s3 = is_in_s3(entry.uri)
    return Subject(
        entry.name, entry.uri if in_s3 else "", "" if in_s3 else entry.uri, is_folder=entry.is_folder, size=entry.size
    )
