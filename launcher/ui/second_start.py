"""One window a state dir: a second start raises the first.

The first holds a lock file and listens on a local channel that only this user can reach: its address and a random key
lie in a file that nobody else can read. What comes over the channel is compared with one word and never unpickled.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

from launcher.projects.private_folder import make_private

if TYPE_CHECKING:
    from multiprocessing.connection import Listener

log = logging.getLogger(__name__)

_RAISE, _DONE, _LEAVE = b"raise", b"done", b"leave"
_LONGEST = 64
_PATIENCE_S = 3.0


class FirstWindow:
    """Held by the window that came first."""

    def __init__(self, folder: Path) -> None:
        make_private(folder.parent)  # in one of somebody else's, another one could answer in our name
        make_private(folder)
        self._file = folder / "window.json"
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)  # a lock is stale when its process is gone, not when it is old
        self._key = secrets.token_bytes(32)
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def is_first(self) -> bool:
        """Take the lock if nobody has it."""
        return self._lock.tryLock(0)

    def listen(self, raised: Callable[[], None]) -> None:
        """Tell each second start from now on; `raised` is called on another thread."""
        from multiprocessing.connection import Listener  # after the first paint, like all that is not needed for it

        listener = self._listener = Listener(authkey=self._key)
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"address": listener.address, "key": self._key.hex()}))
        draft.replace(self._file)
        self._thread = threading.Thread(target=self._serve, args=(listener, raised), name="second start", daemon=True)
        self._thread.start()

    @staticmethod
    def _serve(listener: Listener, raised: Callable[[], None]) -> None:
        while True:
            try:
                with listener.accept() as caller:
                    word = caller.recv_bytes(_LONGEST)
                    if word == _RAISE:
                        raised()
                    caller.send_bytes(_DONE)
                    if word == _LEAVE:
                        return
            except Exception as exc:  # noqa: BLE001 - whoever calls badly must not end the listening
                log.debug("a second start failed: %s", exc)

    def close(self) -> None:
        """Stop listening, and let another window be first."""
        listener, self._listener = self._listener, None
        if listener is not None and self._thread is not None:
            with suppress(OSError, EOFError):
                _say(listener.address, self._key, _LEAVE)
            self._thread.join(_PATIENCE_S)
            listener.close()
            self._file.unlink(missing_ok=True)
        self._lock.unlock()


def raise_first(folder: Path) -> bool:
    """Ask the first window to come forward; it may be starting itself, so it has a moment. Did it answer?"""
    until, pause = time.monotonic() + _PATIENCE_S, threading.Event()
    while time.monotonic() < until:
        with suppress(OSError, EOFError, ValueError, KeyError, TypeError):
            told = json.loads((folder / "window.json").read_text())
            return _say(told["address"], bytes.fromhex(told["key"]), _RAISE)
        pause.wait(0.1)
    return False


def _say(address: object, key: bytes, word: bytes) -> bool:
    from multiprocessing.connection import Client

    with Client(address, authkey=key) as first:  # type: ignore[arg-type]
        first.send_bytes(word)
        return bool(first.recv_bytes(_LONGEST) == _DONE)
