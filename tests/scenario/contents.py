"""What the ledger of the random days calls a content, and under which names it may lie."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Collection

import h5py
import yaml

from tests.scenario.oracle import without_paths

_COPY = re.compile(r" \(conflict [^/()]*\)(?=(\.[^/.]*)?$)")


def content_of(data: bytes) -> str:
    """Names a content; one with path fields, in which its local and its saved form differ, without them."""
    if b"project_path:" in data:
        try:
            return "config " + hashlib.sha256(without_paths(data).encode()).hexdigest()[:16]
        except (yaml.YAMLError, AttributeError, TypeError, ValueError):
            pass
    if data.startswith(b"\x89HDF"):
        try:
            with h5py.File(io.BytesIO(data)) as file:
                return "hdf5 " + " ".join(name for name in file if name.startswith("number"))
        except OSError:  # it was cut off
            pass
    return hashlib.sha256(data).hexdigest()[:16]


def names_of(path: str) -> list[str]:
    """Its own, and those of the files that it is a copy of: whose copy it is has its content under such a name."""
    names = [path]
    while found := _COPY.search(names[-1]):
        names.append(names[-1][: found.start()] + names[-1][found.end() :])
    return names


def twins_of(paths: Collection[str]) -> set[str]:
    """Those of which some system takes a part for that of another one, by letter case or Unicode form."""
    written: dict[str, set[str]] = {}
    for path in paths:
        for whole in _beginnings(path):
            written.setdefault(_folded(whole), set()).add(whole)
    return {path for path in paths if any(len(written[_folded(whole)]) > 1 for whole in _beginnings(path))}


def in_place_of_folders(paths: Collection[str]) -> set[str]:
    """Those that are a file where others lie in a folder: both are objects of a bucket, and never both on a disk."""
    folders = {whole for path in paths for whole in _beginnings(path)[:-1]}
    return folders & set(paths)


def _beginnings(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
