"""Looks at the GPU once a second and remembers ten minutes, for whoever wants to draw them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from launcher.gpu.look import Gpu, Look
from launcher.gpu.readings import Reading

log = logging.getLogger(__name__)

EVERY_S = 1.0
KEEP = 600


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The latest look, and the readings of the last ten minutes, oldest first, itself last."""

    look: Look
    history: Sequence[Reading]


Subscriber = Callable[[Snapshot], None]


class Sampler:
    """A thread that looks and tells. Subscribers are called in that thread and must be quick; a window posts a signal.

    Nothing is told while nothing is new: without a driver there is one snapshot for each time it was looked for.
    """

    def __init__(self, gpu: Gpu, every_s: float = EVERY_S, keep: int = KEEP) -> None:
        self._gpu = gpu
        self._every_s = every_s
        self._history: deque[Reading] = deque(maxlen=keep)
        self._latest: Snapshot | None = None
        self._subscribers: tuple[Subscriber, ...] = ()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gpu sampler", daemon=True)

    @property
    def latest(self) -> Snapshot | None:
        """What was told last; None before the first look."""
        return self._latest

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tell `subscriber` each new snapshot, the latest at once; the answer ends it."""
        with self._lock:
            self._subscribers += (subscriber,)
            latest = self._latest
        if latest is not None:
            subscriber(latest)
        return lambda: self._unsubscribe(subscriber)

    def stop(self) -> bool:
        """End the thread and let go of the driver; False if the driver hangs and does not let go."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        return self._gpu.close()

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            self._look()
            # After a look that took long, go on from now instead of catching up.
            due = max(due + self._every_s, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def _look(self) -> None:
        try:
            self._take(self._gpu.look())
        except Exception:  # whoever tells the running tools may fail; the next look may be well
            log.exception("the GPU could not be looked at")

    def _take(self, look: Look) -> None:
        with self._lock:
            if self._latest is not None and look == self._latest.look:
                return
            if not self._history or look.reading.at != self._history[-1].at:
                self._history.append(look.reading)
            self._latest = snapshot = Snapshot(look, tuple(self._history))
            subscribers = self._subscribers
        for subscriber in subscribers:
            _tell(subscriber, snapshot)


def _tell(subscriber: Subscriber, snapshot: Snapshot) -> None:
    try:
        subscriber(snapshot)
    except Exception:  # one broken listener must not silence the others
        log.exception("a listener to the GPU failed")
