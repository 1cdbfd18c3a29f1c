"""A screen of our own for tests: Xvfb with a window manager, on a display number that nobody uses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTS_WITHIN_S, _ENDS_WITHIN_S = 20.0, 5.0


@contextmanager
def running_display(size: str = "1440x900x24", *, window_manager: str | None = "openbox") -> Iterator[str]:
    """The name of a display, for as long as the block lasts; both programs are ended by their own process."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        command, pass_fds=(writing,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()  # the server chose a free one; nothing when it could not start
        assert number, "Xvfb did not start; it belongs to the packages that `bootstrap.sh test` installs"
        name = f":{number}"
        if window_manager is None:
            yield name
        else:
            with _managed(name, window_manager):
                yield name
    finally:
        _end(server)


@contextmanager
def _managed(display: str, program: str) -> Iterator[None]:
    """A window manager, once it has said on the screen that it is there."""
    manager = subprocess.Popen(
        [program, "--sm-disable"],
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        subprocess.run([sys.executable, _WAITS, display], check=True, timeout=_STARTS_WITHIN_S)
        yield
    finally:
        _end(manager)


#: Waits by events of the X server, in a process of its own so that it can be bounded.
_WAITS = Path(__file__).with_name("fakes") / "wait_for_window_manager.py"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
