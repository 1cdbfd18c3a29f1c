"""A model that was trained in a project, as the names of its files tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Paths are relative to the project; `predictions` are of the labelled frames, `seen` what it learned from."""

    name: str
    folder: str
    predictions: Sequence[str] = ()
    seen: Sequence[str] = ()
