"""Rows of the tables that DeepLabCut writes through pandas, as `.csv` or `.h5`, without pickle.

The column names of such an `.h5` are pickled attributes. Nothing here reads an attribute: the numbers lie in plain
datasets beside them.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Iterator
from typing import Any

from launcher.errors import Damaged
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.protocol import BudgetSpent

HEADERS = frozenset({"scorer", "individuals", "bodyparts", "coords"})
_BLOCK, _LONGEST_LINE = 64 * 1024, 1024 * 1024
MAX_ROWS, BLOCK_ROWS = 5_000_000, 16_384


def labelled_csv_rows(path: str, size: int, read: BoundedRead) -> Iterator[tuple[str, ...]]:
    """The index of every row with at least one number; headers and empty rows are not frames."""
    index_columns = 1
    for row in csv_rows(path, size, read):
        if row and row[0] in HEADERS:
            index_columns = 1 + _leading_empty(row[1:]) if row[0] == "scorer" else index_columns
        elif row and row[0] and any(map(_is_number, row[index_columns:])):
            yield tuple(row[:index_columns])


def csv_row_count(path: str, size: int, read: BoundedRead) -> int:
    """How many rows below the headers."""
    return sum(1 for row in csv_rows(path, size, read) if row and row[0] not in HEADERS)


def labelled_h5_rows(path: str, size: int, read: BoundedRead) -> int:
    """How many rows hold at least one number."""
    import numpy as np  # with HDF5, only where a file is opened: the window must not wait for it

    empty = None
    for block in _float_blocks(path, size, read):
        missing = [np.isnan(block[at : at + BLOCK_ROWS]).all(axis=1) for at in range(0, block.shape[0], BLOCK_ROWS)]
        column = np.concatenate([np.zeros(0, bool), *missing])
        empty = column if empty is None or len(empty) != len(column) else empty & column
    return 0 if empty is None else int((~empty).sum())


def h5_row_count(path: str, size: int, read: BoundedRead) -> int:
    """How many rows there are, from the shape alone."""
    return max((block.shape[0] for block in _float_blocks(path, size, read)), default=0)


def csv_rows(path: str, size: int, read: BoundedRead) -> Iterator[list[str]]:
    """Every row as it stands, headings and empty ones too."""
    try:
        yield from csv.reader(_lines(path, size, read))
    except (csv.Error, UnicodeDecodeError) as exc:
        raise Damaged(path, title="This table cannot be read", detail=str(exc)) from exc


def _lines(path: str, size: int, read: BoundedRead) -> Iterator[str]:
    decoder, rest = codecs.getincrementaldecoder("utf-8-sig")(), ""
    for start in range(0, size, _BLOCK):
        data = read(path, start, min(_BLOCK, size - start))
        *whole, rest = (rest + decoder.decode(data, final=start + _BLOCK >= size)).split("\n")
        if len(rest) > _LONGEST_LINE:
            raise Damaged(path, title="This table cannot be read", detail="a line without end")
        yield from (line + "\n" for line in whole)
    if rest:
        yield rest


def _leading_empty(cells: list[str]) -> int:
    return next((at for at, cell in enumerate(cells) if cell), 0)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _float_blocks(path: str, size: int, read: BoundedRead) -> Iterator[Any]:
    """Everything in the first table of the file that can be indexed by rows and gives rows of floats."""
    from launcher.tools.hdf5_ranges import RangedFile, check_whole, opened

    file = RangedFile(path, size, read)
    if not check_whole(file, size, path):
        raise Damaged(path, title="This is not an HDF5 file")
    with opened(file, path) as root:
        yield from _blocks_of(root, path)


def _blocks_of(root: Any, path: str) -> Iterator[Any]:
    import h5py

    from launcher.tools.hdf5_ranges import check_links, child

    for key in check_links(root, path):
        group = child(root, key, path)
        if not isinstance(group, h5py.Group):
            continue
        for name in check_links(group, path):
            if name == "table" or (name.startswith("block") and name.endswith("_values")):
                yield from _float_rows(child(group, name, path))


def _float_rows(dataset: Any) -> Iterator[Any]:
    """The values of a `table` are fields of its rows, those of the other format are a dataset of their own."""
    for values in _FieldRows.of(dataset) if dataset.dtype.names else [dataset]:
        if values.shape[0] > MAX_ROWS or math.prod(values.shape[1:]) > BLOCK_ROWS:
            raise BudgetSpent(dataset.name)
        if len(values.shape) == 2 and values.dtype.kind == "f":
            yield values


class _FieldRows:
    """One array-valued field of a table, sliced like a dataset."""

    def __init__(self, table: Any, name: str) -> None:
        field = table.dtype[name]
        self._rows, self.dtype = table.fields(name), field.base
        self.shape: tuple[int, ...] = (*table.shape, *field.shape)

    def __getitem__(self, rows: slice) -> Any:
        return self._rows[rows]

    @staticmethod
    def of(table: Any) -> list[_FieldRows]:
        return [_FieldRows(table, name) for name in table.dtype.names if name.startswith("values_block_")]
