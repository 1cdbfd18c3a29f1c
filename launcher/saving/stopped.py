"""Why the saver does not save a project: how it is remembered, and the words for folders that are not as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from launcher import errors


def problem_fact(project_id: str) -> str:
    """Under which name the journal keeps why a project is not being saved."""
    return f"saving stopped {project_id}"


def attempt_fact(project_id: str) -> str:
    """The same of the last save that a person asked for."""
    return f"save stopped {project_id}"


def unsaved_fact(project_id: str) -> str:
    """Under which name the journal keeps that a save had to stop, with work left that it may know nothing else of."""
    return f"unsaved {project_id}"


class Vanished(errors.NotDone):
    """The project's folder is not there, or is another one."""


class Emptied(errors.NotDone):
    """Nothing is left in the project's folder."""


_KINDS = {Vanished: "vanished", errors.NotFound: "vanished", Emptied: "emptied", errors.Held: "held"}


def told(exc: errors.LauncherError) -> dict[str, Any]:
    """Why a project is not being saved, for programs: `kind` tells what there is to ask the person about it."""
    said: dict[str, Any] = {"what": exc.title, "next": exc.hint, "detail": exc.detail, "kind": kind_of(exc)}
    if isinstance(exc, errors.Held):
        from launcher.saving.lease import HeldElsewhere

        if isinstance(exc, HeldElsewhere) and exc.holder is not None:
            said["holder"] = {"who": exc.holder.who, "where": exc.holder.where, "since": exc.holder.since}
    return said


def kind_of(exc: errors.LauncherError) -> str:
    """`vanished`, `emptied`, `held`, or `trouble` that passes by itself or is told in its words."""
    return next((kind for type_, kind in _KINDS.items() if isinstance(exc, type_)), "trouble")


def vanished(folder: Path) -> Vanished:
    """The words for a folder that is no longer the project's."""
    return Vanished(
        folder,
        title="The project's folder is gone, or is not the one that was brought here, so saving it has stopped",
        hint="Nothing was deleted in the home bucket. Put the folder back, or bring the project again.",
    )


def emptied(folder: Path) -> Emptied:
    """The words for a folder in which nothing is left."""
    return Emptied(
        folder,
        title="The project's folder is empty, so saving it has stopped",
        hint="Nothing was deleted in the home bucket. Put the files back, or bring the project again.",
    )
