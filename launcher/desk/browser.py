"""A web browser of this computer, where there is one: a stream's application view often has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from launcher.runs.process import detached

#: In the order in which they are looked for; the first is the one that a person chose on Debian and its kin.
_PROGRAMS = (
    "x-www-browser", "firefox", "firefox-esr", "google-chrome", "google-chrome-stable", "chromium", "chromium-browser",
    "microsoft-edge", "brave-browser", "epiphany", "konqueror", "falkon",
)  # fmt: skip


def browser(platform: str, environ: Mapping[str, str], find: Callable[[str], str | None]) -> tuple[str, ...] | None:
    """The command that shows a page when its address is added; empty for the system's own way, None where nothing can.

    `xdg-open` is no answer: it is there without any browser, and says yes to everything.
    """
    if platform == "win32":
        return ()
    if platform == "darwin":
        return ("open",)
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    found = next((path for name in _PROGRAMS if (path := find(name))), None)
    return (found,) if found is not None else None


def open_page(page: Path, environ: Mapping[str, str]) -> bool:
    """Show a page of this computer; False where no browser is there."""
    command = browser(sys.platform, environ, lambda name: shutil.which(name, path=environ.get("PATH")))
    if command is None or not page.is_file():
        return False
    if not command:
        os.startfile(page)  # type: ignore[attr-defined,unused-ignore]  # noqa: S606 - a page of ours, by its full path
        return True
    with subprocess.Popen(
        [*command, page.absolute().as_uri()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(environ),
        **detached(sys.platform),
    ) as child:
        child.returncode = 0  # it is not waited for: it outlives us
    return True
