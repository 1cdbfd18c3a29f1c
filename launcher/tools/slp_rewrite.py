"""Changing the video paths inside a working copy of a SLEAP file, in place, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from launcher.errors import Damaged
from launcher.tools.hdf5_ranges import check_tree, child, hdf5_words, opened_local
from launcher.tools.protocol import PathChange, PathMap
from launcher.tools.slp_contents import local_texts
from launcher.tools.slp_videos import changed_text

_VIDEOS = "videos_json"


def rewrite_videos(file: Path, paths: PathMap) -> Sequence[PathChange]:
    """Let every video of the file read as `paths` says; the file is opened again to prove it."""
    with opened_local(file, file.name) as root:
        check_tree(root, file.name)
        videos, videos_changes = _planned_videos(root, file.name, paths)
        sources, sources_changes = _planned_sources(root, file.name, paths)
    if videos_changes:
        with _opened_for_change(file) as root:
            _write_texts(root, videos)
    if sources:
        with _opened_for_change(file) as root:
            _write_sources(root, sources)
    _prove(file, videos, sources)
    return (*videos_changes, *sources_changes)


def _planned_videos(root: Any, subject: str, paths: PathMap) -> tuple[list[str], list[PathChange]]:
    planned = [
        changed_text(text, f"{_VIDEOS}[{at}]", paths) for at, text in enumerate(local_texts(root, _VIDEOS, subject))
    ]
    return [text for text, _ in planned], [change for _, changes in planned for change in changes]


def _planned_sources(root: Any, subject: str, paths: PathMap) -> tuple[dict[str, str], list[PathChange]]:
    """What each `videoN/source_video` of a package should read, where that differs."""
    planned: dict[str, str] = {}
    found: list[PathChange] = []
    for name, source in _sources(root, subject):
        text, changes = changed_text(_json_of(source), f"{name}/source_video", paths)
        if changes:
            planned[name] = text
            found += changes
    return planned, found


def _sources(root: Any, subject: str) -> Iterator[tuple[str, Any]]:
    for name in root:
        group = child(root, name, subject) if _is_video_group(name) else None
        source = child(group, "source_video", subject) if isinstance(group, h5py.Group) else None
        if source is not None and "json" in source.attrs:
            yield name, source


def _is_video_group(name: str) -> bool:
    return name.startswith("video") and name.removeprefix("video").isdecimal()


def _json_of(source: Any) -> str:
    value = source.attrs["json"]
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _opened_for_change(file: Path) -> Iterator[Any]:
    # The copy is ours alone; network file systems without locks would otherwise refuse.
    with hdf5_words(file.name), h5py.File(file, "r+", locking="best-effort") as root:
        yield root


def _write_texts(root: Any, wanted: Sequence[str]) -> None:
    dataset = root[_VIDEOS]
    if dataset.dtype.kind != "S":
        for at, text in enumerate(wanted):
            dataset[at if dataset.shape else ()] = text
        return
    data = np.array([text.encode() for text in wanted], dtype="S")
    if data.dtype.itemsize > dataset.dtype.itemsize:
        _widen(root, dataset, data)
    else:
        dataset[...] = data.reshape(dataset.shape)


def _widen(root: Any, dataset: Any, data: Any) -> None:
    """A fixed width cannot grow: the dataset is made anew, with all that described the old one."""
    attributes = {name: (dataset.attrs[name], dataset.attrs.get_id(name).dtype) for name in dataset.attrs}
    text = h5py.check_string_dtype(dataset.dtype)
    form = {"maxshape": dataset.maxshape, "chunks": dataset.chunks} if dataset.chunks else {}
    packed = {name: getattr(dataset, name) for name in ("compression", "compression_opts", "shuffle", "fletcher32")}
    shape = dataset.shape
    # Without this the old paths would stay readable in the file's free space.
    dataset[...] = np.zeros(shape, dataset.dtype)
    del root[_VIDEOS]
    dtype = h5py.string_dtype(text.encoding, data.dtype.itemsize)
    new = root.create_dataset(_VIDEOS, data=data.reshape(shape).astype(dtype), dtype=dtype, **form, **packed)
    for name, (value, kind) in attributes.items():
        new.attrs.create(name, value, dtype=kind)


def _write_sources(root: Any, wanted: Mapping[str, str]) -> None:
    for name, text in wanted.items():
        attributes = root[name]["source_video"].attrs
        is_fixed = attributes.get_id("json").dtype.kind == "S"
        attributes["json"] = np.bytes_(text.encode()) if is_fixed else text


def _prove(file: Path, videos: Sequence[str], sources: Mapping[str, str]) -> None:
    with opened_local(file, file.name) as root:
        same = local_texts(root, _VIDEOS, file.name) == list(videos)
        kept = {name: _json_of(source) for name, source in _sources(root, file.name) if name in sources}
    if not same or kept != dict(sources):
        raise Damaged(file.name, title="The paths in this file could not be changed safely")
