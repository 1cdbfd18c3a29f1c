"""What in an HDF5 file runs code when it is read: pickles of PyTables and pandas, and functions inside a Keras network.

PyTables unpickles every text attribute that ends as a pickle does, and every row of a list of objects. pandas keeps its
column names that way, so most such pickles are plain values, which is seen by reading them operation by operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import h5py

from launcher.errors import Damaged
from launcher.tools.hdf5_ranges import check_filters, check_inside, every_object, opened_local
from launcher.tools.pickled import MAX_BYTES, may_run_code

_LIST_OF_OBJECTS = "PSEUDOATOM"
_NETWORK, _FUNCTION = "model_config", b'"Lambda"'
MAX_ROWS = 10_000


class Carried(StrEnum):
    """What was found."""

    OBJECTS = "objects"
    FUNCTION = "function"


def code_in(file: Path) -> Sequence[Carried]:
    """What in the file runs code when it is read as a whole; raises `Damaged` where that cannot be told."""
    found: set[Carried] = set()
    with opened_local(file, file.name) as root:
        for item in every_object(root, file.name):
            found.update(_in_object(item, file.name))
            if len(found) == len(Carried):
                break
    return sorted(found)


def _in_object(item: Any, subject: str) -> Iterator[Carried]:
    for name in item.attrs:
        for text in _texts(item.attrs, name, subject):
            if text.rstrip(b"\0").endswith(b".") and may_run_code(text):
                yield Carried.OBJECTS
            if name == _NETWORK and _FUNCTION in text:
                yield Carried.FUNCTION
    if isinstance(item, h5py.Dataset) and _LIST_OF_OBJECTS in item.attrs:
        check_inside(item, subject)
        check_filters(item, subject)
        if any(map(may_run_code, _rows(item, subject))):
            yield Carried.OBJECTS


def _texts(attributes: Any, name: str, subject: str) -> Iterator[bytes]:
    """The texts of an attribute, as bytes; none where it holds numbers."""
    kind = attributes.get_id(name)
    if kind.dtype.kind not in "SOUV" or kind.shape is None:
        return
    if kind.get_storage_size() > MAX_BYTES:
        raise Damaged(subject, title="This file holds a text without end", detail=name)
    value = attributes[name]
    for text in [value] if kind.shape == () else value.flat:
        if isinstance(text, str | bytes):
            yield text.encode(errors="surrogateescape") if isinstance(text, str) else bytes(text)


def _rows(objects: Any, subject: str) -> Iterator[bytes]:
    """Each row of a list of objects; an empty one is nothing."""
    if len(objects.shape) != 1 or objects.shape[0] > MAX_ROWS:
        raise Damaged(subject, title="This file holds too many objects to be looked at", detail=str(objects.name))
    for number in range(objects.shape[0]):
        row = objects[number].tobytes()
        if row:
            yield row
