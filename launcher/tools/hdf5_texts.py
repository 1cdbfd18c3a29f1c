"""Changing texts in an HDF5 file of ours: each keeps its place and type, and nothing of the old one stays behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from launcher.tools.hdf5_ranges import hdf5_words


@contextmanager
def opened_for_change(file: Path) -> Iterator[Any]:
    """The root of a working copy."""
    # The copy is ours alone; network file systems without locks would otherwise refuse.
    with hdf5_words(file.name), h5py.File(file, "r+", locking="best-effort") as root:
        yield root


def attribute_text(item: Any, name: str) -> str | None:
    """The one text of an attribute, fixed or variable length; None where it holds anything else."""
    if name not in item.attrs:
        return None
    kind = item.attrs.get_id(name)
    if kind.shape not in ((), (1,)) or h5py.check_string_dtype(kind.dtype) is None:
        return None
    value = item.attrs[name] if kind.shape == () else item.attrs[name][0]
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value)


def write_attribute(item: Any, name: str, text: str) -> None:
    """Let an attribute that `attribute_text` can read say something else."""
    kind, data = item.attrs.get_id(name), text.encode(errors="surrogateescape")
    shape, dtype = kind.shape, kind.dtype
    if dtype.kind != "S":
        # Writing in place frees the old text's place in the heap; making the attribute anew would keep it readable.
        item.attrs.modify(name, np.full(shape, text, dtype=object))
    elif len(data) < dtype.itemsize:
        item.attrs.modify(name, np.full(shape, data, dtype=dtype))
    else:
        # Without this, on disk before the attribute moves, the old text would stay readable in the free space.
        item.attrs.modify(name, np.zeros(shape, dtype))
        item.file.flush()
        wide = h5py.string_dtype(_encoding(dtype), len(data))
        item.attrs.create(name, np.full(shape, data, dtype=wide), dtype=wide)


def write_texts(root: Any, name: str, wanted: Sequence[str]) -> None:
    """Let the texts of a dataset read as wanted."""
    dataset = root[name]
    if dataset.dtype.kind != "S":
        for at, text in enumerate(wanted):
            dataset[at if dataset.shape else ()] = text
        return
    data = np.array([text.encode() for text in wanted], dtype="S")
    if data.dtype.itemsize > dataset.dtype.itemsize:
        _widen(root, name, data)
    else:
        dataset[...] = data.reshape(dataset.shape)


def _widen(root: Any, name: str, data: Any) -> None:
    """A fixed width cannot grow: the dataset is made anew, with all that described the old one."""
    dataset = root[name]
    attributes = {key: (dataset.attrs[key], dataset.attrs.get_id(key).dtype) for key in dataset.attrs}
    encoding = _encoding(dataset.dtype)
    form = {"maxshape": dataset.maxshape, "chunks": dataset.chunks} if dataset.chunks else {}
    packed = {key: getattr(dataset, key) for key in ("compression", "compression_opts", "shuffle", "fletcher32")}
    shape = dataset.shape
    # Without this the old paths would stay readable in the file's free space.
    dataset[...] = np.zeros(shape, dataset.dtype)
    del root[name]
    dtype = h5py.string_dtype(encoding, data.dtype.itemsize)
    new = root.create_dataset(name, data=data.reshape(shape).astype(dtype), dtype=dtype, **form, **packed)
    for key, (value, kind) in attributes.items():
        new.attrs.create(key, value, dtype=kind)


def _encoding(dtype: Any) -> str:
    found = h5py.check_string_dtype(dtype)
    return "ascii" if found is None else str(found.encoding)
