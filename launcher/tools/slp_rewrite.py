"""Changing the paths inside a working copy of a SLEAP file, in place, and nothing else of it.

The videos are what SLEAP opens. What it noted of its own doings (the provenance) holds paths too; they matter to nobody
here, so they only change when a project is saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py

from launcher.errors import Damaged
from launcher.tools import json_edit
from launcher.tools.config_texts import planned
from launcher.tools.hdf5_ranges import check_tree, child, opened_local
from launcher.tools.hdf5_texts import attribute_text, opened_for_change, write_attribute, write_texts
from launcher.tools.paths import is_neutral
from launcher.tools.protocol import PathChange, PathMap
from launcher.tools.slp_contents import local_texts
from launcher.tools.slp_videos import changed_text

_VIDEOS, _METADATA, _PROVENANCE = "videos_json", "metadata", "provenance_json"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What datasets and `json` attributes should read, where that differs, and the changes in words."""

    datasets: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    changes: list[PathChange] = field(default_factory=list)


def rewrite_slp(file: Path, paths: PathMap) -> Sequence[PathChange]:
    """Let every path of the file read as `paths` says; the file is opened again to prove it."""
    with opened_local(file, file.name) as root:
        check_tree(root, file.name)
        plan = _planned(root, file.name, paths)
    if plan.changes:
        with opened_for_change(file) as root:
            _write(root, plan)
        _prove(file, plan)
    return tuple(plan.changes)


def _planned(root: Any, subject: str, paths: PathMap) -> _Plan:
    plan = _Plan()
    _plan_videos(plan, root, subject, paths)
    for name, source in _sources(root, subject):
        _plan_attribute(plan, f"{name}/source_video", changed_text(_json_of(source), f"{name}/source_video", paths))
    if is_neutral(paths):
        _plan_provenance(plan, root, subject, paths)
    return plan


def _plan_videos(plan: _Plan, root: Any, subject: str, paths: PathMap) -> None:
    texts = local_texts(root, _VIDEOS, subject)
    _plan_dataset(plan, _VIDEOS, [changed_text(text, f"{_VIDEOS}[{at}]", paths) for at, text in enumerate(texts)])


def _plan_provenance(plan: _Plan, root: Any, subject: str, paths: PathMap) -> None:
    group = child(root, _METADATA, subject)
    text = attribute_text(group, "json") if group is not None else None
    if text is not None:
        _plan_attribute(plan, _METADATA, _neutral_text(text, _METADATA, paths, below="provenance"))
    texts = local_texts(root, _PROVENANCE, subject)
    _plan_dataset(
        plan, _PROVENANCE, [_neutral_text(text, f"{_PROVENANCE}[{at}]", paths) for at, text in enumerate(texts)]
    )


def _plan_dataset(plan: _Plan, name: str, found: Sequence[tuple[str, Sequence[PathChange]]]) -> None:
    changes = [change for _, some in found for change in some]
    if changes:
        plan.datasets[name] = [text for text, _ in found]
        plan.changes.extend(changes)


def _plan_attribute(plan: _Plan, where: str, found: tuple[str, Sequence[PathChange]]) -> None:
    text, changes = found
    if changes:
        plan.attributes[where] = text
        plan.changes.extend(changes)


def _neutral_text(text: str, where: str, paths: PathMap, below: str = "") -> tuple[str, Sequence[PathChange]]:
    """JSON without this machine's paths, below one of its keys or anywhere; what is no JSON stays as it is."""
    try:
        document = json_edit.load(text.encode(), where)
    except (Damaged, UnicodeEncodeError):
        return text, ()
    chosen = [at for at, found in enumerate(document.texts) if not below or found.field[:1] == (below,)]
    wanted = {chosen[at]: new for at, new in planned([document.texts[at] for at in chosen], paths, ()).items()}
    if not wanted:
        return text, ()
    changes = [
        PathChange(f"{where}.{document.texts[at].name}", document.texts[at].value, new) for at, new in wanted.items()
    ]
    return json_edit.edited(document, wanted).decode(), changes


def _sources(root: Any, subject: str) -> Iterator[tuple[str, Any]]:
    for name in root:
        group = child(root, name, subject) if _is_video_group(name) else None
        source = child(group, "source_video", subject) if isinstance(group, h5py.Group) else None
        if source is not None and "json" in source.attrs:
            yield name, source


def _is_video_group(name: str) -> bool:
    return name.startswith("video") and name.removeprefix("video").isdecimal()


def _json_of(source: Any) -> str:
    text = attribute_text(source, "json")
    return "null" if text is None else text


def _write(root: Any, plan: _Plan) -> None:
    for name, texts in plan.datasets.items():
        write_texts(root, name, texts)
    for where, text in plan.attributes.items():
        write_attribute(root[where], "json", text)


def _prove(file: Path, plan: _Plan) -> None:
    with opened_local(file, file.name) as root:
        datasets = {name: local_texts(root, name, file.name) for name in plan.datasets}
        attributes = {where: attribute_text(root[where], "json") for where in plan.attributes}
    if datasets != plan.datasets or attributes != plan.attributes:
        raise Damaged(file.name, title="The paths in this file could not be changed safely")
