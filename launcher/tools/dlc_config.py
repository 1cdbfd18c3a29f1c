"""`config.yaml` of DeepLabCut: is it one, what does it say, and the change of its paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from launcher.errors import Damaged
from launcher.tools.config_paths import planned_nodes
from launcher.tools.dlc_names import is_result
from launcher.tools.protocol import PathChange, PathMap
from launcher.tools.yaml_edit import Change, Repetition, Replacement, edited
from launcher.tools.yaml_text import has_settings, load, pairs, values_of

#: What the example projects say instead of a path; it stands for every video that no other key names.
PLACEHOLDER = "WILL BE AUTOMATICALLY UPDATED BY DEMO CODE"
_NEEDED = ("Task", "scorer", "date", "project_path", "video_sets")
_PARTS = ("bodyparts", "multianimalbodyparts")
_PATHS_OF_NETWORK = ("project_path", "pose_config_path")


@dataclass(frozen=True, slots=True)
class Project:
    """What a configuration says about its project."""

    engine: str | None
    is_multi_animal: bool
    body_parts: tuple[str, ...]
    skeleton: tuple[tuple[str, str], ...]
    videos: tuple[str, ...]

    @property
    def version(self) -> str:
        """DeepLabCut 3 came with the choice of an engine."""
        return "2" if self.engine is None else "3"


def is_project(data: object) -> bool:
    """Whether plain data has what every DeepLabCut configuration has."""
    if not isinstance(data, dict) or not isinstance(data.get("video_sets", 0), dict | None):
        return False
    return all(key in data for key in _NEEDED) and any(key in data for key in _PARTS)


def looks_like_ours(text: str) -> bool:
    """Do lines of this text begin as ours do? For text that is no YAML, or that was read in part only."""
    return _has_line(text, "bodyparts") and _has_line(text, "video_sets")


def has_needed_lines(text: str) -> bool:
    """The same for everything that is needed, for files that are too long to be read as a whole."""
    return all(_has_line(text, key) for key in _NEEDED)


def begins_like_ours(data: bytes) -> bool:
    """Does a file start as DeepLabCut starts its own, or end before that? Then the rest must be there too."""
    text = data.decode(errors="replace")
    return _has_line(text, "Task") or not has_settings(text)


def project(data: Mapping[str, Any]) -> Project:
    """The configuration as a value; entries of the wrong kind are left out."""
    is_multi = bool(data.get("multianimalproject"))
    keys = ("multianimalbodyparts", "uniquebodyparts") if is_multi else ("bodyparts",)
    return Project(
        engine=str(data["engine"]) if data.get("engine") else None,
        is_multi_animal=is_multi,
        body_parts=tuple(name for key in keys for name in _names(data.get(key))),
        skeleton=tuple(_edges(data.get("skeleton"))),
        videos=tuple(map(str, data.get("video_sets") or {})),
    )


def rewritten(data: bytes, subject: str, paths: PathMap) -> tuple[bytes, Sequence[PathChange]]:
    """A configuration of a project or network with its paths as they should read here, everything else as it was."""
    document = load(data, subject)
    root = document.root
    found = list(_with_roots([*_roots(root, "project_path"), *_videos(root, paths), *_network(root, paths)], paths))
    planned = [(change, _described(name, change)) for name, change in [*found, *_others(root, paths, found)]]
    planned = [(change, told) for change, told in planned if told.old != told.new]
    if not planned:
        return data, ()
    return edited(document, [change for change, _ in planned]), tuple(told for _, told in planned)


_Named = tuple[str, Change]


def _roots(node: Node | None, field: str, key: str = "project_path") -> list[tuple[str, ScalarNode]]:
    return [(field, value) for value in values_of(node, key) if isinstance(value, ScalarNode)]


def _with_roots(found: Iterable[tuple[str, ScalarNode | Change]], paths: PathMap) -> Iterator[_Named]:
    for field, change in found:
        yield field, Replacement(change, paths.root) if isinstance(change, ScalarNode) else change


def _network(root: Node | None, paths: PathMap) -> Iterator[tuple[str, ScalarNode | Change]]:
    for metadata in values_of(root, "metadata"):
        yield from _roots(metadata, "metadata.project_path")
        for field, node in _roots(metadata, "metadata.pose_config_path", "pose_config_path"):
            new = paths(node.value)
            if new is not None:
                yield field, Replacement(node, new)


def _videos(root: Node | None, paths: PathMap) -> Iterator[_Named]:
    """Each key as it should read here; two keys never become one, which no tool could read."""
    for mapping in values_of(root, "video_sets"):
        if not isinstance(mapping, MappingNode):
            continue
        entries = [(key, value) for key, value in pairs(mapping) if isinstance(key, ScalarNode)]
        taken = {key.value for key, _ in entries}
        for key, _ in entries:
            new = paths(key.value)
            if new is not None and new not in taken:
                taken.add(new)
                yield "video_sets", Replacement(key, new)
        for key, value in entries:
            unnamed = tuple(video for video in paths.videos() if video not in taken and not is_result(video))
            if key.value == PLACEHOLDER and unnamed:
                taken.update(unnamed)
                yield "video_sets", Repetition(mapping, key, value, unnamed)


def _others(root: Node | None, paths: PathMap, found: Iterable[_Named]) -> list[_Named]:
    """All else that names this machine when a project is saved: the tool keeps paths in more fields than it opens."""
    done = {id(change.node if isinstance(change, Replacement) else change.key) for _, change in found}
    return [(name, change) for name, change in planned_nodes(root, paths) if id(change.node) not in done]


def _described(field: str, change: Change) -> PathChange:
    if isinstance(change, Replacement):
        return PathChange(field, change.node.value, change.value)
    return PathChange(field, change.key.value, ", ".join(change.names))


def _has_line(text: str, key: str) -> bool:
    return re.search(rf"^['\"]?{key}['\"]?\s*:", text, re.MULTILINE) is not None


def _names(value: object) -> list[str]:
    return [str(name) for name in value if isinstance(name, str | int | float)] if isinstance(value, list) else []


def _edges(value: object) -> Iterator[tuple[str, str]]:
    for edge in value if isinstance(value, list) else ():
        if isinstance(edge, list) and len(edge) == 2:
            yield str(edge[0]), str(edge[1])


def checked(data: object, subject: str) -> Mapping[str, Any]:
    """The data of a configuration that must be one."""
    if not is_project(data) or not isinstance(data, dict):
        needed = ", ".join(_NEEDED)
        raise Damaged(subject, title="This DeepLabCut configuration is incomplete", detail=f"needs {needed}")
    return data
