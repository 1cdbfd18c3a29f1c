"""Conditional writes, and the doubt that a kill leaves: is what lies there another session's work, or ours?"""

from __future__ import annotations

from collections.abc import Callable

from launcher import errors
from launcher.saving.intents import Intents
from launcher.storage.checksums import Digest
from launcher.storage.objects import Objects
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri

#: Sends some content to a key in place of the version with an ETag, or of none.
Put = Callable[[Digest, S3Uri, str | None], Stored]


class OwnWrites:
    """Writes of one project; each is written down before it goes."""

    def __init__(self, objects: Objects, intents: Intents) -> None:
        self._objects = objects
        self._intents = intents

    def intend(self, digest: Digest, where: S3Uri) -> None:
        """Write down what is about to go."""
        self._intents.add(where, digest)

    def put(self, digest: Digest, where: S3Uri, replaces: str | None, put: Put) -> Stored:
        """Put; what a killed save of ours stored there, and could not write down, is replaced.

        Raises `ChangedMeanwhile` when it is another session's.
        """
        self.intend(digest, where)
        try:
            return put(digest, where, replaces)
        except errors.ChangedMeanwhile:
            head = self._objects.head(where)
            if head is None or not self._intents.is_ours(where, head.size, head.crc64nvme):
                raise
            return put(digest, where, head.etag)
