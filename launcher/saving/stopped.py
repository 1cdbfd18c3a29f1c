"""Why the saver does not save a project: how it is remembered, and the words for folders that are not as they were."""

from __future__ import annotations

from pathlib import Path

from launcher import errors


def problem_fact(project_id: str) -> str:
    """Under which name the journal keeps why a project is not being saved."""
    return f"saving stopped {project_id}"


def vanished(folder: Path) -> errors.NotDone:
    """The words for a folder that is no longer the project's."""
    return errors.NotDone(
        folder,
        title="The project's folder is gone, or is not the one that was brought here, so saving it has stopped",
        hint="Nothing was deleted in the home bucket. Put the folder back, or bring the project again.",
    )


def emptied(folder: Path) -> errors.NotDone:
    """The words for a folder in which nothing is left."""
    return errors.NotDone(
        folder,
        title="The project's folder is empty, so saving it has stopped",
        hint="Nothing was deleted in the home bucket. Put the files back, or bring the project again.",
    )
