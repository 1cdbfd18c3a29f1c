"""A manifest as text: JSON in which every file has a line of its own.

So it can be written from rows as they are read, and read in part, without an object for each of 200,000 files.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring
_path_in = json.JSONDecoder().raw_decode
#: Known at the end, written at the beginning, where a list of states reads it; blanks before a number mean nothing.
_SUMS = ',"file_count":%9d,"byte_count":%18d'
_FILES = b',"files":{\n'
_REFERENCES = b'\n},"references":{\n'
_END = b"\n}}\n"
_BETWEEN = b",\n"


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


def text_of(head: Mapping[str, object], files: Iterable[Entry], references: Iterable[tuple[str, str]]) -> bytes:
    """The whole; `head` is everything else that it says, `prefix` among it. Files come as they are to stand in it."""
    text, prefix = io.BytesIO(), str(head["prefix"])
    text.write(_json(head)[:-1].encode())
    sums_at, count, size = text.tell(), 0, 0
    text.write((_SUMS % (0, 0)).encode() + _FILES)
    for entry in files:
        text.write((_BETWEEN if count else b"") + entry.text(prefix).encode())
        count, size = count + 1, size + entry.saved.size
    text.write(_REFERENCES)
    text.write(_BETWEEN.join(f"{_json(path)}:{told}".encode() for path, told in references))
    text.write(_END)
    text.seek(sums_at)
    text.write((_SUMS % (count, size)).encode())
    return text.getvalue()


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
