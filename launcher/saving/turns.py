"""On one computer, one process at a time saves a project: the saver, a click on "save" and the end take turns.

The lock is the system's: it goes with the process that holds it, so a kill leaves nothing to clean up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from launcher import errors

#: A save that is running ends, or the person is told; the end of a session brings its own, shorter bound.
PATIENCE_S = 600.0


@contextmanager
def turn(state: Path, project_id: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Wait for our turn to save the project, and keep it; raises `Held` when it does not come."""
    folder = state / "turns"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(folder / project_id, timeout=patience_s, mode=0o600):
            yield
    except Timeout as exc:
        raise errors.Held(
            project_id,
            title="Another program on this computer is saving this project",
            hint="It goes on saving. Look at `pose-launcher status` in a moment.",
        ) from exc
