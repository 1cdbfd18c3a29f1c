"""Changing single texts of a JSON file while every other byte stays as it was.

JSON is edited as JSON: a tab between its tokens, an escaped slash and half a surrogate pair are no YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.errors import Damaged
from launcher.tools.config_texts import Text

#: In text that is known to be JSON these are all there is to know: brackets, and strings with the colon behind a key.
_TOKEN = re.compile(r'[{}\[\]]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?')
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A JSON text and every text in it, in their order, each with the place of its source text."""

    subject: str
    source: str
    texts: Sequence[Text]
    spans: Sequence[tuple[int, int]]


def load(data: bytes, subject: str) -> JsonDocument:
    """The document in these bytes; raises `Damaged` if it is no JSON."""
    try:
        source = data.decode()
        json.loads(source, parse_int=str, parse_float=str)
        found = list(_texts(source))
    except (ValueError, RecursionError) as exc:
        raise Damaged(subject, title="This is not a readable JSON file", detail=str(exc)[:500]) from exc
    return JsonDocument(subject, source, [text for text, _ in found], [span for _, span in found])


def edited(document: JsonDocument, wanted: Mapping[int, str]) -> bytes:
    """The file with other texts at these positions; raises `Damaged` if it would not read as expected."""
    pieces, at = [], 0
    for number in sorted(wanted):
        start, end = document.spans[number]
        pieces += [document.source[at:start], _quoted(wanted[number], document.source[start:end])]
        at = end
    source = "".join([*pieces, document.source[at:]])
    if _leaves(source, {}) != _leaves(document.source, wanted):
        raise Damaged(document.subject, title="The paths in this configuration file cannot be changed safely")
    return source.encode()


def _quoted(value: str, old: str) -> str:
    """The value as a JSON string, escaped as the old one was."""
    ascii_only = old.isascii() or _SURROGATE.search(value) is not None
    new = json.dumps(value, ensure_ascii=ascii_only)
    return new.replace("/", "\\/") if "\\/" in old else new


@dataclass(slots=True)
class _Open:
    """An object or list that is not closed yet: what leads to it, and its keys so far."""

    field: tuple[str, ...]
    keys: set[str]
    key: tuple[str, ...] = ()


def _texts(source: str) -> Iterator[tuple[Text, tuple[int, int]]]:
    around = [_Open((), set())]
    for token in _TOKEN.finditer(source):
        string, colon = token.groups()
        inner = around[-1]
        if token[0] in ("{", "["):
            around.append(_Open(inner.field + inner.key, set()))
        elif string is None:
            around.pop()
        elif colon:
            value = json.loads(string)
            inner.key = (value,)
            inner.keys.add(value)
            yield Text(inner.field + inner.key, value, inner.keys), token.span(1)
        else:
            yield Text(inner.field + inner.key, json.loads(string)), token.span(1)


def _leaves(source: str, wanted: Mapping[int, str]) -> list[object]:
    """All that a text says, by the parser and in its order; the n-th text replaced where that is wanted."""
    root = json.loads(source, object_pairs_hook=_Pairs, parse_int=_number, parse_float=_number, parse_constant=_number)
    leaves: list[object] = []
    count = 0
    for leaf in _flat(root):
        leaves.append(wanted.get(count, leaf) if isinstance(leaf, str) else leaf)
        count += isinstance(leaf, str)
    return leaves


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, keys given twice included."""


def _number(source: str) -> tuple[str]:
    return (source,)


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, _Pairs):
        yield "{}", len(value)
        for key, inner in value:
            yield key
            yield from _flat(inner)
    elif isinstance(value, list):
        yield "[]", len(value)
        for inner in value:
            yield from _flat(inner)
    else:
        yield value
