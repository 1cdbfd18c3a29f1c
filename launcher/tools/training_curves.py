"""How a training went, from the table that its tool wrote; runs in the parser process."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from launcher.errors import Damaged
from launcher.tools.bounded_read import of_file
from launcher.tools.pandas_tables import csv_rows

#: The same thing in the words of SLEAP up to 1.4, of sleap-nn, and of DeepLabCut 3.
_EPOCH = ("epoch", "step")
_LOSS = ("loss", "train/loss", "losses/train.total_loss")
_VALIDATION = ("val_loss", "val/loss", "losses/eval.total_loss")
MOST_BYTES, MOST_ROWS = 64 * 1024 * 1024, 200_000


def read_curve(file: Path) -> dict[str, Any]:
    """Loss by epoch, on the training and on the validation frames; None where the table says nothing."""
    size = min(file.stat().st_size, MOST_BYTES)
    rows = csv_rows(file.name, size, of_file(file, size))
    heading = next(rows, [])
    epoch, loss, validation = (_column(heading, names) for names in (_EPOCH, _LOSS, _VALIDATION))
    if epoch is None or loss is None:
        raise Damaged(file.name, title="This is no table of a training that we know")
    table = [row for row, _ in zip(rows, range(MOST_ROWS), strict=False) if len(row) == len(heading)]
    told = {"epoch": epoch, "loss": loss, "validation": validation}
    return {name: [None if at is None else _number(row[at]) for row in table] for name, at in told.items()}


def _column(heading: list[str], names: tuple[str, ...]) -> int | None:
    return next((heading.index(name) for name in names if name in heading), None)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
