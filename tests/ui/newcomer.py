"""Somebody who has never seen the program: a screen, a keyboard, a mouse, and what the window tells a screen reader."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from launcher.runs.screen_x11 import X11Screen
from tests.conftest import Result, Site
from tests.display import running_display
from tests.ui.screen_reader import ScreenReader, listening

_PATIENCE_S, _LOOKS_EVERY_S, _PRESSES_AGAIN_S = 90.0, 0.1, 10.0
LAUNCHER = "Pose Launcher"


@dataclass
class Newcomer:
    """Acts through the screen only, and counts it."""

    site: Site
    display: str
    reader: ScreenReader
    tools: Path
    actions: list[str] = field(default_factory=list)
    _window: subprocess.Popen[bytes] | None = None

    @property
    def _said(self) -> Path:
        return self.site.folder / "window.log"

    def starts_the_program(self) -> None:
        """The double click on the icon."""
        self.actions.append("start")
        environ = {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "POSE_LAUNCHER_TOOLS_DIR": str(self.tools)}
        with self._said.open("wb") as messages:
            self._window = self.site.start(environ=environ | self.reader.environ, messages=messages.fileno())
        self.until(lambda: self.in_front() == LAUNCHER, "the window is in front")

    def presses(self, why: str, *keys: str) -> None:
        """One action by keyboard: shortcuts, and words to be typed where they are in quotes."""
        self.actions.append(why)
        for key in keys:
            words = ("type", "--delay", "20", key.strip("'")) if key.startswith("'") else ("key", key)
            self._x(*words)

    def closes_the_tool(self) -> None:
        """One action, done again where the window manager was still passing the keyboard on, and heard nothing."""
        self.actions.append("close the tool")
        again = 0.0

        def is_closed() -> bool:
            nonlocal again
            in_front = self.in_front()
            if in_front != LAUNCHER and time.monotonic() >= again:
                self._x("key", "alt+F4")
                again = time.monotonic() + _PRESSES_AGAIN_S
            return in_front == LAUNCHER

        self.until(is_closed, "the launcher is in front again")

    def clicks(self, why: str, role: str, name: str, *, times: int = 1) -> None:
        """One action by mouse, on what is read out like this."""
        self.actions.append(why)
        left, top = self.reader.middle_of(role, name)
        self._x("mousemove", str(left), str(top), "click", "--repeat", str(times), "--delay", "60", "1")

    def reads(self, *texts: str) -> str:
        """Everything that the window says, once it says all of these."""
        return self._reads(lambda said: all(text in said for text in texts), " and ".join(texts))

    def sees_whether_it_is_saved(self) -> None:
        """The bar speaks of what the tool left; it may be saved already, since saving never stops."""
        answers = ("not saved yet", "All results saved")
        self._reads(lambda said: any(answer in said for answer in answers), " or ".join(answers))

    def _reads(self, holds: Callable[[str], object], what: str) -> str:
        try:
            return self.reader.until(holds, what)
        finally:
            print(self._said.read_text("utf-8", "replace"))  # noqa: T201 - pytest shows it when it has failed

    def titles(self) -> list[str]:
        """The windows on the screen."""
        screen = X11Screen(self.display)
        try:
            return [window.title for window in screen.windows()]
        finally:
            screen.close()

    def in_front(self) -> str:
        """The window that the keyboard goes to."""
        return self._x("getactivewindow", "getwindowname")

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Look at the screen until it is so."""
        end = time.monotonic() + _PATIENCE_S
        while not holds():
            late = time.monotonic() >= end
            assert not late, f"never seen: {what}; on the screen: {self.titles()}; it reads:\n{self.reader.text()}"
            time.sleep(_LOOKS_EVERY_S)

    def closes_the_program(self) -> int:
        """As everybody does, not minding that a save goes on without the window; how it ended."""
        assert self._window is not None
        self._x("key", "alt+F4")
        self.until(self._is_closed, "the window has closed")
        return int(self._window.returncode)

    def _is_closed(self) -> bool:
        assert self._window is not None
        if self.in_front().startswith("This goes on without the window"):
            self._x("key", "Return")
        return self._window.poll() is not None

    def ends_the_session(self) -> Result:
        """As the service does when the stream is over: the saver ends with it."""
        return self.site.run("finish", "--deadline", "30")

    def leaves(self) -> None:
        """Nothing stays behind, however it went."""
        if self._window is not None and self._window.poll() is None:
            os.killpg(self._window.pid, signal.SIGKILL)
            self._window.wait()
        self.ends_the_session()

    def _x(self, *words: str) -> str:
        environ = {**os.environ, "DISPLAY": self.display}
        done = subprocess.run(["xdotool", *words], env=environ, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip()


@contextmanager
def newcomer(site: Site, tools: Path) -> Iterator[Newcomer]:
    """A person at a computer with these pose tools, for as long as the block lasts."""
    with running_display() as display, listening(display) as reader:
        person = Newcomer(site, display, reader, tools)
        try:
            yield person
        finally:
            person.leaves()
