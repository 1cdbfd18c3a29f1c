"""Is the server strong enough? Found out with one small object before the first write of a session, and remembered.

Five things our promises rest on: a wrong checksum is refused, a checksum is kept for the whole object, "only if nothing
is there" and "only if it is still this version" are honoured, and a key comes back as it was written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from launcher import errors
from launcher.storage.answers import Answer
from launcher.storage.checksums import digest_of
from launcher.storage.http import SignedHttp
from launcher.storage.listing import Lister
from launcher.storage.objects import Head, Objects
from launcher.storage.upload import WRITE_RIGHT
from launcher.storage.uri import S3Uri

#: One fixed key, so that a role without the right to delete leaves one small object and not one a day.
PROBE_KEY = ".pose-launcher/Probe é.txt"
#: What lies there is a line of text.
LARGEST = 4096
_NO_SUCH_ETAG = '"00000000000000000000000000000000"'
_WRONG_CHECKSUM = digest_of(b"not what is sent", sha256=False).crc64nvme
#: Not 404: the bucket is missing, which is no weakness.
_NOT_IMPLEMENTED = 501
_ANY_REFUSAL = frozenset({400, 409, 412, 422, _NOT_IMPLEMENTED})
_CONDITION_REFUSED = (409, 412)
_NOTHING_THERE = {"If-None-Match": "*"}
#: Of other sessions that look at the server at the same moment, one is faster at each attempt at most.
_ATTEMPTS = 8


def weaknesses(http: SignedHttp, home: S3Uri) -> list[str]:
    """What this server does not do, in words; empty for a strong one. Raises when we may not write at all."""
    try:
        return _found_by(_Probe(http, home.child(PROBE_KEY)), http)
    except _ReplacesNothingError:
        return ["it does not replace even the version that it has just named"]
    except _KnowsNoneOfItError:
        return ["it does not know conditional writes, or checksums"]


def _found_by(probe: _Probe, http: SignedHttp) -> list[str]:
    with ThreadPoolExecutor(5, "probe") as pool:
        etag, over_it = probe.write(pool)
        # All at once: they would be a third of a small save. What is not refused stores the same bytes again.
        refused = over_it or pool.submit(probe.put, _NOTHING_THERE)
        unseen = pool.submit(probe.put, {"If-Match": _NO_SUCH_ETAG})
        damaged = pool.submit(probe.put, {"If-Match": etag}, _WRONG_CHECKSUM)
        stored = pool.submit(probe.head)
        listed = pool.submit(_is_listed, http, probe.where)
    takes_damaged = probe.takes_damaged(damaged.result())
    head = probe.write_again() if takes_damaged else stored.result()
    kept = probe.is_kept(head)
    kinds = {
        "it stores content whose checksum is wrong": takes_damaged,
        "it keeps no checksum of whole objects": not kept,
        "it overwrites what is there although it was told not to": refused.result().status < 300,
        "it replaces a version that we have not seen": unseen.result().status < 300,
        "it changes the names of objects": not listed.result(),
    }
    return [words for words, is_so in kinds.items() if is_so]


class _ReplacesNothingError(Exception):
    """What lies there stays, and nobody else wrote: so some servers do in a bucket whose versioning was suspended."""


class _KnowsNoneOfItError(Exception):
    """It refuses a request because of what our promises rest on, as older servers do (`NotImplemented`)."""


class _Probe:
    """The one small object, and what can be asked of it."""

    def __init__(self, http: SignedHttp, where: S3Uri) -> None:
        self._http = http
        self._objects = Objects(http)
        self._body = f"Pose Launcher looks whether this server keeps its word: {secrets.token_hex(8)}\n".encode()
        self.checksum = digest_of(self._body, sha256=False).crc64nvme
        self.where = where

    def head(self) -> Head | None:
        """What lies there now."""
        return self._objects.head(self.where)

    def put(self, condition: Mapping[str, str], checksum: str = "") -> Answer:
        """Write it; a refusal is an answer, too."""
        headers = {**condition, "x-amz-checksum-crc64nvme": checksum or self.checksum}
        answer = self._http.request(
            "PUT", self.where, right=WRITE_RIGHT, headers=headers, body=self._body, allowed=_ANY_REFUSAL
        )
        if answer.status == _NOT_IMPLEMENTED:
            raise _KnowsNoneOfItError
        return answer

    def write(self, pool: ThreadPoolExecutor) -> tuple[str, Future[Answer] | None]:
        """Write it with the right checksum: its ETag, and how a write over what is there was refused, if it was."""
        first = pool.submit(self.put, _NOTHING_THERE)
        head = self.head()
        if first.result().status < 300:
            return first.result().headers.get("etag", ""), None
        return self._put_over(head or self.head()).headers.get("etag", ""), first

    def write_again(self) -> Head | None:
        """The same after something else was stored, and what lies there then."""
        self._put_over(self.head())
        return self.head()

    def is_kept(self, head: Head | None) -> bool:
        """Is its checksum told? If another session has put its own there meanwhile, that of what lies there now."""
        if head is None or head.crc64nvme == self.checksum:
            return head is not None
        there = self._objects.read_to_replace(self.where, LARGEST)
        return there is not None and there[1].crc64nvme == digest_of(there[0], sha256=False).crc64nvme

    def takes_damaged(self, answer: Answer) -> bool:
        """Was content with a wrong checksum stored? Asked again where only the condition was refused."""
        if answer.status in _CONDITION_REFUSED:
            answer = self._put_over(self.head(), _WRONG_CHECKSUM)
        return answer.status < 300

    def _put_over(self, head: Head | None, checksum: str = "") -> Answer:
        """Put it in the place of what lies there, also if another session is faster now and then."""
        seen = [head]
        for _ in range(_ATTEMPTS):
            answer = self.put({"If-Match": head.etag} if head else _NOTHING_THERE, checksum)
            if answer.status < 300 or (checksum and answer.status not in _CONDITION_REFUSED):
                return answer
            head = self.head()
            seen.append(head)
        if head is not None and all(one is not None and one.etag == head.etag for one in seen):
            raise _ReplacesNothingError
        raise errors.ChangedMeanwhile(
            self.where, title="Another session is looking at the server too", hint="Try again."
        )


def _is_listed(http: SignedHttp, where: S3Uri) -> bool:
    return any(item.key == where.key for page in Lister(http).level(where.parent) for item in page.objects)
