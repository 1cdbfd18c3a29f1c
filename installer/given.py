"""Files that people give to a command: read up to a size, and refused in words where they cannot be read."""

from __future__ import annotations

from pathlib import Path

from launcher import errors


def read_given(path: Path, at_most: int) -> bytes:
    """Its bytes. Raises `BadUsage` for a file that is not there, is none, or is far larger than such a file can be."""
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as exc:
        raise errors.BadUsage(
            path, title="This file cannot be read", hint=f"Nothing was changed. The system says: {exc.strerror}."
        ) from exc
    if len(data) > at_most:
        raise errors.BadUsage(
            path, title=f"This file is larger than {at_most:,} bytes", hint="Nothing was changed. Is it the right one?"
        )
    return data
