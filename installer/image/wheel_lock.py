"""A wheel carries the lock of its commit: another one would install other libraries than it was tried with."""

from __future__ import annotations

import zipfile
from pathlib import Path

from launcher import errors

INSIDE = "resources/requirements.lock"


def refuse_another_lock(wheel: Path, lock: Path) -> None:
    """Stop where wheel and lock are of two commits."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            carried = archive.read(INSIDE)
    except (OSError, KeyError, zipfile.BadZipFile) as exc:
        raise errors.BadUsage(
            wheel, title="This is no wheel of the launcher", hint="Make it with `pose-admin supply`.", detail=repr(exc)
        ) from exc
    if carried != lock.read_bytes():
        raise errors.BadUsage(
            wheel,
            title="This wheel is of another commit than the lock beside it",
            hint="Nothing was changed. Make it anew with `pose-admin supply`.",
        )


def stand_in(path: Path, lock: Path) -> Path:
    """A wheel with nothing in it but the lock, for plans that are only printed."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(INSIDE), lock.read_bytes())
    return path
