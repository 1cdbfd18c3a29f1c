"""Do NumPy's files hold pickled objects? Only their headers are read, by NumPy's own reader of headers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from tokenize import TokenError
from typing import IO

from numpy.lib import format as npy

from launcher.errors import Damaged

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
MAX_MEMBERS = 10_000


def holds_objects(file: Path) -> bool:
    """Whether reading the file would unpickle; NumPy takes whatever is neither an array nor an archive for a pickle."""
    with file.open("rb") as opened:
        start = opened.read(len(npy.MAGIC_PREFIX))
        opened.seek(0)
        if not start.startswith(_ZIP):
            return not start.startswith(npy.MAGIC_PREFIX) or _has_objects(opened, file.name)
        return _archive_has_objects(opened, file.name)


def _archive_has_objects(opened: IO[bytes], subject: str) -> bool:
    try:
        with zipfile.ZipFile(opened) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise Damaged(subject, detail=f"{len(members)} arrays")
            return any(_member_has_objects(archive, member, subject) for member in members)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as exc:
        raise Damaged(subject, title="This archive of arrays cannot be read", detail=repr(exc)[:500]) from exc


def _member_has_objects(archive: zipfile.ZipFile, member: zipfile.ZipInfo, subject: str) -> bool:
    with archive.open(member) as opened:
        if opened.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
            return False  # NumPy gives its bytes as they are
    with archive.open(member) as opened:
        return _has_objects(opened, subject)


def _has_objects(opened: IO[bytes], subject: str) -> bool:
    try:
        version = npy.read_magic(opened)
        header = npy.read_array_header_1_0(opened) if version == (1, 0) else npy.read_array_header_2_0(opened)
    except (RecursionError, SyntaxError, TokenError, TypeError, ValueError) as exc:
        raise Damaged(subject, title="This array cannot be read", detail=repr(exc)[:500]) from exc
    return bool(header[2].hasobject)
