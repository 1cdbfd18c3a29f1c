"""Run a command where a disk is full, read-only or fails, a file may not grow, few may be open, or root has no rights.

python bad_place.py PLACE ARGUMENT… -- COMMAND…, where PLACE is one of
disk DIR KILOBYTES, read-only DIR, failing FILE, grow BYTES, handles NUMBER, anybody.
Only the command and its children see the change; it is gone when they are.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_READ_ONLY, _BIND, _RECURSIVE, _PRIVATE = 1, 1 << 12, 1 << 14, 1 << 18
_DROP_CAPABILITY, _OVERRIDE, _SEARCH = 24, 1, 2


def _own_mounts() -> None:
    """Mounts that nobody else sees; without rights, as the root of a user namespace."""
    user, group = os.getuid(), os.getgid()
    if _LIBC.unshare(_NEW_MOUNTS) != 0:
        _must(_LIBC.unshare(_NEW_USER | _NEW_MOUNTS))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _must(_LIBC.mount(b"none", b"/", None, _PRIVATE | _RECURSIVE, None))


def _disk(folder: str, kilobytes: str, flags: int = 0) -> None:
    """An empty disk of this size at `folder`."""
    _own_mounts()
    _must(_LIBC.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, f"size={kilobytes}k,mode=755".encode()))


def _failing(file: str) -> None:
    """Reading and writing this file answers EIO, as a broken disk does: nothing is mapped where a process begins."""
    _own_mounts()
    _must(_LIBC.mount(f"/proc/{os.getpid()}/mem".encode(), file.encode(), None, _BIND, None))


def _read_only(folder: str) -> None:
    _disk(folder, "1024", _READ_ONLY)


def _grow(size: str) -> None:
    """No file becomes larger than this, as on a disk that fills up on the way."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))


def _handles(number: str) -> None:
    """So many files and connections may be open at once."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(number), int(number)))


def _anybody() -> None:
    """The rights of files count for root, too."""
    for capability in (_OVERRIDE, _SEARCH):
        _LIBC.prctl(_DROP_CAPABILITY, capability, 0, 0, 0)


def _must(result: int) -> None:
    if result != 0:
        sys.exit(f"bad_place: {os.strerror(ctypes.get_errno())}")


PLACES: dict[str, Callable[..., None]] = {
    "disk": _disk,
    "read-only": _read_only,
    "failing": _failing,
    "grow": _grow,
    "handles": _handles,
    "anybody": _anybody,
}

if __name__ == "__main__":
    at = sys.argv.index("--")
    PLACES[sys.argv[1]](*sys.argv[2:at])
    os.execv(sys.argv[at + 1], sys.argv[at + 1 :])
