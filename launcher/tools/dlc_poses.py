"""All points of a table that DeepLabCut wrote (`.h5` or `.csv`); runs in the parser process."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np

from launcher.errors import Damaged
from launcher.tools.bounded_read import of_file
from launcher.tools.hdf5_ranges import check_links, child, opened_local
from launcher.tools.media import is_image
from launcher.tools.pandas_tables import HEADERS, MAX_ROWS, csv_rows
from launcher.tools.plain_pickle import plain_value
from launcher.tools.poses import Floats, Frame, Poses, assembled

#: What one column is: scorer, individual (empty with one animal), body part, and x, y or likelihood.
Column: TypeAlias = tuple[str, str, str, str]
Row: TypeAlias = tuple[Frame, Floats]
_NAMED = ("scorer", "individuals", "bodyparts", "coords")
_UNKNOWN = "This table is not one that DeepLabCut writes"


def read_poses(file: Path) -> Poses:
    """Every row of the table; animals are its individuals, their scores the mean likelihood of their points."""
    columns, rows = _csv(file) if file.suffix.lower() == ".csv" else _h5(file)
    return _assembled(columns, rows, file.name)


def _assembled(columns: Sequence[Column], rows: Iterator[Row], subject: str) -> Poses:
    if not columns or not {"x", "y"} <= {column[3] for column in columns}:
        raise Damaged(subject, title=_UNKNOWN)
    individuals = list(dict.fromkeys(column[1] for column in columns))
    # A part that is an object of its own ("single") belongs to no animal of the others.
    parts = list(dict.fromkeys(column[2] for column in columns))
    where = {(column[1], column[2], column[3]): at for at, column in enumerate(columns)}
    found: list[tuple[Frame, list[tuple[Floats, float]]]] = []
    for frame, values in rows:
        animals = [_animal(values, where, individual, parts) for individual in individuals]
        found.append((frame, animals))
    whole = assembled(parts, (), found)
    return replace(whole, individuals=tuple(individuals) if any(individuals) else ())


def _animal(
    values: Floats, where: Mapping[tuple[str, str, str], int], individual: str, parts: Sequence[str]
) -> tuple[Floats, float]:
    def column(part: str, axis: str) -> float:
        at = where.get((individual, part, axis))
        return float(values[at]) if at is not None else math.nan

    xy = np.array([[column(part, "x"), column(part, "y")] for part in parts])
    likely = np.array([column(part, "likelihood") for part in parts])
    return xy, float(np.nanmean(likely)) if np.isfinite(likely).any() else math.nan


def _frame(index: Sequence[str]) -> Frame:
    """A row is named after a picture, in one cell or in its parts; or by its number in a video."""
    name = "/".join(index).replace("\\", "/")
    if is_image(name):
        return Frame("", None, name)
    try:
        return Frame("", int(float(name)))
    except ValueError:
        return Frame("", None, name)


# .csv


def _csv(file: Path) -> tuple[list[Column], Iterator[Row]]:
    size = file.stat().st_size
    rows = csv_rows(file.name, size, of_file(file, size))
    headings: dict[str, list[str]] = {}
    width = 1
    for row in rows:
        if row and row[0] in HEADERS:
            if row[0] == "scorer":
                width = 1 + next((at for at, cell in enumerate(row[1:]) if cell), 0)
            headings[row[0]] = row[width:]
            if row[0] == "coords":
                break
    count = len(headings.get("coords", ()))
    columns = list(zip(*(headings.get(name) or [""] * count for name in _NAMED), strict=False))
    return [(a, b, c, d) for a, b, c, d in columns], _csv_rows(rows, width, count)


def _csv_rows(rows: Iterator[list[str]], width: int, count: int) -> Iterator[Row]:
    for row in rows:
        if row and row[0]:
            cells = [_number(cell) for cell in row[width : width + count]]
            yield _frame(row[:width]), np.array(cells + [math.nan] * (count - len(cells)))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


# .h5, in both forms that pandas writes


def _h5(file: Path) -> tuple[list[Column], Iterator[Row]]:
    subject = file.name
    with opened_local(file, subject) as root:
        for key in check_links(root, subject):
            group = child(root, key, subject)
            if isinstance(group, h5py.Group):
                columns, rows = _fixed(group, subject) if "axis0_label0" in group else _table(group, subject)
                return columns, iter(list(rows))
    raise Damaged(subject, title=_UNKNOWN)


def _fixed(group: Any, subject: str) -> tuple[list[Column], Iterator[Row]]:
    """The "fixed" form: names as levels and labels, values in one block."""
    names = [_column(levels) for levels in _levels(group, "block0_items", subject)]
    block = child(group, "block0_values", subject)
    if not isinstance(block, h5py.Dataset) or len(block.shape) != 2 or block.shape[0] > MAX_ROWS:
        raise Damaged(subject, title=_UNKNOWN)
    index = _index(group, subject)
    return names, ((_frame(row), values) for row, values in zip(index, block[:].astype(float), strict=True))


def _index(group: Any, subject: str) -> list[tuple[str, ...]]:
    if "axis1_label0" in group:
        return _levels(group, "axis1", subject)
    plain = child(group, "axis1", subject)
    if not isinstance(plain, h5py.Dataset) or len(plain.shape) != 1:
        raise Damaged(subject, title=_UNKNOWN)
    return [(_text(value),) for value in plain[:]]


def _levels(group: Any, axis: str, subject: str) -> list[tuple[str, ...]]:
    columns = []
    for number in range(8):
        level, label = (child(group, f"{axis}_{kind}{number}", subject) for kind in ("level", "label"))
        if not isinstance(level, h5py.Dataset) or not isinstance(label, h5py.Dataset):
            break
        texts = [_text(value) for value in level[:]]
        columns.append([texts[at] if 0 <= at < len(texts) else "" for at in label[:]])
    return list(zip(*columns, strict=True))


def _table(group: Any, subject: str) -> tuple[list[Column], Iterator[Row]]:
    """The "table" form: column names are a pickle of plain texts, rows carry their own index."""
    table = child(group, "table", subject)
    if not isinstance(table, h5py.Dataset) or len(table.shape) != 1 or table.shape[0] > MAX_ROWS:
        raise Damaged(subject, title=_UNKNOWN)
    fields = [name for name in table.dtype.names or () if name.startswith("values_block_")]
    numbers = [name for name in fields if table.dtype[name].base.kind == "f"]
    if len(numbers) != 1:
        raise Damaged(subject, title=_UNKNOWN)
    told = plain_value(bytes(table.attrs[f"{numbers[0]}_kind"]), subject)
    rows = table[:]
    index = _table_index(rows, [name for name in fields if name not in numbers])
    values = rows[numbers[0]].reshape(len(rows), -1).astype(float)
    return [_column(names) for names in told], ((_frame(row), one) for row, one in zip(index, values, strict=True))


def _table_index(rows: Any, others: Sequence[str]) -> list[tuple[str, ...]]:
    """One field named index, or level by level in fields of their own."""
    if others:
        texts = rows[others[0]].reshape(len(rows), -1)
        return [tuple(_text(cell) for cell in row) for row in texts]
    levels = [name for name in rows.dtype.names if name.startswith("level_")]
    return [tuple(_text(row[name]) for name in levels or ["index"]) for row in rows]


def _column(names: Sequence[object]) -> Column:
    texts = [str(name) for name in names]
    if len(texts) == 3:
        return texts[0], "", texts[1], texts[2]
    if len(texts) != 4:
        raise Damaged(title=_UNKNOWN)
    return texts[0], texts[1], texts[2], texts[3]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
