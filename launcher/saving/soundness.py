"""A label or config file that does not open must never replace one that did."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.config.plain import typed

if TYPE_CHECKING:
    from launcher.projects.parsing import Parsers
    from launcher.tools.protocol import PoseTool

#: Kinds that the parser process opens; what is checked is the very bytes that would be uploaded.
_PARSED = (".slp", ".h5", ".csv", ".yaml", ".yml", ".json")
#: Those of which a half can be told by its ends, however large it is.
_CLOSED = (".slp", ".h5", ".csv", ".json")
#: PyTorch's files are zip archives, whose directory is written last (PKWARE APPNOTE 4.3.16); none of it is unpickled.
_NETWORKS = (".pt", ".ckpt")
_ZIP_START, _ZIP_END, _ZIP_TAIL = b"PK\x03\x04", b"PK\x05\x06", 22 + 65_535
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


def needs_parser(path: str) -> bool:
    """Is more than a look at its bytes needed?"""
    return path.lower().endswith(_PARSED)


def may_need_parser(path: str, kind: PoseTool, *, is_as_brought: bool) -> bool:
    """Will a process that opens files be asked about it? Not when it lies here as it was brought: it was whole then."""
    return kind.has_paths(path) or (needs_parser(path) and not is_as_brought)


def check(parsers: Parsers, tool_id: str, path: str, data: bytes, spool: Path) -> None:
    """Raise `Damaged` if these bytes are not a whole file of their kind."""
    name = path.rpartition("/")[2]
    lower = name.lower()
    if lower.endswith(".png"):
        # What follows the last chunk, such as the tail of an older and longer file, no reader minds. From the end it is
        # found at once; from the start, a search of every picture was a tenth of what saving it costs.
        if not (data.startswith(_PNG_START) and data.rfind(_PNG_END) >= 0):
            raise unsound(path)
    elif lower.endswith(_NETWORKS):
        _check_zip(path, data[:4], data[-_ZIP_TAIL:])
    elif lower.endswith(_PARSED):
        folder = spool / hashlib.sha256(path.encode()).hexdigest()[:24]
        folder = folder.with_name(folder.name + ".check")
        folder.mkdir(exist_ok=True, mode=0o700)
        copy = folder / name
        try:
            copy.write_bytes(data)
            parsers.check(tool_id, copy)
        except errors.Damaged as exc:
            raise unsound(path, exc) from exc
        finally:
            copy.unlink(missing_ok=True)
            folder.rmdir()


def check_large(parsers: Parsers, path: str, file: Path, *, replaces: bool) -> None:
    """The same for what is too large to be held: told by its ends, and a first table by nothing."""
    if replaces and path.lower().endswith(_CLOSED):
        try:
            parsers.check_whole(file)
        except errors.Damaged as exc:
            raise unsound(path, exc) from exc
    if path.lower().endswith(_NETWORKS):
        with file.open("rb") as opened:
            start = opened.read(4)
            opened.seek(-min(_ZIP_TAIL, file.stat().st_size), os.SEEK_END)
            _check_zip(path, start, opened.read())


def _check_zip(path: str, start: bytes, end: bytes) -> None:
    """What began as an archive has to end as one; older networks are no archives."""
    if start == _ZIP_START and _ZIP_END not in end:
        raise unsound(path)


def unsound(path: str, cause: errors.Damaged | None = None) -> errors.Damaged:
    """The file on disk is not whole; what was saved before stays."""
    return errors.Damaged(
        path,
        title=f"It does not open, so it did not replace what was saved before ({cause.title})" if cause else
        "It is cut off, so it did not replace what was saved before",
        hint="Let the tool save it again, then save once more.",
    )  # fmt: skip


def kept_apart(damaged: errors.Damaged, where: object) -> errors.Damaged:
    """The same, and where its bytes are, should the tool not be able to save it again."""
    hint = f"{damaged.hint} As it is, it is kept too: `pose-launcher download {typed(where)} FOLDER` brings it."
    return errors.Damaged(damaged.subject, title=damaged.title, hint=hint, detail=damaged.detail)
