"""A manifest as text: JSON in which every file has a line of its own.

So it can be written from rows as they are read, and read in part, without an object for each of 200,000 files.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from launcher.storage.long_text import LongText

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring
_path_in = json.JSONDecoder().raw_decode
#: Known at the end, written at the beginning, where a list of states reads it; blanks before a number mean nothing.
_SUMS = ',"file_count":%9d,"byte_count":%18d'
_FILES = b',"files":{\n'
_REFERENCES = b'\n},"references":{\n'
_END = b"\n}}\n"
_BETWEEN = b",\n"
#: A path, a key and an ETag are a few kilobytes at most, however they are escaped.
_SOME_LINES, _LONGEST_LINE = 1024 * 1024, 64 * 1024
#: The line with which they end.
_AFTER_FILES = _REFERENCES.lstrip(b"\n")


class Bytes(NamedTuple):
    """Some bytes: their number, CRC64NVME (base64) and SHA-256 (hex)."""

    size: int
    crc64nvme: str
    sha256: str


class Entry(NamedTuple):
    """One file of a manifest: what was on disk, and what is saved of it."""

    path: str
    local: Bytes
    saved: Bytes
    key: str
    etag: str
    version: str | None

    def text(self, prefix: str) -> str:
        """Its line; what goes without saying is left out."""
        local = f'"local":{_content(self.local)},' if self.local != self.saved else ""
        key = f'"key":{_quoted(self.key)},' if self.key != prefix + self.path else ""
        version = f',"version":{_quoted(self.version)}' if self.version is not None else ""
        told = f'"saved":{_content(self.saved)},{local}{key}"etag":{_quoted(self.etag)}{version}'
        return f"{_quoted(self.path)}:{{{told}}}"


def _content(one: Bytes) -> str:
    """As `_json` writes it, a quarter of the time: there are thousands in every list."""
    return f'{{"size":{one.size},"crc64nvme":{_quoted(one.crc64nvme)},"sha256":{_quoted(one.sha256)}}}'


def reference(**told: object) -> str:
    """The text of a video that stays where it came from."""
    return _json({name: value for name, value in told.items() if value is not None})


def write_text(
    text: LongText, head: Mapping[str, object], files: Iterable[Entry], references: Iterable[tuple[str, str]]
) -> None:
    """The whole; `head` is everything else that it says, `prefix` among it. Files come as they are to stand in it."""
    draft = _Draft(text, head)
    for entry in files:
        draft.put(entry)
    draft.end(references)


def write_text_with(
    text: LongText,
    earlier: Iterable[list[bytes]],
    head: Mapping[str, object],
    files: Iterable[Entry],
    references: Iterable[tuple[str, str]],
) -> None:
    """The text `earlier`, some lines at a time, in which some files changed: all others stand as they stood.

    Both come in the order of their paths. Raises `ValueError` for a text in another form, or of another prefix.
    """
    blocks, changed = iter(earlier), deque(files)
    first = next(blocks, [b""])
    told = _head_of(first[0])
    if told["prefix"] != head["prefix"]:
        raise ValueError(told["prefix"])
    draft = _Draft(text, head, told["file_count"], told["byte_count"])
    for lines in _of_files(chain([first[1:]], blocks)):
        at = 0
        while changed and (found := bisect_left(lines, changed[0].path, at, key=_path_of)) < len(lines):
            draft.keep(lines[at:found])
            at = found
            if _path_of(lines[found]) == changed[0].path:
                draft.leave_out(lines[found])
                at += 1
            draft.put(changed.popleft())
        draft.keep(lines[at:])
    for entry in changed:
        draft.put(entry)
    draft.end(references)


def _of_files(blocks: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    """The lines of the files alone; read to the end, since only there is it known whether what was read is sound."""
    are_over = False
    for lines in blocks:
        if are_over:
            continue
        if are_over := _AFTER_FILES in lines:
            del lines[lines.index(_AFTER_FILES) :]
        yield lines if lines[:1] != [b"\n"] else lines[1:]  # of no files an empty line is left


def _head_of(line: bytes) -> dict[str, Any]:
    """What stands before the files of a manifest; raises `ValueError` for one that has no lines."""
    if not line.endswith(_FILES):
        raise ValueError(line[:80])
    told = json.loads(line.removesuffix(_FILES) + b"}")
    return dict(told)


class _Draft:
    """A manifest while it is written; `count` files of `size` bytes are those of lines that come as they stand."""

    def __init__(self, text: LongText, head: Mapping[str, object], count: int = 0, size: int = 0) -> None:
        self._count, self._size = count, size
        self._prefix = str(head["prefix"])
        self._text = text
        self._text.clear()
        self._text.write(_json(head)[:-1].encode())
        self._sums_at = self._text.size
        self._text.write((_SUMS % (0, 0)).encode() + _FILES)
        self._between = b""

    def put(self, entry: Entry) -> None:
        self._count, self._size = self._count + 1, self._size + entry.saved.size
        self.keep([entry.text(self._prefix).encode()])

    def keep(self, lines: Iterable[bytes]) -> None:
        if data := b"".join(lines).rstrip(_BETWEEN):
            self._text.write(self._between + data)
            self._between = _BETWEEN

    def leave_out(self, line: bytes) -> None:
        told = json.loads(b"{" + line.rstrip(_BETWEEN) + b"}")
        self._count, self._size = self._count - 1, self._size - next(iter(told.values()))["saved"]["size"]

    def end(self, references: Iterable[tuple[str, str]]) -> None:
        self._text.write(_REFERENCES)
        self._text.write(_BETWEEN.join(f"{_json(path)}:{told}".encode() for path, told in references))
        self._text.write(_END)
        self._text.overwrite(self._sums_at, (_SUMS % (self._count, self._size)).encode())


def sections(data: bytes) -> tuple[bytes, Iterator[bytes], Iterator[bytes]] | None:
    """What stands before the files, the files and the references: objects of JSON, of some lines each; else None.

    They raise `ValueError` at a line that is longer than any of ours.
    """
    files_at = data.find(b"\n") + 1
    files_end = data.find(_REFERENCES, files_at)
    if not data.endswith(_FILES, 0, files_at) or files_end < 0 or not data.endswith(_END):
        return None
    front = data[: files_at - len(_FILES)] + b',"files":{}}'
    references_at = files_end + len(_REFERENCES)
    return front, _objects(data, files_at, files_end), _objects(data, references_at, len(data) - len(_END))


def _objects(data: bytes, at: int, end: int) -> Iterator[bytes]:
    while at < end:
        found = data.find(_BETWEEN, at + _SOME_LINES, end)
        cut = found if found >= 0 else end
        if cut - at > _SOME_LINES + _LONGEST_LINE:
            raise ValueError(data[at : at + 80])
        yield b"{" + data[at:cut] + b"}"
        at = cut + len(_BETWEEN)


def only(text: Iterable[bytes], is_wanted: Callable[[str], bool]) -> bytes:
    """The same manifest with fewer files, from its lines; one in another form comes as it is."""
    lines = iter(text)
    head = next(lines, b"")
    if not head.endswith(_FILES):
        return head + b"".join(lines)
    kept, rest = [], b""
    for line in lines:
        if line.startswith(b"}"):
            rest = line
            break
        if line != b"\n" and is_wanted(_path_of(line)):
            kept.append(line.rstrip(_BETWEEN))
    return b"".join([head, _BETWEEN.join(kept), b"\n" if kept else b"", rest, *lines])


def _path_of(line: bytes) -> str:
    """What a file's line begins with, between quotation marks."""
    path = line[1 : line.find(b'"', 1)]
    return str(_path_in(line.decode())[0]) if b"\\" in path else path.decode()
