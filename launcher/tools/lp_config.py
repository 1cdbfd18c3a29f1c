"""Lightning Pose's configurations: is it one, what does it say, and the change of its paths.

Two kinds: the app's `project.yaml`, which holds no path, and the configuration of a training, which holds the folder of
the project and the folder of its videos as absolute paths.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yaml.nodes import Node, ScalarNode, SequenceNode

from launcher.errors import Damaged
from launcher.tools.paths import path_parts
from launcher.tools.protocol import PathChange, PathMap
from launcher.tools.yaml_edit import Replacement, edited
from launcher.tools.yaml_text import load, values_of

_OF_PROJECT = ("schema_version", "view_names")
_OF_TRAINING = ("data_dir", "csv_file", "keypoint_names")
#: Folders and files that a training opens, by section.
_FOLDERS = (("data", "video_dir"), ("eval", "test_videos_directory"))
_FILES = (("data", "csv_file"), ("model", "checkpoint"))


@dataclass(frozen=True, slots=True)
class Project:
    """What a configuration says about its project."""

    body_parts: tuple[str, ...]
    skeleton: tuple[tuple[str, str], ...] = ()


def is_project(data: object) -> bool:
    """Whether plain data is the app's description of a project, or the configuration of a training."""
    if not isinstance(data, dict):
        return False
    inner = data.get("data")
    if isinstance(inner, dict):
        return all(key in inner for key in _OF_TRAINING)
    return "keypoint_names" in data and any(key in data for key in _OF_PROJECT)


def looks_like_ours(text: str) -> bool:
    """Do lines of this text begin as ours do? For text that is no YAML, or that was cut."""
    return re.search(r"^\s*(keypoint_names|schema_version|data_dir)\s*:", text, re.MULTILINE) is not None


def checked(data: object, subject: str) -> Project:
    """The configuration as a value; entries of the wrong kind are left out."""
    if not is_project(data) or not isinstance(data, dict):
        raise Damaged(subject, title="This Lightning Pose configuration is incomplete")
    told: Mapping[str, Any] = data["data"] if isinstance(data.get("data"), dict) else data
    names = told.get("keypoint_names")
    parts = tuple(str(name) for name in names if isinstance(name, str | int)) if isinstance(names, list) else ()
    return Project(parts, tuple(_edges(told.get("skeleton"))))


def _edges(value: object) -> Iterator[tuple[str, str]]:
    for edge in value if isinstance(value, list) else ():
        if isinstance(edge, list) and len(edge) == 2:
            yield str(edge[0]), str(edge[1])


def rewritten(data: bytes, subject: str, paths: PathMap) -> tuple[bytes, Sequence[PathChange]]:
    """A training's configuration with its paths as they should read on this computer, everything else as it was."""
    document = load(data, subject)
    roots = list(_texts(document.root, "data", "data_dir"))
    if not roots:
        return data, ()
    wanted = [("data.data_dir", node, paths.root) for node in roots]
    wanted += [(name, node, new) for name, node, new in _below(document.root, roots[0].value, paths) if new is not None]
    wanted = [(name, node, new) for name, node, new in wanted if new != node.value]
    changes = [PathChange(name, node.value, new) for name, node, new in wanted]
    return (edited(document, [Replacement(node, new) for _, node, new in wanted]) if wanted else data), changes


def _below(root: Node | None, old_root: str, paths: PathMap) -> Iterator[tuple[str, ScalarNode, str | None]]:
    """What lay in the project's old folder lies at the same place in the new one; other files go by their name."""
    for section, key in (*_FOLDERS, *_FILES):
        for node in _texts(root, section, key):
            is_file = (section, key) in _FILES
            if is_file and not is_absolute(node.value):
                continue  # relative to the project's folder already
            moved = rebased(node.value, old_root, paths.root)
            yield f"{section}.{key}", node, paths(node.value) if moved is None and is_file else moved


def rebased(path: str, old_root: str, new_root: str) -> str | None:
    """The same place below another folder, in that folder's own manner; None if it did not lie below the old one."""
    if "${" in path:  # put together by the tool itself
        return None
    old, parts = path_parts(old_root), path_parts(path)
    if parts[: len(old)] != old or is_absolute(path) != is_absolute(old_root) or ".." in parts:
        return None
    join = ntpath.join if "\\" in new_root else posixpath.join
    return join(new_root, *parts[len(old) :])


def is_absolute(path: str) -> bool:
    """By the rules of either system."""
    return posixpath.isabs(path) or bool(ntpath.splitdrive(path)[0]) or path.startswith("\\")


def _texts(root: Node | None, section: str, key: str) -> Iterator[ScalarNode]:
    """The texts of a field; a list of files counts item by item."""
    for inner in values_of(root, section):
        for value in values_of(inner, key):
            for node in value.value if isinstance(value, SequenceNode) else [value]:
                if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:str":
                    yield node
