"""When this computer was started."""

from __future__ import annotations

import sys
from pathlib import Path


def boot_time_s() -> int:
    """In seconds since 1970; on Linux read where psutil reads it, whose import costs more than most commands do."""
    if sys.platform == "linux":
        for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
            if line.startswith("btime "):
                return int(line.split()[1])
    import psutil

    return int(psutil.boot_time())
