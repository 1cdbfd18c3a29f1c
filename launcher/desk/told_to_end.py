"""SIGTERM and Ctrl-C end what we do softly, and for certain: what hangs on a dead server is cut off."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: What is under way, as the file in a saver's hand, gets this long; what is cut off goes on at the next start.
LAST_S = 8.0
_AGAIN_S = 0.01


@contextmanager
def ends_when_told(stop: Callable[[], None], cut_off: Callable[[], None] = lambda: os._exit(0)) -> Iterator[None]:
    """Told to end, `stop` is called in the main thread, and `cut_off` if this process is still there seconds later."""
    hurry = threading.Timer(LAST_S, cut_off)
    hurry.daemon = True
    was_told = threading.Event()

    def told(*_: object) -> None:
        was_told.set()
        with contextlib.suppress(RuntimeError):  # told twice
            hurry.start()
        stop()

    # Ctrl-C in a terminal is not for what a shell started in the background.
    heard = [one for one in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(one) is not signal.SIG_IGN]
    earlier = {one: signal.signal(one, told) for one in heard}
    try:
        with _heard_everywhere():
            yield
    finally:
        if not was_told.is_set():
            hurry.cancel()
        for one, handler in earlier.items():
            # Who asks twice asks while we are tidying up: that is no reason to drop everything. Nor is it, if what was
            # done in here, as by a saver, was told to end.
            is_told = was_told.is_set() or signal.getsignal(one) is signal.SIG_IGN
            signal.signal(one, signal.SIG_IGN if is_told else handler)


@contextmanager
def _heard_everywhere() -> Iterator[None]:
    """An interruption that comes while Python calls back, as for an object that goes, is lost: it is made again."""
    earlier = sys.unraisablehook

    def lost(found: sys.UnraisableHookArgs) -> None:
        if issubclass(found.exc_type, KeyboardInterrupt):
            again = threading.Timer(_AGAIN_S, _thread.interrupt_main, [signal.SIGTERM])  # in here it would be lost, too
            again.daemon = True
            again.start()
        else:
            earlier(found)

    sys.unraisablehook = lost
    try:
        yield
    finally:
        sys.unraisablehook = earlier
