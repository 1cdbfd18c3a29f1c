"""How a set-up runs its commands and tells about them; all of it on stderr, stdout belongs to what comes after."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from installer.bootstrap_rules import own_environment

FAILED, NEEDS_RIGHTS, USAGE_ERROR, LOCAL_DISK, INTERRUPTED = 1, 2, 2, 6, 130


class SetUpFailed(Exception):
    """The set-up cannot go on: what happened, and what to do about it."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """One piece of progress, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is being done, and then how long it took."""
    say(f"set-up: {what} ... ")
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say("not done\n")
        raise
    say(f"{time.monotonic() - start:.1f} s\n")


def run(command: Sequence[str], keep_open: int | None = None) -> None:
    """Run one command; its words are shown only if it fails.

    `keep_open` is the file of the set-up's lock: a pip that outlives us keeps others waiting until it is gone.
    """
    done = subprocess.run(
        command,
        env=own_environment(os.environ),
        pass_fds=() if keep_open is None or sys.platform == "win32" else (keep_open,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        words = done.stdout.decode(errors="replace").strip()
        raise SetUpFailed(f"that did not work; the same command tries again. What was said:\n{words[-4000:]}")
