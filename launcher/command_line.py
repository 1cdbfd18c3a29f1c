"""The frame of both programs' commands: common flags, what goes to stdout and to stderr, and how a command ends."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NoReturn

import launcher
from launcher import errors
from launcher.config.plain import plain

AddFlags = Callable[[argparse.ArgumentParser, object], None]


@dataclass(slots=True)
class Speaker:
    """One command on its way: data goes to stdout, everything else to stderr."""

    arguments: argparse.Namespace
    codes: list[int] = field(default_factory=list, kw_only=True)
    problems: list[errors.LauncherError] = field(default_factory=list, kw_only=True)
    _has_data: bool = field(default=False, kw_only=True)

    @property
    def as_json(self) -> bool:
        """One JSON document on stdout was asked for."""
        return bool(self.arguments.json)

    def document(self, data: object) -> None:
        """Print the one JSON document, indented for a person: json indents in Python, at twenty times the cost.

        Rows that are made when they are asked for are written one by one: there may be 200,000.
        """
        self._has_data = True
        sys.stdout.writelines(_text_of(data, 1 if sys.stdout.isatty() else None))
        print(flush=True)

    def row(self, data: object, *, at_once: bool = False) -> None:
        """Print one of many JSON objects, each a line; `at_once` for those that somebody waits for."""
        self._has_data = True
        print(_row_text(data), flush=at_once)

    def end_of_data(self) -> None:
        """A program that asked for JSON gets some, also of a command that failed before it had any."""
        if self.as_json and self.problems and not self._has_data:
            self.row(errors.problem_document(self.problems))

    def line(self, text: str) -> None:
        """One line of data for a person; text from outside cannot steer the terminal."""
        self._has_data = True
        print(plain(text), flush=True)

    def say(self, text: str) -> None:
        """A message beside the data."""
        if not self.arguments.quiet:
            print(plain(text), file=sys.stderr, flush=True)

    def problem(self, exc: errors.LauncherError) -> None:
        """Tell an error in words, and remember its exit code."""
        self.codes.append(exc.exit_code)
        self.problems.append(exc)
        print(plain(str(exc)), file=sys.stderr, flush=True)
        if self.arguments.verbose:
            for line in exc.detail.splitlines():
                print(plain(f"  {line}"), file=sys.stderr, flush=True)

    def exit_code(self) -> int:
        """Of everything that went wrong, what the caller learns."""
        return errors.worst_of(self.codes)


#: One for all rows: `json.dumps` makes one for each of thousands.
_row_text = json.JSONEncoder(ensure_ascii=False).encode


def _text_of(data: object, indent: int | None) -> Iterator[str]:
    hole, later = os.urandom(16).hex(), list[Iterable[object]]()

    def put_off(rows: object) -> str:
        assert isinstance(rows, Iterable)
        later.append(rows)
        return hole

    first, *others = json.dumps(data, indent=indent, ensure_ascii=False, default=put_off).split(f'"{hole}"')
    yield first
    for rows, after in zip(later, others, strict=True):
        yield "["
        for number, row in enumerate(rows):
            yield (",\n" if number else "") + _row_text(row)
        yield f"]{after}"


class _Help(argparse.HelpFormatter):
    """argparse's own, which is made anew for each flag, and imports archives and all (`shutil`) to know its width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """Of the terminal, as `shutil.get_terminal_size` tells them."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    with suppress(ValueError, OSError):
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    return 80


class _Parser(argparse.ArgumentParser):
    """argparse's own, which keeps its words for a program that asked for JSON."""

    def __init__(self, **more: Any) -> None:
        super().__init__(formatter_class=_Help, **more)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: error: {message}", file=sys.stderr)
        raise _Misused(message)


class _Misused(SystemExit):
    """argparse's end, with what it found wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(errors.BadUsage.exit_code)
        self.message = message


def common_flags(parser: argparse.ArgumentParser, default: object) -> None:
    """What every command of both programs takes; a default of None is that of a switch that is off."""
    off = False if default is None else default
    parser.add_argument("--site", metavar="FILE", default=default, help="the site file to use")
    parser.add_argument("--json", action="store_true", default=off, help="one JSON document on stdout")
    parser.add_argument(
        "--dry-run", action="store_true", default=off, help="say what would be done, and change nothing"
    )
    parser.add_argument("--quiet", action="store_true", default=off, help="no progress")
    parser.add_argument("--verbose", action="store_true", default=off, help="technical causes too")


@dataclass(frozen=True, slots=True)
class Program:
    """One program: its commands are modules of a room, each with HELP, `add_arguments` and `run`."""

    name: str
    about: str
    room: str
    flags: AddFlags
    #: A command with commands of its own hands the common flags on to them.
    nests: bool = False

    def parser(self, names: Sequence[str]) -> argparse.ArgumentParser:
        """The command line of these commands; common flags may stand before or after the command."""
        common = _Parser(add_help=False)
        self.flags(common, argparse.SUPPRESS)
        parser = _Parser(prog=self.name, description=self.about)
        self.flags(parser, None)
        parser.add_argument("--version", action="version", version=f"Pose Launcher {launcher.__version__}")
        commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
        for name in names:
            module = import_module(f"{self.room}.{name.replace('-', '_')}")
            command = commands.add_parser(name, help=module.HELP, description=module.HELP, parents=[common])
            module.add_arguments(command, *([common] if self.nests else []))
            command.set_defaults(run=module.run)
        return parser


def understood(parser: argparse.ArgumentParser, given: Sequence[str]) -> argparse.Namespace:
    """What was asked for. Raises `SystemExit`, as argparse does; a program that asked for JSON is told in JSON why."""
    try:
        return parser.parse_args(given)
    except _Misused as exc:
        if "--json" in given:
            print_problem(errors.BadUsage(exc.message))
        raise


def print_problem(problem: errors.LauncherError) -> None:
    """The document of a command that never began; handed over when the program ends."""
    print(json.dumps(errors.problem_document([problem]), ensure_ascii=False))


def carry_out(
    command: Callable[[], None],
    speaker: Speaker,
    interrupted: errors.Interrupted,
    of_disk: Callable[[OSError], errors.LauncherError],
    of_ours: Callable[[Exception], errors.LauncherError],
) -> int:
    """Run it and return its exit code; a person never sees a traceback."""
    try:
        command()
    except errors.LauncherError as exc:
        speaker.problem(exc)
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        speaker.problems.append(interrupted)
        speaker.end_of_data()
        return errors.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader of our output went away
    except OSError as exc:
        speaker.problem(of_disk(exc))
    except Exception as exc:  # noqa: BLE001 - the last door before a traceback
        speaker.problem(of_ours(exc))
    speaker.end_of_data()
    _hand_over(speaker, of_disk)
    return speaker.exit_code()


def _hand_over(speaker: Speaker, of_disk: Callable[[OSError], errors.LauncherError]) -> None:
    """Data that was printed and did not get to where it was to go is told, and not left to Python's end.

    That would say so in its own words, and with an exit code of its own.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as exc:
        if errors.LocalDisk.exit_code not in speaker.codes:
            speaker.problem(of_disk(exc))
    else:
        return
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - open to the end


def speak_utf8() -> None:
    """JSON is UTF-8 (RFC 8259) whatever the terminal speaks; half a letter in a name on disk becomes an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
