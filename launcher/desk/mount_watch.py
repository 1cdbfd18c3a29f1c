"""Keeps mounts alive: asks each now and then, and begins anew what is frozen or dead. Nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from launcher import errors
from launcher.config.site import Bucket
from launcher.desk import mounts_seen
from launcher.desk.mounting import NOT_MOUNTED, Mounts, MountState

#: With the probe's own time a fault is noticed within five seconds.
EVERY_S = 1.5
LIST_EVERY_S = 30.0
#: A mount that does not come back is tried ever more rarely: its bucket is read from S3 directly meanwhile.
FIRST_AGAIN_S, LONGEST_AGAIN_S = 4.0, 120.0


class MountWatch:
    """Beside the saver, for as long as it runs.

    `mounts` is asked again and again, since a catalogue may change, and on a thread of its own: it may wait for S3.
    """

    def __init__(self, mounts: Callable[[], Mounts], tell: Callable[[str], None]) -> None:
        self._mounts = mounts
        self._tell = tell
        self._over = threading.Event()
        self._again: dict[str, tuple[float, float]] = {}
        self._seen: dict[str, tuple[str, float | None]] = {}
        self._known: Mounts | None = None

    def __enter__(self) -> MountWatch:
        for name, do in (("mount list", self._keep_list), ("mount watch", self._run)):
            threading.Thread(target=do, name=name, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _keep_list(self) -> None:
        while True:
            try:
                self._known = self._mounts()
            except errors.LauncherError as exc:
                self._tell(f"It is not known which buckets are mounted: {exc}")
            if self._over.wait(LIST_EVERY_S):
                return

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                self.round()
            except Exception as exc:  # noqa: BLE001 - mounts are optional; saving goes on whatever happens to them
                self._tell(f"The mounts could not be looked at: {exc}")

    def round(self) -> None:
        """Look at all at once: a frozen one holds up no other."""
        mounts = self._known
        if mounts is not None and mounts.buckets:
            with ThreadPoolExecutor(len(mounts.buckets), "mount watch") as pool:
                list(pool.map(lambda bucket: self._look(mounts, bucket), mounts.buckets))

    def _look(self, mounts: Mounts, bucket: Bucket) -> None:
        found = mounts.look(bucket)
        self._note_seen(mounts, found)
        if not found.is_faulty:
            self._again.pop(bucket.uri, None)
        elif self._is_due(bucket.uri):
            self._tell(f"The mount of {bucket.name} is {found.state}; it is begun anew.")
            healed = mounts.heal(bucket)
            self._note_seen(mounts, healed)
            self._note(bucket.uri, healed)

    def _note_seen(self, mounts: Mounts, found: MountState) -> None:
        """The window reads it there; what is as it was is not written again."""
        if found.state == NOT_MOUNTED and found.bucket.uri not in self._seen:
            return  # nobody has mounted it
        now = (found.state, found.mounted.at if found.mounted else None)
        if self._seen.get(found.bucket.uri) != now:
            mounts_seen.note(mounts.own_folder(found.bucket), found)
            self._seen[found.bucket.uri] = now

    def _is_due(self, uri: str) -> bool:
        return time.monotonic() >= self._again.get(uri, (0.0, 0.0))[0]

    def _note(self, uri: str, healed: MountState) -> None:
        if healed.is_well:
            self._tell(f"The mount of {healed.bucket.name} is back.")
            return
        pause = min(max(self._again.get(uri, (0.0, 0.0))[1] * 2, FIRST_AGAIN_S), LONGEST_AGAIN_S)
        self._again[uri] = (time.monotonic() + pause, pause)
        self._tell(f"The mount of {healed.bucket.name} does not come back: {healed.message}")
