"""A pose tool that behaves as its first argument says; the rest is the command line of `sleap-label`.

It speaks plain X11, so that it is there in a tenth of a second where the real one takes ten.
"""

# ruff: noqa: T201 - what it prints is its log

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TITLE = "SLEAP v1.6.6"
LINGERS = "import time; time.sleep(600)"


def show(title: str, *, with_pid: bool = True) -> tuple[Any, Any]:
    """A window on the screen, ready to be closed by its cross."""
    from Xlib import X, Xatom
    from Xlib.display import Display

    display = Display()
    screen = display.screen()
    window = screen.root.create_window(60, 60, 500, 300, 0, screen.root_depth, X.CopyFromParent)
    window.set_wm_class("app.py", TITLE)
    window.set_wm_protocols([display.intern_atom("WM_DELETE_WINDOW")])
    window.change_property(display.intern_atom("_NET_WM_NAME"), display.intern_atom("UTF8_STRING"), 8, title.encode())
    if with_pid:
        window.change_property(display.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
    window.map()
    display.flush()
    return display, window


def until_closed(display: Any) -> None:
    """As a program that does what its window's cross says."""
    from Xlib import X

    while display.next_event().type != X.ClientMessage:
        pass


def opens(project: str) -> None:
    """Shows its window at once, and ends when it is closed."""
    print("Launching GUI...", flush=True)
    display, _ = show(f"{project} - {TITLE}")
    until_closed(display)


def anonymous(project: str) -> None:
    """As `opens`, but its window does not say whose it is."""
    display, _ = show(f"{project} - {TITLE}", with_pid=False)
    until_closed(display)


def never(_: str) -> None:
    """No window, and nothing to do."""
    print("Loading the model ...", flush=True)
    time.sleep(600)


def splash(_: str) -> None:
    """A picture while it loads, for ever."""
    display, _ = show("Please wait")
    until_closed(display)


def asks(_: str) -> None:
    """A dialog before the window: where are the videos?"""
    display, _ = show(TITLE)
    until_closed(display)


def refuses(_: str) -> None:
    """A message about the file instead of its window."""
    print("ValueError: This file uses SLP format 9.9, which is newer than the one known here", flush=True)
    asks("")


def bereft(_: str) -> None:
    """Loses its screen, complains, and ends as if all were well."""
    print("The X11 connection broke (error 1). Did the X11 server die?", flush=True)


def questions(project: str) -> None:
    """Loads as DeepLabCut does, and answers every click on its cross with a question."""
    display, _ = show(f"DeepLabCut - {Path(project).parent.name}")
    until_closed(display)
    print("Are you sure?", flush=True)
    until_closed(display)


def crashes(_: str) -> None:
    """A traceback and the end."""
    sys.exit("Traceback (most recent call last):\nZeroDivisionError: something that nobody has seen before")


def ruins(project: str) -> None:
    """Takes the old file away to write the new one, and does not come to that."""
    Path(project).unlink()
    os.kill(os.getpid(), signal.SIGSEGV)


def stubborn(project: str) -> None:
    """Does not listen to its window's cross or to the system's request."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    show(f"{project} - {TITLE}")
    time.sleep(600)


def parent(project: str) -> None:
    """Starts two programs, one of them in a session of its own, and ends without them."""
    for detached in (False, True):
        child = subprocess.Popen([sys.executable, "-c", LINGERS], start_new_session=detached)
        print(f"child {child.pid}", flush=True)
        child.returncode = 0  # not waited for, as a careless program does
    opens(project)


def tells(project: str) -> None:
    """Prints what it can see of where it runs."""
    import json

    seen = {"environ": dict(os.environ), "cwd": str(Path.cwd()), "entries": os.listdir(), "path": sys.path}
    seen["files"] = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.exists()]
    print(json.dumps(seen), flush=True)
    opens(project)


CHARACTERS = (
    opens, anonymous, never, splash, asks, refuses, bereft, questions, crashes, ruins, stubborn, parent, tells
)  # fmt: skip

if __name__ == "__main__":
    character, *arguments = sys.argv[1:]
    next(one for one in CHARACTERS if one.__name__ == character)(arguments[-1])
