"""How far a training is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProgressSeen:
    """How far a training is; `rate` is in seconds for an epoch. What is not known yet is None."""

    epoch: int
    epochs: int
    loss: float | None = None
    validation: float | None = None
    best: float | None = None
    rate: float | None = None
    seconds_left: float | None = None


def progress_of(data: Mapping[str, Any] | None) -> ProgressSeen | None:
    """The `progress` of an element of `runs`; None for what has none."""
    if not data:
        return None
    told = {name: data.get(name) for name in ("loss", "validation", "best", "rate", "seconds_left")}
    return ProgressSeen(int(data["epoch"]), int(data["epochs"]), **told)
