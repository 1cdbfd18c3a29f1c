"""A TOML file of settings, read with bounds, and with the line of every entry."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from launcher.config.plain import plain
from launcher.config.toml_lines import KeyPath, line_numbers
from launcher.config.wrong_entry import SITE, Problem, refused

MOST_BYTES = 1_000_000
#: The standard reader takes time with the square of a line of dotted names.
LINE_LENGTH = 4_000


def text_of(path: Path, what: str = SITE) -> str:
    """Its text; `what` names the kind of file in the error."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe waits for whoever writes into it
            raise refused(str(path), [Problem(0, "it is not a file")], what)
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise refused(str(path), [Problem(0, f"it cannot be read ({exc.strerror})")], what) from exc
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise refused(str(path), [Problem(line, "this is not UTF-8 text")], what) from exc


def parsed(text: str, source: str, what: str = SITE) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """What it says, and on which lines; raises `BadUsage` for what is not TOML."""
    if len(text) > MOST_BYTES:
        raise refused(source, [Problem(0, "it is larger than 1 MB")], what)
    if long := [number for number, line in enumerate(text.split("\n"), 1) if len(line) > LINE_LENGTH]:
        raise refused(source, [Problem(long[0], f"this line is longer than {LINE_LENGTH} characters")], what)
    try:
        return tomllib.loads(text), line_numbers(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as exc:
        raise refused(source, [_not_toml(str(exc), text)], what) from exc
    except RecursionError as exc:
        raise refused(source, [Problem(0, "its lists are nested too deeply")], what) from exc


def _not_toml(message: str, text: str) -> Problem:
    """The reader's complaint; its position is told in words only."""
    words, _, position = message.partition(" (at ")
    line = re.match(r"line (\d+)", position)
    return Problem(int(line[1]) if line else text.rstrip().count("\n") + 1, f"this is not TOML: {plain(words)[:200]}")
