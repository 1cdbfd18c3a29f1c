"""The site as it is now: the admin's file, and the buckets of the catalogue in S3, looked at again and again."""

from __future__ import annotations

import time
from collections.abc import Callable

from launcher import errors
from launcher.config.site import Site, parse_catalogue, with_remote
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: The contract promises 60 s from the admin's command to the window, which looks every 30 s.
EVERY_S = 20.0
LARGEST = 1_000_000


class LiveSite:
    """Hands out the site; what could be read last counts while the catalogue cannot be read."""

    def __init__(self, site: Site, notices: list[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._own, self._whole = site, site
        self._notices, self._clock = notices, clock
        self._looked_at: float | None = None
        self._said = ""

    def now(self, store: Callable[[], Store]) -> Site:
        """The site, read again if it is older than a while; `store` is only asked for when there is a catalogue."""
        uri = self._own.catalogue.uri
        if uri and (self._looked_at is None or self._clock() - self._looked_at >= EVERY_S):
            self._looked_at = self._clock()
            self._read(uri, store())
        return self._whole

    def _read(self, uri: str, store: Store) -> None:
        try:
            read = store.objects.read_small(S3Uri.parse(uri), LARGEST)
            if read is None:
                self._say(f"The catalogue {uri} is not there.")
                return
            remote = parse_catalogue(read[0].decode("utf-8", "replace"), uri)
        except errors.LauncherError as exc:
            self._say(f"The catalogue {uri} cannot be used now: {exc}")
            return
        self._whole = with_remote(self._own, remote)
        self._say("")

    def _say(self, notice: str) -> None:
        """In place of what was said before; nothing once the catalogue is well again."""
        if self._said in self._notices:
            self._notices.remove(self._said)
        self._said = notice
        if notice:
            self._notices.append(notice)
