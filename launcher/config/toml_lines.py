"""On which line of a TOML text each entry stands; the standard reader does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

#: Where an entry is: table and key names, with positions in lists, as in `("bucket", 0, "access")`.
KeyPath = tuple[str | int, ...]

#: Nothing of ours lies deeper; without an end, one line of dots could fill the memory.
DEEPEST = 8

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r]+|\#[^\n]*)
    | (?P<quoted>\"{3}(?:[^\\]|\\.)*?\"{3,5} | '{3}.*?'{3,5} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
    | (?P<mark>[\n\[\]{},=.])
    | (?P<bare>[^\s\[\]{},=.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


_END = _Token("end", "", 0)


def line_numbers(text: str) -> dict[KeyPath, int]:
    """The first line of every table, key and list element. The text has to be valid TOML already."""
    return _Reader(text).read()


def line_of(numbers: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of an entry, or of the table that it is missing from; None if that is the whole file."""
    while path and path not in numbers:
        path = path[:-1]
    return numbers.get(path)


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "blank":
            yield _Token(str(found.lastgroup), found[0], line)
        line += found[0].count("\n")


class _Reader:
    """Walks the text once, remembering where it is; values themselves are stepped over."""

    def __init__(self, text: str) -> None:
        self._rest = _tokens(text)
        self._next = next(self._rest, _END)
        self._lines: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}

    def read(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._next is not _END:
            if self._next.text == "[":
                table = self._header()
            elif self._next.text == "\n":
                self._take()
            else:
                self._assignment(table)
        return self._lines

    def _take(self) -> _Token:
        token, self._next = self._next, next(self._rest, _END)
        return token

    def _header(self) -> KeyPath:
        line = self._take().line
        of_list = self._next.text == "["
        if of_list:
            self._take()
        path = self._table_path(self._keys("]"), of_list)
        if of_list:
            self._take()
        self._remember(path, line)
        return path

    def _keys(self, end: str) -> list[str]:
        keys = []
        while (token := self._take()).text not in (end, ""):
            if token.kind == "quoted":
                keys.append(str(tomllib.loads(f"key = {token.text}")["key"]))
            elif token.text != ".":
                keys.append(token.text)
        return keys[:DEEPEST]

    def _table_path(self, keys: list[str], of_list: bool) -> KeyPath:
        """A header's name leads through the newest element of every list on its way."""
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, *keys[-1:])
        if of_list:
            self._lengths[path] = self._lengths.get(path, 0) + 1
        return self._newest(path)

    def _newest(self, path: KeyPath) -> KeyPath:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _remember(self, path: KeyPath, line: int) -> None:
        for length in range(1, min(len(path), DEEPEST) + 1):
            self._lines.setdefault(path[:length], line)

    def _assignment(self, table: KeyPath) -> None:
        line = self._next.line
        path = (*table, *self._keys("="))
        self._remember(path, line)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._remember(path, self._next.line)
        if self._next.text == "[":
            self._list(path)
        elif self._next.text == "{":
            self._inline_table(path)
        else:
            while self._next.text not in ("\n", ",", "]", "}", ""):
                self._take()

    def _list(self, path: KeyPath) -> None:
        self._take()
        index = 0
        while not self._closes("]"):
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._take()
        while not self._closes("}"):
            self._assignment(path)

    def _closes(self, end: str) -> bool:
        """Step over what only separates; say whether the list or table ends here."""
        while self._next.text in ("\n", ","):
            self._take()
        if self._next.text not in (end, ""):
            return False
        self._take()
        return True
