"""Changing single texts of a YAML file while every other byte stays as it was.

A YAML library that writes the tree again loses comments, blank lines, quotes and line ends. Here only the source text
of the chosen scalars is replaced, and the result is read again and compared with what it should say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from launcher.errors import Damaged
from launcher.tools.yaml_text import Document, load, pairs

_STR = "tag:yaml.org,2002:str"
#: Anchors and tags in front of a scalar are part of its source text and stay.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
#: Unquoted only where no reader of any YAML version could see anything but a text.
_SURELY_TEXT = re.compile(r"[A-Za-z/][\w/.+=~()-]*/[\w/.+=~()-]*(?: [\w/.+=~()-]+)*", re.ASCII)
_SINGLE_LINE = re.compile("[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class Replacement:
    """The scalar should read `value`."""

    node: ScalarNode
    value: str


@dataclass(frozen=True, slots=True)
class Repetition:
    """The entry of a mapping should be there once for each of `names`, with the same value under each."""

    mapping: MappingNode
    key: ScalarNode
    value: Node
    names: Sequence[str]


Change = Replacement | Repetition


def edited(document: Document, changes: Iterable[Change]) -> bytes:
    """The file with these changes and no others; raises `Damaged` if it would not read as expected."""
    wanted = list(changes)
    spans = sorted({_span(document.text, change) for change in wanted})
    data = document.encoded(_spliced(document, spans))
    again = load(data, document.subject)
    if _shape(again.root, {}) != _shape(document.root, {id(_target(change)): _texts(change) for change in wanted}):
        raise Damaged(document.subject, title="The paths in this configuration file cannot be changed safely")
    return data


def quoted(value: str) -> str:
    """The value as YAML source on one line, readable as this text and nothing else by every YAML version."""
    if _SURELY_TEXT.fullmatch(value):
        return value
    if _SINGLE_LINE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if _SINGLE_LINE.fullmatch(char) else f"\\U{ord(char):08x}"


def _target(change: Change) -> ScalarNode:
    return change.node if isinstance(change, Replacement) else change.key


def _texts(change: Change) -> tuple[str, ...]:
    return (change.value,) if isinstance(change, Replacement) else tuple(change.names)


def _span(text: str, change: Change) -> tuple[int, int, str]:
    """Where the source text changes, and to what."""
    if isinstance(change, Repetition):
        return _repeated(text, change)
    start, end = _source_of(text, change.node)
    # An empty value stands right behind its colon.
    return start, end, (" " if start == end else "") + quoted(change.value)


def _source_of(text: str, node: Node) -> tuple[int, int]:
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    properties = _PROPERTIES.match(text, start, end)
    start = properties.end() if properties else start
    # A block scalar's end lies behind its line ends, which stay.
    return start, start + len(text[start:end].rstrip())


def _repeated(text: str, change: Repetition) -> tuple[int, int, str]:
    start, key_end = _source_of(text, change.key)
    end = max(key_end, _last_character(change.value))
    between = _line_start(text, start) if not change.mapping.flow_style else ", "
    entries = (quoted(name) + text[key_end:end] for name in change.names)
    return start, end, between.join(entries)


def _line_start(text: str, at: int) -> str:
    """The line end and indentation that put another entry below the one at `at`, with the `? ` of a long key if any."""
    begin = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    line_end = "\r\n" if "\r\n" in text else "\n"
    return line_end + text[begin:at]


def _last_character(node: Node) -> int:
    """The end of the last scalar below: a block collection's own mark lies behind the comments that follow it."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return max(map(_last_character, last if isinstance(last, tuple) else (last,)))


def _spliced(document: Document, spans: Sequence[tuple[int, int, str]]) -> str:
    pieces, at = [], 0
    for start, end, new in spans:
        if start < at:
            raise Damaged(document.subject, title="The paths in this configuration file cannot be told apart")
        pieces += [document.text[at:start], new]
        at = end
    return "".join([*pieces, document.text[at:]])


def _shape(node: Node | None, texts: Mapping[int, tuple[str, ...]]) -> tuple[object, ...]:
    """What the tree says, free of how it is written, with the given scalars replaced and entries repeated."""
    if node is None:
        return ()
    if isinstance(node, ScalarNode):
        return (_STR, *texts[id(node)]) if id(node) in texts else (node.tag, node.value)
    if not isinstance(node, MappingNode):
        return (node.tag, *(_shape(item, texts) for item in node.value))
    return (node.tag, *(entry for key, value in pairs(node) for entry in _entries(key, value, texts)))


def _entries(key: Node, value: Node, texts: Mapping[int, tuple[str, ...]]) -> list[tuple[object, ...]]:
    names = [(_STR, name) for name in texts[id(key)]] if id(key) in texts else [_shape(key, texts)]
    return [(name, _shape(value, texts)) for name in names]
