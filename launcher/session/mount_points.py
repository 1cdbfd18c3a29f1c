"""Where something is mounted, by the system's own list: no mount is touched for it."""

from __future__ import annotations

from pathlib import Path


def system_mounts() -> dict[str, str]:
    """Every mount point of this computer and its kind, from the system's list; none on Windows."""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return {}
    fields = (line.split(" ") for line in lines)
    return {_unescaped(row[1]): row[2] for row in fields if len(row) > 2}


def _unescaped(text: str) -> str:
    """Spaces and the like are written as octal numbers there."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
