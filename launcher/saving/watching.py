"""Hear of changes below some folders, from the system. Some get lost, on every system, so somebody has to look as well.

Told are paths that may have changed; what happened to them is for a look at the disk to find out.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import watch

from launcher.projects.whose import CORNER

#: Changes are told together when none has come for a while, and after this long at the latest.
_CALM_MS, _LONGEST_MS = 250, 1_500
#: How long the end may take to be noticed; the library looks this often where nothing happens.
_END_MS = 1_000
#: What it takes to follow a folder; of one that is closed nothing can be followed, and the others go on.
_LOOK = os.R_OK | os.X_OK

Told = Callable[[list[Path]], None]


class FolderEvents:
    """Follows a set of folders that may change; whatever it cannot follow, a scan has to find."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._folders: frozenset[Path] = frozenset()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, folders: Iterable[Path]) -> None:
        """Follow these from now on; the same ones again cost nothing."""
        wanted = frozenset(folder for folder in folders if os.access(folder, _LOOK) and folder.is_dir())
        if wanted == self._folders:
            return
        self.close()
        self._folders = wanted
        if wanted:
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._listen, args=(wanted, self._stop), name="folder events", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Follow nothing any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread, self._folders = None, frozenset()

    def _listen(self, folders: frozenset[Path], stop: threading.Event) -> None:
        try:
            for changes in watch(
                *folders,
                watch_filter=None,
                debounce=_LONGEST_MS,
                step=_CALM_MS,
                stop_event=stop,
                rust_timeout=_END_MS,
                raise_interrupt=False,
                force_polling=False,
                ignore_permission_denied=True,
            ):
                if paths := [path for _, name in changes if CORNER not in (path := Path(name)).parts]:
                    self._told(paths)
        except (OSError, RuntimeError):
            return  # the system follows no more folders (its limit, a folder that went): scans go on
