"""Conditional writes, and the doubt that a kill leaves: is what lies there another session's work, or ours?"""

from __future__ import annotations

import time
from collections.abc import Callable

from launcher import errors
from launcher.journal import Saved
from launcher.saving.intents import Intents
from launcher.storage.checksums import Digest
from launcher.storage.objects import Head, Objects
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri

#: Sends some content to a key in place of the version with an ETag, or of none.
Put = Callable[[Digest, S3Uri, str | None], Stored]
#: Before a write is tried again that the server refused although nothing has changed there.
_PAUSES_S = (0.3, 1.5)


class OwnWrites:
    """Writes of one project; each is written down before it goes.

    `keep` sees to it that what a killed save stored can be brought back, too, when it is replaced.
    """

    def __init__(
        self,
        objects: Objects,
        intents: Intents,
        keep: Callable[[S3Uri, Saved], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._objects = objects
        self._intents = intents
        self._keep = keep
        self._sleep = sleep
        #: Was an object that we had stored deleted by somebody? Then others may be gone, too.
        self.found_gone = False

    def look(self, where: S3Uri) -> Head | None:
        """What lies there now; None if nothing does."""
        return self._objects.head(where)

    def intend(self, digest: Digest, where: S3Uri) -> None:
        """Write down what is about to go."""
        self._intents.add(where, digest)

    def put(self, digest: Digest, where: S3Uri, replaces: str | None, put: Put, *, over_our_own: bool = True) -> Stored:
        """Put; what a killed save of ours stored there, and could not write down, is replaced, if it is all ours.

        Where somebody deleted what we meant to replace, it is made anew: nothing is there that could be lost.
        Raises `ChangedMeanwhile` when it is another session's. So it does in each of these cases for what is not
        made of our own alone, as a list is (`over_our_own=False`).
        """
        self.intend(digest, where)
        try:
            return self._patiently(digest, where, replaces, put)
        except errors.ChangedMeanwhile:
            head = self._objects.head(where)
            if head is None and replaces is not None:
                self.found_gone = True
                if over_our_own:
                    return put(digest, where, None)
            if head is None or not over_our_own:
                raise
            sha256 = self._intents.sha256_of(where, head.size, head.crc64nvme)
            if sha256 is None:
                raise
            self._keep(where, Saved(where.key, head.etag, head.version, head.size, head.crc64nvme, sha256, ""))
            return put(digest, where, head.etag)

    def _patiently(self, digest: Digest, where: S3Uri, replaces: str | None, put: Put) -> Stored:
        """Put; a refusal where everything is as we saw it is nobody's work, and the same may pass in a moment.

        S3 answers 409 ("ConditionalRequestConflict") while another request for the key is under way, be it an earlier
        attempt of ours whose answer did not come in time.
        """
        for pause_s in _PAUSES_S:
            try:
                return put(digest, where, replaces)
            except errors.ChangedMeanwhile:
                head = self._objects.head(where)
                if (head.etag if head else None) != replaces:
                    raise
            self._sleep(pause_s)
        return put(digest, where, replaces)
