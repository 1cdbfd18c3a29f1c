"""Bringing and saving, as our own commands in processes of their own: what they do never stalls the window.

A command writes to two files of the state dir, so that it goes on when the window closes and nobody reads any more.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

import launcher
from launcher.config.find import Found
from launcher.config.plain import plain
from launcher.ui.window_desk import Json

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from launcher.__main__ import main; sys.exit(main())"
#: As much of a command's messages as is ever looked at.
_OUT, _ERR = "out", "err"
_TAIL_BYTES = 64 * 1024
CANCELLED = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: its exit code, its document, and what it said beside it."""

    code: int
    document: Json = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a command told last: bytes so far, or words about what comes after them."""

    bytes: int = 0
    words: str = ""


class Running(Protocol):
    """A command on its way. Everything here may touch the disk: it is called on a thread."""

    def told(self) -> Told:
        """How far it is."""

    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""

    def cancel(self) -> None:
        """End it; every command of ours may be ended at any moment."""


class Commands(Protocol):
    """Starts our own commands."""

    def start(self, words: Sequence[str]) -> Running:
        """Start one; it may block for as long as a process takes to start."""


def command_line(site: Found | None, state: Found, words: Sequence[str]) -> list[str]:
    """One of our commands with this window's site and state, told to report to a program."""
    flags = ["--site", str(site.path)] if site is not None else []
    flags += ["--state-dir", str(state.path)]
    root = str(Path(launcher.__file__).parents[1])
    return [sys.executable, "-P", "-X", "utf8", "-c", _START, root, *flags, *words, "--json", "--progress-lines"]


class OurCommands:
    """The program's own commands."""

    def __init__(self, site: Found | None, state: Found) -> None:
        self._site = site
        self._state = state
        self._folder = state.path / "window" / "commands"
        self._numbers = count(1)
        self._making = threading.Lock()

    def start(self, words: Sequence[str]) -> Running:
        """Start one, in a session of its own; many threads may ask at once."""
        return _begun(command_line(self._site, self._state, words), self._new_folder())

    def _new_folder(self) -> Path:
        with self._making:
            number = next(self._numbers)
            if number == 1:
                shutil.rmtree(self._folder, ignore_errors=True)  # of windows that are long gone
            folder = self._folder / f"{os.getpid()}-{number}"
            folder.mkdir(parents=True, mode=0o700)
            return folder


def _begun(argv: list[str], folder: Path) -> _Child:
    with (folder / _OUT).open("wb") as out, (folder / _ERR).open("wb") as err:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, start_new_session=True
        )
    return _Child(process, folder)


class _Child:
    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._out, self._err = folder / _OUT, folder / _ERR
        self._cancelled = False

    def __del__(self) -> None:
        """A command outlives the window that started it: then nobody waits for it any more."""
        if self._process.poll() is None:
            self._process.returncode = 0

    def told(self) -> Told:
        return told(_tail(self._err))

    def outcome(self) -> Outcome | None:
        code = self._process.poll()
        if code is None:
            return None
        said = messages(_tail(self._err))
        if self._cancelled:
            return Outcome(CANCELLED, said=said)
        return Outcome(code, _document(self._out), said)

    def cancel(self) -> None:
        self._cancelled = True
        self._process.kill()  # polite signals do not reach a console program on Windows; a kill is safe at any moment
        self._process.wait()


def _tail(file: Path) -> str:
    """Nothing where somebody cleaned up behind us: how the command ends is known all the same."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(file.stat().st_size - _TAIL_BYTES, 0))
            return stream.read(_TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _document(file: Path) -> Json:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def told(text: str) -> Told:
    """The newest of a command's messages: whole lines only, progress as JSON, anything else in words."""
    words = ""
    for line in reversed(text.split("\n")[:-1]):
        if not line.startswith("{"):
            words = words or plain(line.strip())
            continue
        try:
            return Told(int(json.loads(line)["progress"]["bytes"]), words)
        except (ValueError, KeyError, TypeError):
            continue
    return Told(0, words)


def messages(text: str) -> str:
    """What a command said to people, without its progress; the last sentence is the one that counts."""
    lines = [plain(line) for line in text.splitlines() if line.strip() and not line.startswith("{")]
    return lines[-1] if lines else ""
