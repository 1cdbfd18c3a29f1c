"""A terminal on the person's screen: which program that is, and how it is started; a rule for both systems."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.runs.process import detached

#: The desktop's own choice first, then those of the desktops that the service's images have.
_ON_LINUX = ("x-terminal-emulator", "gnome-terminal", "mate-terminal", "xfce4-terminal", "konsole", "xterm")
_NEW_CONSOLE = 0x10


def command(system: str, environ: Mapping[str, str], which: Callable[[str], str | None]) -> Sequence[str]:
    """What to start; raises `ToolFailed` where this computer has no terminal."""
    if system == "win32":
        folded = {name.upper(): value for name, value in environ.items()}
        root = folded.get("SYSTEMROOT", r"C:\Windows")
        return (folded.get("COMSPEC") or rf"{root}\System32\cmd.exe", "/K", "title Pose Launcher")
    for name in _ON_LINUX:
        if found := which(name):
            return (found,)
    raise errors.ToolFailed(
        title="This computer has no terminal",
        hint=f"Nothing was started. Ask your admin for one of {', '.join(_ON_LINUX[1:])} in the image.",
    )


def start(argv: Sequence[str], folder: Path, environ: Mapping[str, str]) -> int:
    """Start it in a folder so that it outlives us; its process number."""
    try:
        started = subprocess.Popen(list(argv), cwd=folder, env=dict(environ), **_apart(sys.platform))
    except OSError as exc:
        raise errors.ToolFailed(
            argv[0], title=f"The terminal cannot be started ({exc.strerror})", hint="Nothing was changed."
        ) from exc
    threading.Thread(target=started.wait, name="the terminal's end", daemon=True).start()  # else it stays as a zombie
    return int(started.pid)


def _apart(system: str) -> dict[str, Any]:
    """On Windows it gets a console of its own; elsewhere it is a window, and what it says is nobody's."""
    if system == "win32":
        return {"creationflags": _NEW_CONSOLE}
    return {**detached(system), **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)}
