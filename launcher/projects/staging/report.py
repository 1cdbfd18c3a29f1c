"""What `stage` says it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.tools.protocol import PathChange

#: Told files and bytes so far.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class StageReport:
    """What `stage` says it did (contract)."""

    project: str
    uri: str
    dir: Path
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    repaired: list[tuple[str, PathChange]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def skip(self, path: str, reason: str, code: int) -> None:
        """Something stays where it is, by name."""
        self.skipped[path] = reason
        self.codes.append(code)

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {
            "project": self.project,
            "uri": self.uri,
            "dir": str(self.dir),
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "repaired": [
                {"file": file, "field": change.field, "from": change.old, "to": change.new}
                for file, change in self.repaired
            ],
            "skipped": [{"key": key, "reason": reason} for key, reason in sorted(self.skipped.items())],
            "later": self.later,
        }
