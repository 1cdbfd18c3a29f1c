"""What the local disk says, in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from launcher import errors

#: The system says it of reading as of writing, and of a folder on the way to the one that is meant.
_NOT_LET_IN = "We are not let in to read or to write"

_TITLES = {
    errno.ENOSPC: "The local disk is full",
    errno.EDQUOT: "Your quota on the local disk is used up",
    errno.EROFS: "The local disk is read-only",
    errno.EACCES: _NOT_LET_IN,
    errno.EPERM: _NOT_LET_IN,
    errno.ENOENT: "This is not there any more",
    errno.ENAMETOOLONG: "This name is too long for the local disk",
}

#: The folder's doing, and not the disk's.
_OF_ONE_PLACE = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG)
_NOT_WRITABLE = (
    "Nothing was left half-written. Let it be read and written to, or ask whoever owns it; or choose another folder."
)
_HINTS = dict.fromkeys((errno.EROFS, *_OF_ONE_PLACE), _NOT_WRITABLE) | {
    errno.ENAMETOOLONG: "Nothing was left half-written. Give it a shorter name, or choose a folder with a shorter one.",
    errno.ENOENT: "Nothing was left half-written. If somebody moved it away, put it back, or try again.",
}

#: Not the disk's fault: this process, or the whole computer, has too much open.
OUT_OF_HANDLES = (errno.EMFILE, errno.ENFILE)


def disk_error(exc: OSError, subject: object) -> errors.LauncherError:
    """The error of our family for one of the system's."""
    if exc.errno in OUT_OF_HANDLES:
        return errors.OutOfHandles(subject, detail=repr(exc))
    told = os.strerror(exc.errno) if exc.errno else str(exc)
    title = _TITLES.get(exc.errno or 0, f"The local disk reports an error ({told})")
    kind = errors.PlaceClosed if exc.errno in _OF_ONE_PLACE else errors.LocalDisk
    return kind(subject, title=title, hint=_HINTS.get(exc.errno or 0), detail=repr(exc))


@contextmanager
def writing(subject: object) -> Iterator[None]:
    """What the disk says while something is written down, in words."""
    try:
        yield
    except OSError as exc:
        raise disk_error(exc, subject) from exc
