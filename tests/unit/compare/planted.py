"""Labels and predictions whose numbers are known by hand, as tables that the real readers read."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def table(path: Path, points: Floats, parts: Sequence[str], names: Sequence[str] = (), scorer: str = "me") -> Path:
    """A DeepLabCut table of one animal, points of the shape (frames, parts, 2); a missing point is an empty cell."""
    names = names or [f"labeled-data/m1/img{at:04}.png" for at in range(len(points))]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scorer", *[scorer] * (2 * len(parts))])
        writer.writerow(["bodyparts", *[part for part in parts for _ in "xy"]])
        writer.writerow(["coords", *["x", "y"] * len(parts)])
        for name, frame in zip(names, points, strict=True):
            writer.writerow([name, *["" if np.isnan(value) else repr(float(value)) for value in frame.ravel()]])
    return path


def square(frames: int, side: float = 100.0) -> Floats:
    """Four points at the corners of a square in every frame, each frame a little further on."""
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    return np.asarray(corners[None] + 10.0 * np.arange(frames)[:, None, None] + 50.0)


def moved(points: Floats, right: float, down: float) -> Floats:
    """The same points elsewhere."""
    return np.asarray(points + np.array([right, down]))
