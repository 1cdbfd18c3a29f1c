"""The places in which the streaming service leaves what it knows about a session.

None of them is always complete: a program not started from a login shell lacks the variables of the profile files, and
one started by the system lacks those of the user. A value that a shell would have to compute counts as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROFILE_DIR = Path("/etc/profile.d")
PROFILE_FILES = ("appstream_user_vars.sh", "appstream_system_vars.sh")
#: Both files together hold ten short lines.
PROFILE_BYTES = 256 * 1024

_WORD = r"""(?:'[^'\n]*'|"(?:[^"\\\n]|\\.)*"|\\.|[^\s'"\\;#&|<>()`$])*"""
_LINE = re.compile(r"[ \t]*(?:(?:export|declare -x|typeset -x)[ \t]+)?(?P<words>.*)")
_ASSIGNMENT = re.compile(rf"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<word>{_WORD})(?P<end>[ \t;]+|$)")
_PIECE = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)|(?P<bare>[^'"\\]+)""")


@dataclass(frozen=True, slots=True)
class Source:
    """Variables, and the place that they were found in, in words."""

    name: str
    variables: Mapping[str, str]
    #: What of the place could not be used, in words.
    problem: str = ""


def profile_sources(folder: Path = PROFILE_DIR) -> Iterator[Source]:
    """The service's profile files on Linux; one that is missing says nothing, one that cannot be used is named."""
    for name in PROFILE_FILES:
        path = folder / name
        try:
            with path.open("rb") as file:
                data = file.read(PROFILE_BYTES)
        except FileNotFoundError:
            continue
        except OSError as exc:
            yield Source(str(path), {}, f"it cannot be read ({exc.strerror})")
            continue
        yield Source(str(path), parse_exports(data.decode("utf-8", "surrogateescape")), _problem(data))


def _problem(data: bytes) -> str:
    """Why some of a profile file may have been left out; empty for a whole one."""
    if b"\0" in data:
        return "it is not a text in UTF-8; what could not be read was left out"
    try:
        data.decode()
    except UnicodeDecodeError as exc:
        return f"line {data.count(bytes([10]), 0, exc.start) + 1} is not UTF-8, and its value was left out"
    if data and not data.endswith(b"\n") and not parse_exports(data.decode().rpartition("\n")[2]):
        return "it ends in the middle of a line, which was left out"
    return ""


def parse_exports(text: str) -> dict[str, str]:
    """The variables that a profile file sets; nothing in it is executed.

    A value that a shell would have to compute is left out, and so is one without quotes at the end of a file without a
    last newline: half a user name would lead to somebody else's home.
    """
    found: dict[str, str] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        found.update(_assignments(line.rstrip("\r"), is_cut=number == len(lines)))
    return found


def _assignments(line: str, *, is_cut: bool) -> Iterator[tuple[str, str]]:
    start = _LINE.match(line)
    at = start.start("words") if start else 0
    while found := _ASSIGNMENT.match(line, at):
        at = found.end()
        value = _unquoted(found["word"])
        if value is not None and not (is_cut and at == len(line) and line[-1] not in "'\";"):
            yield found["name"], value


def _unquoted(word: str) -> str | None:
    """The text that a shell would make of a word, None if it would have to compute it."""
    pieces = []
    for piece in _PIECE.finditer(word):
        if piece["double"] is not None:
            if re.search(r"(?<!\\)(?:\\\\)*[$`]", piece["double"]):
                return None
            pieces.append(re.sub(r'\\(["\\$`])', r"\1", piece["double"]))
        else:
            pieces.append(next(text for text in (piece["single"], piece["escaped"], piece["bare"]) if text is not None))
    return "".join(pieces)
