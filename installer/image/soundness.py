"""Is the image sound? Named checks, carried out as the session's own user, who has no rights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from installer.findings import Check
from installer.image.looks.asking import Image, Seen
from installer.image.looks.desktop import fonts, heavy_sync, language, mounting, screen
from installer.image.looks.pose_tools import gpu_seen, tools_open, tools_train, tools_work
from installer.image.looks.program import launcher_starts, round_trip, session_scripts, site_file
from installer.image.looks.safety import no_secret, nothing_writable, unprivileged
from launcher import errors

#: In the order in which they are made; the quick ones first.
LOOKS: dict[str, Callable[[Image], Seen]] = {
    "unprivileged": unprivileged,
    "site-file": site_file,
    "nothing-writable": nothing_writable,
    "no-secret": no_secret,
    "heavy-sync": heavy_sync,
    "fonts": fonts,
    "language": language,
    "screen": screen,
    "mounting": mounting,
    "launcher-starts": launcher_starts,
    "session-scripts": session_scripts,
    "round-trip": round_trip,
    "tools-work": tools_work,
    "gpu-seen": gpu_seen,
    "tools-open": tools_open,
    "tools-train": tools_train,
}


def checks(image: Image, names: list[str]) -> Iterator[tuple[Check, float]]:
    """Each with the seconds that it took; one that breaks is a finding and stops nothing."""
    for name in names:
        began = time.monotonic()
        try:
            ok, message, hint = LOOKS[name](image)
        except (OSError, KeyError, TypeError, ValueError, errors.LauncherError) as exc:
            ok, message, hint = False, str(exc) or repr(exc), ""
        yield Check(name, ok, message, "" if ok else hint), time.monotonic() - began
