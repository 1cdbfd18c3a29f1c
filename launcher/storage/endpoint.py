"""Where a server is, and the addresses of what lies there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from launcher.storage.uri import S3Uri


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is; without a URL it is AWS itself."""

    url: str = ""
    region: str = "us-east-1"
    ca_bundle: str = ""

    def bucket_url(self, bucket: str) -> str:
        """The address of a bucket: path style on a given server, virtual-hosted on AWS where its certificate fits."""
        if self.url:
            return f"{self.url.rstrip('/')}/{bucket}"
        host = f"s3.{self.region}.amazonaws.com"
        return f"https://{host}/{bucket}" if "." in bucket else f"https://{bucket}.{host}"

    @property
    def name(self) -> str:
        """How messages call the server."""
        return self.url or f"AWS S3 in {self.region}"


def object_url(endpoint: Endpoint, where: S3Uri, query: Mapping[str, str] | None = None) -> str:
    """The address of an object, or of a bucket, quoted and in the order that the signature wants."""
    url = f"{endpoint.bucket_url(where.bucket)}/{quote(where.key, safe='/~')}"
    return f"{url}?{urlencode(sorted(query.items()), quote_via=quote, safe='~')}" if query else url
