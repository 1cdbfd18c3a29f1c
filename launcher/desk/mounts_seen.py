"""What the saver saw of the mounts last, for whoever may not ask them: the answer of a frozen one takes seconds."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.runs.keeper import write_json

if TYPE_CHECKING:
    from launcher.desk.mounting import MountState

_SEEN = "seen.json"


def note(folder: Path, found: MountState) -> None:
    """Write down how a mount is; `folder` is the one that its record lies in. A full disk keeps nobody from healing."""
    with contextlib.suppress(OSError):
        write_json(str(folder / _SEEN), found.to_json())


def forget(folder: Path) -> None:
    """It was stopped on purpose."""
    (folder / _SEEN).unlink(missing_ok=True)


def seen(state: Path) -> list[dict[str, Any]]:
    """How each mount of a state dir was when it changed last, as `mounts status` tells it."""
    found = (_read(file) for file in sorted((state / "mounts").glob(f"*/{_SEEN}")))
    return [one for one in found if one is not None]


def _read(file: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # it was stopped at this moment
