"""What a SLEAP file holds, from an opened HDF5 root: skeleton, counts, and the videos it names.

Everything in it is someone else's, so every shape, type and length is looked at before it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import h5py
import numpy as np
from numpy.typing import NDArray

from launcher.errors import Damaged
from launcher.tools.hdf5_ranges import child
from launcher.tools.protocol import BudgetSpent

REQUIRED = ("metadata", "frames", "instances", "videos_json")
MAX_ROWS, BLOCK_ROWS = 5_000_000, 65_536
MAX_TEXTS, MAX_TEXT_BYTES, MAX_LOCAL_BYTES = 100_000, 8 * 1024 * 1024, 256 * 1024 * 1024
SPAN = ("instance_id_start", "instance_id_end")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Names of the points, and which are joined."""

    nodes: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many frames hold instances of each kind; None where that was too much to read."""

    labelled: int | None = None
    predicted: int | None = None
    is_multi_animal: bool = False


def metadata(root: Any, subject: str) -> Json:
    """The JSON that SLEAP keeps beside its tables."""
    group = child(root, "metadata", subject)
    return {} if group is None else attribute_json(group, "json", subject)


def version(root: Any, described: Json, subject: str) -> str | None:
    """Which SLEAP wrote this, where it says so; the `version` beside it is that of the format."""
    own = described.get("provenance")
    for provenance in (own, *texts_json(root, "provenance_json", subject)):
        if isinstance(provenance, dict) and isinstance(provenance.get("sleap_version"), str):
            return str(provenance["sleap_version"])
    return None


def texts(root: Any, name: str, subject: str, most_bytes: int = MAX_TEXT_BYTES) -> list[str]:
    """The texts of a one-dimensional dataset (or the one of a scalar), fixed or variable length; none if absent."""
    dataset = child(root, name, subject)
    if not isinstance(dataset, h5py.Dataset) or h5py.check_string_dtype(dataset.dtype) is None:
        return []
    if dataset.shape == ():
        return [_text(dataset[()])]
    if len(dataset.shape) != 1 or dataset.shape[0] > MAX_TEXTS or dataset.dtype.itemsize > most_bytes:
        raise BudgetSpent(name)
    found, total = [], 0
    for number in range(dataset.shape[0]):
        found.append(_text(dataset[number]))
        total += max(len(found[-1]), dataset.dtype.itemsize)
        if total > most_bytes:
            raise BudgetSpent(name)
    return found


def local_texts(root: Any, name: str, subject: str) -> list[str]:
    """The same from a file of this machine, where an image list may be long."""
    try:
        return texts(root, name, subject, MAX_LOCAL_BYTES)
    except BudgetSpent as exc:
        raise Damaged(subject, title="This file names more videos than can be read", detail=name) from exc


def texts_json(root: Any, name: str, subject: str) -> list[Json]:
    """The same as JSON objects."""
    return [as_object(text, subject) for text in texts(root, name, subject)]


def as_object(text: str, subject: str) -> Json:
    """A JSON object; raises `Damaged` for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Damaged(subject, detail=f"JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise Damaged(subject, detail="JSON: not an object")
    return found


def skeleton(described: Json) -> Skeleton:
    """Nodes in the order of the (first) skeleton and its edges by names; symmetries are not edges."""
    names = [str(node.get("name", "")) if isinstance(node, dict) else "" for node in _list(described, "nodes")]
    first = next((item for item in _list(described, "skeletons") if isinstance(item, dict)), {})
    order = [node.get("id") if isinstance(node, dict) else None for node in _list(first, "nodes")]
    nodes = tuple(names[number] for number in order if isinstance(number, int) and 0 <= number < len(names))
    links = [link for link in _list(first, "links") if isinstance(link, dict)]
    ends = [(link.get("source"), link.get("target")) for link in _bones(links)]
    edges = [(names[a], names[b]) for a, b in ends if _is_index(a, names) and _is_index(b, names)]
    return Skeleton(nodes or tuple(names), tuple(edges))


def count_frames(root: Any, subject: str) -> Counts:
    """Frames with at least one instance of a person, and of a model; points are not read."""
    # Shapes first: they cost a few hundred bytes and say much when the budget ends among the instances.
    has_user, has_predicted = _has_rows(root, "points", subject), _has_rows(root, "pred_points", subject)
    try:
        spans = columns(child(root, "frames", subject), SPAN, subject)
    except BudgetSpent:
        return Counts(None if has_user else 0, None if has_predicted else 0)
    try:
        kinds = columns(child(root, "instances", subject), ("instance_type",), subject)["instance_type"]
    except BudgetSpent:
        return _from_shapes(spans, has_user=has_user, has_predicted=has_predicted)
    users, predicted = per_frame(spans, kinds == 0), per_frame(spans, kinds == 1)
    most = max(int(users.max(initial=0)), int(predicted.max(initial=0)))
    return Counts(int((users > 0).sum()), int((predicted > 0).sum()), most > 1)


def _from_shapes(spans: Mapping[str, NDArray[Any]], *, has_user: bool, has_predicted: bool) -> Counts:
    sizes = spans["instance_id_end"].astype(np.int64) - spans["instance_id_start"].astype(np.int64)
    filled = int((sizes > 0).sum())
    if has_user and has_predicted:
        return Counts()
    return Counts(filled if has_user else 0, filled if has_predicted else 0, int(sizes.max(initial=0)) > 1)


def per_frame(spans: Mapping[str, NDArray[Any]], chosen: NDArray[Any]) -> NDArray[Any]:
    """How many of the chosen instances each frame has; spans that leave the table are cut at its end."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(chosen, dtype=np.int64)])
    start, end = (np.minimum(spans[name], len(chosen)).astype(np.int64) for name in SPAN)
    return np.asarray(before[np.maximum(start, end)] - before[start])


def columns(table: Any, names: Sequence[str], subject: str) -> dict[str, NDArray[Any]]:
    """Columns of whole numbers of a table, in blocks; raises `BudgetSpent` if it is too long to be read at all."""
    if not isinstance(table, h5py.Dataset) or len(table.shape) != 1 or not set(names) <= set(table.dtype.names or ()):
        raise Damaged(subject, detail=f"no table with {', '.join(names)}")
    if table.shape[0] > MAX_ROWS or any(table.dtype[name].kind not in "iu" for name in names):
        raise BudgetSpent(table.name)
    rows = table.fields(list(names))
    blocks = [rows[at : at + BLOCK_ROWS] for at in range(0, table.shape[0], BLOCK_ROWS)]
    empty = {name: np.zeros(0, table.dtype[name]) for name in names}
    return {name: np.concatenate([empty[name], *(block[name] for block in blocks)]) for name in names}


def _has_rows(root: Any, name: str, subject: str) -> bool:
    table = child(root, name, subject)
    return isinstance(table, h5py.Dataset) and bool(table.shape and table.shape[0])


def _bones(links: Sequence[Json]) -> list[Json]:
    """The links that are bones (kind 1), in the order they were drawn; `py/id` repeats an earlier kind."""
    kinds: list[object] = []
    bones = []
    for link in links:
        kind = link.get("type")
        kind = kind if isinstance(kind, dict) else {}
        if "py/reduce" in kind:
            kinds.append(_kind_number(kind["py/reduce"]))
            number = kinds[-1]
        else:
            again = kind.get("py/id", 1)
            number = kinds[again - 1] if isinstance(again, int) and 0 < again <= len(kinds) else again
        if number == 1:
            bones.append(link)
    return sorted(bones, key=lambda link: _drawn(link.get("edge_insert_idx")))


def _drawn(order: object) -> int:
    return order if isinstance(order, int) else 0


def _kind_number(reduced: object) -> object:
    parts = reduced if isinstance(reduced, list) else []
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("py/tuple"), list):
            return next(iter(part["py/tuple"]), None)
    return None


def attribute_json(group: Any, name: str, subject: str) -> Json:
    """A JSON object in an attribute; empty where there is none."""
    if name not in group.attrs:
        return {}
    kind = group.attrs.get_id(name)
    if kind.shape not in ((), (1,)) or h5py.check_string_dtype(kind.dtype) is None:
        raise Damaged(subject, detail=f"attribute {name} is no text")
    value = group.attrs[name]
    return as_object(_text(value[0] if kind.shape == (1,) else value), subject)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _list(source: Mapping[str, Any], key: str) -> list[Any]:
    found = source.get(key)
    return found if isinstance(found, list) else []


def _is_index(value: object, names: Sequence[str]) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value < len(names)
