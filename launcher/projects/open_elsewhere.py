"""Does a program have a file open to write into it? What it then writes would go with what another file replaces.

Windows refuses to replace such a file. Linux does not, and the program writes on into a file that has no name any more.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def is_open_for_writing(file: Path | str) -> bool:
    """Asked of the system, not of each process; False also where it cannot tell, as on a network drive.

    A lease for reading is granted only while nobody has the file open for writing (`fcntl(2)`), and is given back at
    once. A program that opens it in that moment waits for us that long.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # the signal of a breaking lease would end us, this does not
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:  # EAGAIN
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
