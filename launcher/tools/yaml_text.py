"""Reading other people's YAML within bounds: plain data only, no tags that build objects, no bombs, no deep nests.

The text is first read as a stream of events, which costs no memory, and only what is small enough becomes a tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from launcher.errors import Damaged

MAX_BYTES, MAX_DEPTH, MAX_NODES = 1024 * 1024, 48, 50_000
#: A number longer than this is no number; `1:1:1:…` of a megabyte would be summed up for minutes.
MAX_NUMBER = 64

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOM = "\ufeff"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
#: What PyYAML raises on malformed text, and its constructors on malformed scalars (`!!bool 7`, `!!timestamp x`).
_YAML_ERRORS = (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text and its tree of nodes, whose marks count characters of `text`, without byte order mark."""

    subject: str
    text: str
    root: Node | None
    has_bom: bool = False

    def encoded(self, text: str) -> bytes:
        """Another text as bytes in the form of this document."""
        return ((_BOM if self.has_bom else "") + text).encode()


def load(data: bytes, subject: str) -> Document:
    """The document in these bytes; raises `Damaged` if it is no YAML or more than a configuration ever is."""
    if len(data) > MAX_BYTES:
        raise Damaged(subject, title="This configuration file is too large", detail=f"{len(data)} bytes")
    text = _decoded(data, subject)
    body = text.removeprefix(_BOM)
    check_syntax(body, subject, max_nodes=MAX_NODES)
    try:
        root: Node | None = yaml.compose(body, Loader=_LOADER)
    except _YAML_ERRORS as exc:
        raise _not_yaml(subject, exc) from exc
    return Document(subject, body, root, has_bom=body is not text and body != text)


def parsed(data: bytes, subject: str) -> object:
    """The plain data in these bytes; of keys given twice the last wins, as in the YAML tools."""
    root = load(data, subject).root
    if root is None:
        return None
    if any(node.tag in _NUMBERS and len(node.value) > MAX_NUMBER for node in _scalars(root, set())):
        raise Damaged(subject, title="This configuration file holds an endless number")
    try:
        value: object = SafeConstructor().construct_document(root)
    except _YAML_ERRORS as exc:
        raise _not_yaml(subject, exc) from exc
    return value


def check_syntax(text: str, subject: str, *, max_nodes: int) -> None:
    """Raise `Damaged` unless the text is YAML within the limits. Aliases count as often as they would be expanded."""
    budget = _Budget(subject, max_nodes)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            budget.take(event)
    except _YAML_ERRORS as exc:
        raise _not_yaml(subject, exc) from exc


def has_settings(text: str) -> bool:
    """Is there a key in it, remarks aside? A configuration without one was cut off before the first."""
    return re.search(r"^[^#\n]*:", text, re.MULTILINE) is not None


def pairs(node: Node | None) -> list[tuple[Node, Node]]:
    """Keys and values of a mapping, in the order of the text; nothing for any other node."""
    return list(node.value) if isinstance(node, MappingNode) else []


def values_of(node: Node | None, key: str) -> list[Node]:
    """Every value under `key`: one, or several where the text gives the key twice."""
    return [value for name, value in pairs(node) if isinstance(name, ScalarNode) and name.value == key]


class _Budget:
    """Counts depth and nodes of an event stream, an alias with the size of what it stands for."""

    def __init__(self, subject: str, max_nodes: int) -> None:
        self._subject, self._max_nodes = subject, max_nodes
        self._sizes: dict[str, int] = {}
        self._open: list[tuple[str | None, int]] = []
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        """One more event; raises `Damaged` when it is one too many."""
        if isinstance(event, yaml.AliasEvent):
            self._nodes += self._size_of(event.anchor)
        elif isinstance(event, yaml.ScalarEvent):
            self._nodes += 1
            self._remember(event.anchor, 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open.append((event.anchor, self._nodes))
            self._nodes += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self._open.pop()
            self._remember(anchor, self._nodes - before)
        if self._nodes > self._max_nodes or len(self._open) > MAX_DEPTH:
            raise Damaged(self._subject, title="This configuration file is nested or repeated beyond reason")

    def _remember(self, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._sizes[anchor] = size

    def _size_of(self, anchor: str | None) -> int:
        # An alias of something still open would be a tree that contains itself.
        if anchor is None or any(anchor == name for name, _ in self._open):
            raise Damaged(self._subject, title="This configuration file contains itself")
        return self._sizes.get(anchor, 1)


def _scalars(node: Node, seen: set[int]) -> Iterator[ScalarNode]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _scalars(item, seen)
    else:
        for key, value in pairs(node):
            yield from _scalars(key, seen)
            yield from _scalars(value, seen)


def _decoded(data: bytes, subject: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise _not_yaml(subject, exc) from exc


def _not_yaml(subject: str, cause: Exception) -> Damaged:
    return Damaged(subject, title="This is not a readable YAML file", detail=" ".join(str(cause).split())[:500])
