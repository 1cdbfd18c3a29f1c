"""Is the server strong enough? Found out with one small object before the first write of a session, and remembered.

Five things our promises rest on: a wrong checksum is refused, a checksum is kept for the whole object, "only if nothing
is there" and "only if it is still this version" are honoured, and a key comes back as it was written.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.http import Answer, SignedHttp
from launcher.storage.listing import Lister
from launcher.storage.objects import Objects
from launcher.storage.upload import WRITE_RIGHT
from launcher.storage.uri import S3Uri

#: One fixed key, so that a role without the right to delete leaves one small object and not one a day.
PROBE_KEY = ".pose-launcher/Probe é.txt"
_NO_SUCH_ETAG = '"00000000000000000000000000000000"'
_WRONG_CHECKSUM = digest_of(b"not what is sent", sha256=False).crc64nvme
#: Not 404: the bucket is missing, which is no weakness.
_ANY_REFUSAL = frozenset({400, 409, 412, 422})


def weaknesses(http: SignedHttp, home: S3Uri) -> list[str]:
    """What this server does not do, in words; empty for a strong one. Raises when we may not write at all."""
    where = home.child(PROBE_KEY)
    objects, found = Objects(http), []
    body = f"Pose Launcher looks whether this server keeps its word: {secrets.token_hex(8)}\n".encode()
    head = objects.head(where)
    condition = {"If-Match": head.etag} if head else {"If-None-Match": "*"}

    def put(extra: dict[str, str], checksum: str, allowed: frozenset[int] = _ANY_REFUSAL) -> Answer:
        headers = {**extra, "x-amz-checksum-crc64nvme": checksum}
        return http.request("PUT", where, right=WRITE_RIGHT, headers=headers, body=body, allowed=allowed)

    right = digest_of(body, sha256=False).crc64nvme
    if put(condition, _WRONG_CHECKSUM).status < 300:
        found.append("it stores content whose checksum is wrong")
        head = objects.head(where)
        condition = {"If-Match": head.etag} if head else {"If-None-Match": "*"}
    if put(condition, right).status >= 300:
        raise errors.ChangedMeanwhile(where, title="Another session is looking at the server too", hint="Try again.")
    with ThreadPoolExecutor(4, "probe") as pool:  # a write that is not refused stores the same bytes again
        stored = pool.submit(objects.head, where)
        over_it = pool.submit(put, {"If-None-Match": "*"}, right)
        unseen = pool.submit(put, {"If-Match": _NO_SUCH_ETAG}, right)
        listed = pool.submit(_is_listed, http, where)
    if (head := stored.result()) is None or head.crc64nvme != right:
        found.append("it keeps no checksum of whole objects")
    if over_it.result().status < 300:
        found.append("it overwrites what is there although it was told not to")
    if unseen.result().status < 300:
        found.append("it replaces a version that we have not seen")
    if not listed.result():
        found.append("it changes the names of objects")
    return found


def _is_listed(http: SignedHttp, where: S3Uri) -> bool:
    return any(item.key == where.key for page in Lister(http).level(where.parent) for item in page.objects)
