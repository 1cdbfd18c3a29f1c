"""The image as a new person's session meets it: its launcher, asked in an empty home that is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from installer.image.layout import Layout
from installer.image.spec import Spec

WITHIN_S = 600
#: Was it as it should be, what was seen, what to do if not.
Seen = tuple[bool, str, str]


@dataclass(frozen=True)
class Image:
    """What is looked at: the layout, what should be in it, and who looks."""

    layout: Layout
    spec: Spec
    environ: Mapping[str, str]
    #: For the test suite alone: the pose tools may be a CPU set with the test shim.
    test_shim: bool = False
    #: What takes a minute to find out and more than one look wants to know.
    known: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A new person's: an empty home, and nothing remembered."""
        with tempfile.TemporaryDirectory(prefix="image-test-", ignore_cleanup_errors=True) as folder:
            home = Path(folder, "home")
            home.mkdir()
            yield Session(self, Path(folder), {**self.environ, **self._variables(folder, home)})

    def _variables(self, folder: str, home: Path) -> dict[str, str]:
        told = {"POSE_LAUNCHER_STATE_DIR": str(Path(folder, "state")), "POSE_LAUNCHER_TOOLS_DIR": self.layout.tools}
        if not self.layout.is_machine:
            told["POSE_LAUNCHER_SITE"] = self.layout.site
        return told if self.layout.windows else {**told, "HOME": str(home)}

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One question to the launcher, in a session of its own."""
        with self.session() as session:
            return session.ask(*words)

    def once(self, name: str, look: Callable[[], Any]) -> Any:
        """What was found out before, or now."""
        if name not in self.known:
            self.known[name] = look()
        return self.known[name]


@dataclass(frozen=True, slots=True)
class Session:
    """One session: commands in it see what those before left behind."""

    image: Image
    folder: Path
    environ: Mapping[str, str]

    def ask(self, *words: str, within_s: float = WITHIN_S) -> subprocess.CompletedProcess[str]:
        """The launcher on the image."""
        return answer([self.image.layout.program, *words], self.environ, within_s)


def answer(command: list[str], environ: Mapping[str, str], within_s: float) -> subprocess.CompletedProcess[str]:
    """What a program said; one that is missing or does not end says so too, with a code that is not 0."""
    try:
        return subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no end within {within_s:g} s")
    except OSError as exc:
        return subprocess.CompletedProcess(command, 127, "", str(exc))


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """Its JSON document; None where there is none."""
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """Why it did not do what it should, in its own last words."""
    return (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}")[-300:]


def is_privileged() -> bool:
    """Does whoever looks have the machine's own rights? Then a look says nothing about a session."""
    if os.name == "nt":  # pragma: no cover - Windows
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())  # type: ignore[attr-defined,unused-ignore]
    return os.geteuid() == 0
