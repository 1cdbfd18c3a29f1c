"""What every command gets: the desk, and a way to print that keeps data and progress apart."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from launcher.command_line import Speaker
from launcher.desk.desk import Desk

#: Progress is told at most this often.
EVERY_S, LINE_EVERY_S = 0.5, 0.2
_ODD = "Saved, but `stage` cannot bring these to a computer. Rename them, then save again:"


@dataclass(slots=True)
class Context(Speaker):
    """One command on its way, with the desk that it works at."""

    desk: Desk
    _told_at: float = field(default=0.0, kw_only=True)

    def progress(self, verb: str) -> Any:
        """A callback that tells files and bytes now and then."""

        def tell(files: int, size: int) -> None:
            if self.arguments.progress_lines:
                self._progress_line(files, size)
            elif not self.as_json and time.monotonic() - self._told_at > EVERY_S:
                self._told_at = time.monotonic()
                self.say(f"{verb} {in_files(files)}, {in_words(size)} …")

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

    def would(self, words: str) -> None:
        """What would be done, for whoever asked that nothing is changed."""
        if self.as_json:
            self.document({"would": words})
        else:
            self.line(words)

    def odd_names(self, names: Mapping[str, str]) -> None:
        """New files that are saved, and that no computer gets back as they are called now."""
        self.named(_ODD, [(path, f"its name {why}") for path, why in names.items()])

    def exit_code(self) -> int:
        """Of everything that went wrong, what the caller learns."""
        for notice in self.desk.notices:
            self.say(notice)
        return Speaker.exit_code(self)


def in_words(size: int) -> str:
    """A number of bytes for people."""
    from launcher.projects.stage_plan import in_words as words

    return words(size)


def in_files(number: int) -> str:
    """A number of files for people."""
    from launcher.projects.stage_plan import in_files as words

    return words(number)
