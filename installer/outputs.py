"""Files that a command leaves behind: whole or not at all, and never through somebody's link."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from launcher import errors


def write_output(path: Path, content: str | bytes) -> None:
    """Put it in place of what was there.

    Raises `BadUsage` where a link, a folder or a device has that name: what stands behind it was not meant. Raises
    `LocalDisk` where it cannot be written; then the file before is still there.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        _refuse_others(path)
        if path.exists() and not os.access(path.parent, os.W_OK):
            path.write_bytes(data)  # made ready for us in a folder that is not ours, where no draft can be
        else:
            _replace(path, data)
    except OSError as exc:
        hint = f"Nothing was left half-written. The system says: {exc.strerror}."
        raise errors.LocalDisk(path, title="This file cannot be written", hint=hint, detail=repr(exc)) from exc


def _refuse_others(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise errors.BadUsage(
            path, title="This is no ordinary file", hint="It was left as it is. Name a file, or one that is not there."
        )


def _replace(path: Path, data: bytes) -> None:
    """By a draft of a name that nobody can have made ready."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        Path(draft).chmod(mode)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """What this process takes from every new file; the system tells it only when it is set."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
