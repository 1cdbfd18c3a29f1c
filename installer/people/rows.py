"""A CSV of people, judged row by row with the patterns of the API itself; nothing in it is repaired in silence."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from installer.shapes import member, wrong_in
from launcher import errors

FILE_BYTES, MOST_ROWS = 2_000_000, 20_000
COLUMNS = ("email", "first", "last", "stack")
_SHAPES = {
    "email": ("CreateUser", "UserName"),
    "first": ("CreateUser", "FirstName"),
    "last": ("CreateUser", "LastName"),
    "stack": ("DescribeSessions", "StackName"),
}
_ALLOWED = {
    "email": "an address such as ann.lee@lab.example.org, at most 128 characters",
    "first": "letters A-Z, digits, spaces, _ and -",
    "last": "letters A-Z, digits, spaces, _ and -",
    "stack": "the name of a stack: letters, digits and _.- , at most 101",
}
#: The service would take nearly anything; what cannot receive its invitation is refused here.
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the file names them; `stack` is empty where the file leaves it to the site."""

    email: str
    first: str = ""
    last: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True, order=True)
class WrongRow:
    """One reason why a row cannot be taken; line 0 is the file as a whole."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: people, and what was wrong."""

    people: tuple[Person, ...]
    wrong: tuple[WrongRow, ...] = ()


def read_rows(data: bytes) -> Rows:
    """The people of a CSV file and its wrong rows, in the order of their lines.

    Raises `BadUsage` where the file as a whole cannot be a list of people.
    """
    text = _text(data)
    columns, delimiter = _columns(text)
    people, wrong = _read(text, columns, delimiter)
    clashes = {clash.line: clash for clash in _clashes(people)}
    sound = tuple(person for line, person in people if line not in clashes)
    return Rows(sound, tuple(sorted([*wrong, *clashes.values()])))


def wrong_person(person: Person, line: int = 0) -> list[WrongRow]:
    """Everything that the API, or an invitation by mail, would not take."""
    found = [wrong for column in COLUMNS if (wrong := _wrong_cell(column, getattr(person, column), line))]
    return found or [WrongRow(line, "email", "", "is missing")] if not person.email else found


def _wrong_cell(column: str, value: str, line: int) -> WrongRow | None:
    if not value:
        return None
    refused = wrong_in(member(*_SHAPES[column]), value) or (column == "email" and not _EMAIL.fullmatch(value))
    if not refused:
        return None
    return WrongRow(line, column, value[:200], f"allowed is {_ALLOWED[column]}{_suggestion(column, value)}")


def _suggestion(column: str, value: str) -> str:
    """The service takes no accents, apostrophes or dots in names; the nearest spelling that it takes is offered."""
    if column not in ("first", "last"):
        return ""
    base = unicodedata.normalize("NFKD", value.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    bare = re.sub(r"\s+", " ", re.sub(r"[^A-Za-z0-9_\- ]", "", re.sub(r"[\u2019'.]", " ", base))).strip()
    return f'; "{bare}" would do' if bare and not wrong_in(member(*_SHAPES[column]), bare) else ""


def _text(data: bytes) -> str:
    if len(data) > FILE_BYTES:
        raise _no_list(f"it is larger than {FILE_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise _no_list(f'line {line} is not UTF-8; save it as "CSV UTF-8"') from exc
    if "\0" in text:
        raise _no_list("it holds NUL characters, so it is no text")
    return text


def _columns(text: str) -> tuple[Sequence[str], str]:
    """The names in the first line, and what separates them."""
    first = text.split("\n", 1)[0].strip("\r")
    delimiter = max(",;\t", key=first.count)
    names = [name.strip().strip('"').lower() for name in first.split(delimiter)]
    unknown = [name for name in names if name not in COLUMNS]
    if "email" not in names or unknown or len(set(names)) != len(names):
        raise _no_list(
            f"its first line has to name its columns: email, and where wanted {', '.join(COLUMNS[1:])}, each once"
        )
    return names, delimiter


def _no_list(why: str) -> errors.BadUsage:
    return errors.BadUsage(why, title="This file is no list of people", hint="Nothing was changed.")


Numbered = list[tuple[int, Person]]


def _read(text: str, columns: Sequence[str], delimiter: str) -> tuple[Numbered, list[WrongRow]]:
    people: Numbered = []
    wrong: list[WrongRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        next(reader)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _take(cells, columns, reader.line_num, people, wrong)
            if len(people) > MOST_ROWS:
                raise _no_list(f"it has more than {MOST_ROWS} rows")
    except csv.Error as exc:
        wrong.append(
            WrongRow(
                reader.line_num, "", "", f"this is no CSV from here on ({exc}): a quote was left open or stands alone"
            )
        )
    return people, wrong


def _take(cells: Sequence[str], columns: Sequence[str], line: int, people: Numbered, wrong: list[WrongRow]) -> None:
    if len(cells) != len(columns):
        wrong.append(WrongRow(line, "", "", f"has {len(cells)} cells, and the first line has {len(columns)}"))
        return
    person = Person(**{name: cell.strip() for name, cell in zip(columns, cells, strict=True)})
    found = wrong_person(person, line)
    wrong += found
    if not found:
        people.append((line, person))


def _clashes(people: Iterable[tuple[int, Person]]) -> Iterator[WrongRow]:
    """Rows that contradict an earlier one."""
    places: dict[tuple[str, str], int] = {}
    names: dict[str, tuple[int, Person]] = {}
    for line, person in people:
        line_before, before = names.setdefault(person.email.lower(), (line, person))
        if before.email != person.email:
            twins = "in letter case only; the service would make two people of them, with two homes"
            yield WrongRow(line, "email", person.email, f"differs from line {line_before} {twins}")
        elif (before.first, before.last) != (person.first, person.last):
            yield WrongRow(line, "email", person.email, f"has another name in line {line_before}")
        elif (first := places.setdefault((person.email, person.stack), line)) != line:
            yield WrongRow(line, "email", person.email, f"is there already, in line {first}")


def with_stack(people: Iterable[Person], stack: str) -> tuple[Person, ...]:
    """Everybody with a stack: that of their row, else this one."""
    if wrong := _wrong_cell("stack", stack, 0):
        raise errors.BadUsage(stack, title="This is no name of a stack", hint=f"Nothing was changed: {wrong.message}.")
    made = tuple(Person(one.email, one.first, one.last, one.stack or stack) for one in people)
    if any(not one.stack for one in made):
        raise errors.BadUsage(
            title="It is not known which stack this is for",
            hint="Nothing was changed. Name it with --stack, in the column stack, or in [fleet] of the site file.",
        )
    return made
