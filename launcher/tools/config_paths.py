"""The paths in a tool's YAML and JSON configurations, as they should read here, and every other byte as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from launcher.errors import Damaged
from launcher.tools import json_edit, yaml_edit, yaml_text
from launcher.tools.config_texts import Field, Text, planned
from launcher.tools.media import suffix
from launcher.tools.paths import is_neutral
from launcher.tools.protocol import PathChange, PathMap

SUFFIXES = (".json", ".yaml", ".yml")
_STR = "tag:yaml.org,2002:str"


def rewrite_config(file: Path, paths: PathMap, opened: Collection[Field] = ()) -> Sequence[PathChange]:
    """Change the paths of a working copy in place; `opened` are the fields that the tool opens as files.

    On its way to S3 a file that we cannot read within our bounds goes as it is: a result is worth more than a neutral
    path. On its way here the person is told, for the tool will look for files where they are not.
    """
    if not opened and not is_neutral(paths):
        return ()
    data = file.read_bytes()
    try:
        new, changes = _rewritten(data, file.name, paths, opened)
    except Damaged:
        if is_neutral(paths):
            return ()
        raise
    if changes:
        replace_content(file, new)
    return changes


def replace_content(file: Path, data: bytes) -> None:
    """Write a working copy anew and look at what is on disk."""
    file.write_bytes(data)
    if file.read_bytes() != data:
        raise Damaged(file.name, title="The paths in this file could not be changed safely")


def _rewritten(
    data: bytes, subject: str, paths: PathMap, opened: Collection[Field]
) -> tuple[bytes, Sequence[PathChange]]:
    return (_json if suffix(subject) == ".json" else _yaml)(data, subject, paths, opened)


def _json(data: bytes, subject: str, paths: PathMap, opened: Collection[Field]) -> tuple[bytes, Sequence[PathChange]]:
    document = json_edit.load(data, subject)
    wanted = planned(document.texts, paths, opened)
    new = json_edit.edited(document, wanted) if wanted else data
    return new, [PathChange(document.texts[at].name, document.texts[at].value, to) for at, to in wanted.items()]


def _yaml(data: bytes, subject: str, paths: PathMap, opened: Collection[Field]) -> tuple[bytes, Sequence[PathChange]]:
    document = yaml_text.load(data, subject)
    found = planned_nodes(document.root, paths, opened)
    changes = [change for _, change in found]
    return (yaml_edit.edited(document, changes) if changes else data), [
        PathChange(name, change.node.value, change.value) for name, change in found
    ]


def planned_nodes(
    root: Node | None, paths: PathMap, opened: Collection[Field] = ()
) -> list[tuple[str, yaml_edit.Replacement]]:
    """The changes of a YAML tree, each with its field's name."""
    found = list(_texts(root, (), set())) if root is not None else []
    wanted = planned([text for text, _ in found], paths, opened)
    return [(found[at][0].name, yaml_edit.Replacement(found[at][1], new)) for at, new in wanted.items()]


def _texts(node: Node, field: Field, seen: set[int]) -> Iterator[tuple[Text, ScalarNode]]:
    """Every text once, though aliases may repeat it."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        if node.tag == _STR:
            yield Text(field, node.value), node
    elif isinstance(node, MappingNode):
        yield from _entries(node, field, seen)
    elif isinstance(node, CollectionNode):
        for item in node.value:
            yield from _texts(item, field, seen)


def _entries(mapping: MappingNode, field: Field, seen: set[int]) -> Iterator[tuple[Text, ScalarNode]]:
    names = {key.value for key, _ in mapping.value if isinstance(key, ScalarNode)}
    for key, value in mapping.value:
        name = str(key.value) if isinstance(key, ScalarNode) else "?"
        if isinstance(key, ScalarNode) and key.tag == _STR and id(key) not in seen:
            seen.add(id(key))
            yield Text((*field, name), name, names), key
        yield from _texts(value, (*field, name), seen)
