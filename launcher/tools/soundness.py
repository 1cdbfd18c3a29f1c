"""May a file replace a good copy? The checks that do not depend on the tool, chosen by the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from launcher.errors import Damaged
from launcher.tools.media import suffix
from launcher.tools.yaml_text import check_syntax

#: Larger text files are logs or results, not configuration; they are taken as they are.
_MAX_TEXT = 64 * 1024 * 1024
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
        raise Damaged(file.name, title="This table has holes, such as a crash leaves")
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
