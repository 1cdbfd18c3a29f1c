"""Delete one object of ours, if it is still the version that we saw."""

from __future__ import annotations

from launcher.storage.http import SignedHttp
from launcher.storage.uri import S3Uri

DELETE_RIGHT = "s3:DeleteObject"


def delete_object(http: SignedHttp, where: S3Uri, etag: str) -> bool:
    """Did it go? Not if it is another version by now; one that is gone already is as good as deleted.

    AWS S3 honours `If-Match` here; a server that does not know it deletes what we looked at a moment ago.
    """
    answer = http.request(
        "DELETE", where, right=DELETE_RIGHT, headers={"If-Match": etag}, allowed=frozenset({404, 409, 412})
    )
    return answer.status < 300 or answer.status == 404
