"""May a file replace a good copy? The checks that do not depend on the tool, chosen by the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from launcher.errors import Damaged
from launcher.tools.media import suffix
from launcher.tools.yaml_text import check_syntax

#: Larger text files are logs or results, not configuration: of them only the ends are looked at.
_MAX_TEXT = 64 * 1024 * 1024
#: More than the longest row of a table: two numbers and a likelihood of each body part.
_END = 1024 * 1024
_HOLES = "This table has holes, such as a crash leaves"
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


def check_file(file: Path) -> None:
    """Raise `Damaged` if a file of a known kind does not read as one; every other kind is fine."""
    check = CHECKS.get(suffix(file.name))
    if check is None:
        return
    size = file.stat().st_size
    if not size:
        raise Damaged(file.name, title="This file is empty")
    if size <= _MAX_TEXT or check in (_check_h5, _check_png):
        check(file)


def check_ends(file: Path) -> None:
    """Raise `Damaged` if a table or a JSON text of any size was not written to its end; every other kind is fine."""
    check = ENDS.get(suffix(file.name))
    if check is None:
        return
    with file.open("rb") as data:
        start = data.read(_END)
        data.seek(-min(_END, file.stat().st_size), 2)
        check(file.name, start, data.read())


def _check_csv_ends(name: str, start: bytes, end: bytes) -> None:
    """The last rows have to be as long as the first, and what lies between is not looked at."""
    if b"\0" in start or b"\0" in end:
        raise Damaged(name, title=_HOLES)
    first, whole, _ = start.partition(b"\n")
    _, begun, last = end.partition(b"\n")  # the first row of what was read is most likely the end of one
    if not (whole and begun):
        return  # nothing that we know has rows of that length
    try:
        widths = {len(row) for row in csv.reader((first + b"\n" + last).decode("utf-8-sig").splitlines()) if row}
    except (csv.Error, UnicodeDecodeError) as exc:
        raise Damaged(name, title="This table cannot be read", detail=str(exc)) from exc
    if len(widths) != 1:
        raise Damaged(name, title="The last rows of this table are not as long as its first", detail=str(widths))


def _check_json_ends(name: str, start: bytes, end: bytes) -> None:
    """What was opened first is closed last."""
    opened, closed = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1], end.rstrip()[-1:]
    if {b"{": b"}", b"[": b"]"}.get(opened, closed) != closed:
        raise Damaged(name, title="This JSON file is not closed")


def _check_yaml(file: Path) -> None:
    # Only the syntax: a tool may use tags that mean nothing to us.
    check_syntax(_text(file).removeprefix("\ufeff"), file.name, max_nodes=10_000_000)


def _check_json(file: Path) -> None:
    try:
        json.loads(_text(file))
    except (ValueError, RecursionError) as exc:
        raise Damaged(file.name, title="This is not a readable JSON file", detail=str(exc)) from exc


def _check_csv(file: Path) -> None:
    # To the reader a zero byte is a letter like any other; in a file it is where a crashed system wrote nothing.
    if b"\0" in file.read_bytes():
        raise Damaged(file.name, title=_HOLES)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            widths = {len(row) for row in csv.reader(lines) if row}
    except (csv.Error, UnicodeDecodeError) as exc:
        raise Damaged(file.name, title="This table cannot be read", detail=str(exc)) from exc
    if len(widths) != 1:
        raise Damaged(file.name, title="The rows of this table are not equally long", detail=str(sorted(widths)[:9]))


def _check_h5(file: Path) -> None:
    from launcher.tools.hdf5_ranges import check_tree, opened_local  # only where a file is opened

    with opened_local(file, file.name) as root:
        check_tree(root, file.name)


def _check_png(file: Path) -> None:
    with file.open("rb") as data:
        start = data.read(len(_PNG))
        data.seek(-min(len(_PNG_END), file.stat().st_size), 2)
        if start != _PNG or data.read() != _PNG_END:
            raise Damaged(file.name, title="This picture is incomplete")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as exc:
        raise Damaged(file.name, title="This text file cannot be read", detail=str(exc)) from exc


CHECKS: Mapping[str, Callable[[Path], None]] = {
    ".csv": _check_csv,
    ".h5": _check_h5,
    ".json": _check_json,
    ".png": _check_png,
    ".slp": _check_h5,
    ".yaml": _check_yaml,
    ".yml": _check_yaml,
}
ENDS: Mapping[str, Callable[[str, bytes, bytes], None]] = {".csv": _check_csv_ends, ".json": _check_json_ends}
