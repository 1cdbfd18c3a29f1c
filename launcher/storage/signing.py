"""AWS Signature Version 4 for requests whose body is not signed (AWS S3 API reference, "Authenticating requests").

botocore can do it too, and takes a tenth of a second to be imported, which is a quarter of a short command.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from launcher.storage.credentials import Keys

UNSIGNED = "UNSIGNED-PAYLOAD"
_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(method: str, url: str, headers: Mapping[str, str], keys: Keys, region: str, moment: str) -> dict[str, str]:
    """The headers of a request with its signature of that moment (`SigningClock`).

    `url` is quoted already, with its query in order.
    """
    parts = urlsplit(url)
    token = {"x-amz-security-token": keys.token} if keys.token else {}
    sent = {**headers, "x-amz-content-sha256": UNSIGNED, "x-amz-date": moment, **token}
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in {**sent, "host": _host(parts)}.items())
    names = ";".join(name for name, _ in lines)
    fields = "".join(f"{name}:{value}\n" for name, value in lines)
    asked = "\n".join((method, parts.path or "/", parts.query, fields, names, UNSIGNED))
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(asked.encode()).hexdigest()))
    signature = hmac.new(_key(keys.secret, scope), text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**sent, "Authorization": f"{_ALGORITHM} {credential}"}


def _host(parts: SplitResult) -> str:
    """As HTTP sends it: without the port that goes without saying."""
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.removesuffix(usual)


def _key(secret: str, scope: str) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
