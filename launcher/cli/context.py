"""What every command gets: the desk, and a way to print that keeps data and progress apart."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from launcher import errors
from launcher.config.plain import plain
from launcher.desk.desk import Desk

#: Progress is told at most this often.
EVERY_S, LINE_EVERY_S = 0.5, 0.2


@dataclass(slots=True)
class Context:
    """One command on its way: data goes to stdout, everything else to stderr."""

    desk: Desk
    arguments: argparse.Namespace
    codes: list[int] = field(default_factory=list)
    problems: list[errors.LauncherError] = field(default_factory=list)
    _told_at: float = 0.0
    _has_data: bool = False

    @property
    def as_json(self) -> bool:
        """One JSON document on stdout was asked for."""
        return bool(self.arguments.json)

    def document(self, data: object) -> None:
        """Print the one JSON document, indented for a person: json indents in Python, at twenty times the cost."""
        self._has_data = True
        print(json.dumps(data, indent=1 if sys.stdout.isatty() else None, ensure_ascii=False), flush=True)

    def row(self, data: object, *, at_once: bool = False) -> None:
        """Print one of many JSON objects, each a line; `at_once` for those that somebody waits for."""
        self._has_data = True
        print(json.dumps(data, ensure_ascii=False), flush=at_once)

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
        if self.arguments.verbose and exc.detail:
            print(plain(f"  ({exc.detail})"), file=sys.stderr, flush=True)

    def progress(self, verb: str) -> Any:
        """A callback that tells files and bytes now and then."""

        def tell(files: int, size: int) -> None:
            if self.arguments.progress_lines:
                self._progress_line(files, size)
            elif not self.as_json and time.monotonic() - self._told_at > EVERY_S:
                self._told_at = time.monotonic()
                self.say(f"{verb} {files} files, {in_words(size)} …")

        return tell

    def _progress_line(self, files: int, size: int) -> None:
        """Progress for a program that reads along, such as the window."""
        if time.monotonic() - self._told_at > LINE_EVERY_S:
            self._told_at = time.monotonic()
            print(json.dumps({"progress": {"files": files, "bytes": size}}), file=sys.stderr, flush=True)

    def named(self, title: str, rows: Iterable[tuple[str, str]], at_most: int = 20) -> None:
        """A list of things with reasons, cut to a readable length; the JSON has all."""
        listed = list(rows)
        if listed and title:
            self.say(title)
        for name, reason in listed[:at_most]:
            self.say(f"  {name}: {reason}")
        if len(listed) > at_most:
            self.say(f"  … and {len(listed) - at_most} more; --json names them all.")

    def exit_code(self) -> int:
        """Of everything that went wrong, what the caller learns."""
        for notice in self.desk.notices:
            self.say(notice)
        return errors.worst_of(self.codes)


def in_words(size: int) -> str:
    """A number of bytes for people."""
    from launcher.projects.stage_plan import in_words as words

    return words(size)
