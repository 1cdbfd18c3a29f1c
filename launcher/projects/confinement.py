"""What the parser process gives up before it reads other people's files: network, other programs, memory, secrets.

Two fences. The system's: an empty network namespace where the system grants one, and limits on memory, files and core
dumps. Python's own: an audit hook that refuses sockets, programs and unpickling from inside the interpreter, on every
system. Windows has only the second here (not tried on a real instance).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

#: A parser that needs more than this is being attacked, or reads something that is no pose project.
MEMORY_BYTES = 2 * 1024**3
OPEN_FILES = 64
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pickle.",
              "os.kill", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
              "os.chmod", "os.chown", "ctypes.dlopen", "webbrowser.", "urllib.Request", "ftplib.", "smtplib.",
              "winreg.")  # fmt: skip


class Forbidden(Exception):
    """Something in here tried to leave."""


def confine() -> None:
    """Shut the fences; there is no way back."""
    if sys.platform == "linux":
        _leave_network()
        _limit()
    sys.addaudithook(_refuse)


def _leave_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(
            _CLONE_NEWUSER | _CLONE_NEWNET
        )  # a person without rights; where even this is barred, the hook stays


def _limit() -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # a lower limit is already in force
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_writable: set[str] = set()


@contextlib.contextmanager
def writing_to(file: Path) -> Iterator[None]:
    """Allow Python to write this one working copy for a while."""
    _writable.add(str(file))
    try:
        yield
    finally:
        _writable.discard(str(file))


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise Forbidden(event)
    if event == "open" and _writes(args) and str(args[0]) not in _writable:
        raise Forbidden(f"writing {args[0]!r}")


def _writes(args: tuple[object, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    # Opened for reading alone, a file can still be made or emptied.
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) != 0


def try_fences() -> dict[str, bool]:
    """Try to get out: by Python, which the hook must refuse; and look for network devices other than a loopback."""
    try:
        __import__("socket").socket()
        hook = False
    except Forbidden:
        hook = True
    try:
        devices = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
    except OSError:
        devices = ["unknown"]
    return {"hook": hook, "network": devices in ([], ["lo"])}
