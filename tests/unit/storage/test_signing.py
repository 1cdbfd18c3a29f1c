"""Our signature is botocore's, for every shape of request that we send."""

from __future__ import annotations

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoKeys

from launcher.storage.credentials import Keys
from launcher.storage.endpoint import Endpoint, object_url
from launcher.storage.signing import signed
from launcher.storage.uri import S3Uri

ON_AWS, HERE = Endpoint(region="eu-central-1"), Endpoint("https://127.0.0.1:8333", "us-east-1")


class Unsigned(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """As it signs what carries a checksum of its own over TLS."""

    def payload(self, _: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"


def by_botocore(method: str, url: str, headers: dict[str, str], keys: Keys, region: str) -> str:
    """The Authorization header as botocore makes it now."""
    request = AWSRequest(method, url, headers=headers)
    Unsigned(BotoKeys(keys.access, keys.secret, keys.token or None), "s3", region).add_auth(request)
    return f"{request.headers['X-Amz-Date']} {request.headers['Authorization']}"


def ours(method: str, url: str, headers: dict[str, str], keys: Keys, region: str, at: str) -> str:
    """The same by us, at botocore's moment."""
    made = signed(method, url, headers, keys, region, at)
    return f"{made['x-amz-date']} {made['Authorization']}"


@pytest.mark.parametrize("token", ["", "a token/with+signs=="])
@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("GET", object_url(HERE, S3Uri("data", "a folder/é + ~ %41&=.png")), {"If-Match": '"0123"'}),
        (
            "PUT",
            object_url(ON_AWS, S3Uri("data", "x/y.csv")),
            {"x-amz-checksum-crc64nvme": "AAAA=", "if-none-match": "*"},
        ),
        ("GET", object_url(ON_AWS, S3Uri("da.ta", "x")), {"Range": "bytes=0-9", "x-amz-checksum-mode": "ENABLED"}),
        ("GET", object_url(HERE, S3Uri("data")) + "?delimiter=%2F&list-type=2&prefix=a%20b%2F~", {}),
        ("HEAD", "https://s3.example.org:443/data/x", {}),
        ("DELETE", "https://storage.example.org/data/x//y", {"If-Match": '"a"'}),
    ],
)
def test_it_is_the_one_that_botocore_makes(method: str, url: str, headers: dict[str, str], token: str) -> None:
    keys = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", token)
    expected = by_botocore(method, url, headers, keys, "eu-central-1")
    assert ours(method, url, headers, keys, "eu-central-1", expected[:16]) == expected
