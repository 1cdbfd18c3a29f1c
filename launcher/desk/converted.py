"""What a conversion made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

#: Our script in both tools' environments.
SCRIPT = "convert_project.py"


@dataclass(frozen=True, slots=True)
class Converted:
    """What was made. `worst_px` is how far a point was moved at most, where the writer could tell."""

    dir: str
    marker: str
    tool: str
    frames: int
    predictions: int
    parts: Sequence[str]
    worst_px: float | None
    notices: Sequence[str]
    #: Of a copy that belongs to the home prefix: its id, and where it will be saved.
    project: str = ""
    uri: str = ""

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)
