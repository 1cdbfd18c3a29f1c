"""One S3 endpoint with everything that can be done there: built once per process from the site catalogue."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from launcher.config.site import S3Settings
from launcher.storage.credentials import Credentials, read_keys
from launcher.storage.loading import load
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.storage.download import Downloader
    from launcher.storage.endpoint import Endpoint
    from launcher.storage.exchange import Exchange
    from launcher.storage.http import Patience, SignedHttp
    from launcher.storage.listing import Lister
    from launcher.storage.multipart import Multipart
    from launcher.storage.objects import Objects
    from launcher.storage.upload import Uploader

#: Never taken from the environment: where data goes is the admin's decision (contract, "Site catalogue").
UNTRUSTED = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ALLOW_HTTP",
    "AWS_SKIP_SIGNATURE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


def distrust_environment() -> None:
    """Drop what could redirect or weaken our requests, before any AWS library looks."""
    for name in [*UNTRUSTED, *(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))]:
        os.environ.pop(name, None)


DEFAULT_REGION = "us-east-1"


class Store:
    """What the rooms above use; each part is made when it is first needed."""

    def __init__(self, settings: S3Settings, patience: Patience | None = None) -> None:
        distrust_environment()
        self._settings = settings
        self._patience = patience
        self.credentials = Credentials(functools.partial(read_keys, settings))

    @functools.cached_property
    def endpoint(self) -> Endpoint:
        """Where the server is."""
        from launcher.storage.endpoint import Endpoint

        settings = self._settings
        return Endpoint(settings.endpoint_url, settings.region or DEFAULT_REGION, settings.ca_bundle)

    @functools.cached_property
    def http(self) -> SignedHttp:
        """Single requests, patiently."""
        from launcher.storage.http import Patience, SignedHttp

        patience = self._patience or Patience(whole_s=self._settings.patience_seconds)
        return SignedHttp(self.endpoint, self.credentials, patience)

    @functools.cached_property
    def lister(self) -> Lister:
        """What lies below a prefix."""
        from launcher.storage.listing import Lister

        return Lister(self.http)

    @functools.cached_property
    def objects(self) -> Objects:
        """One object at a time."""
        from launcher.storage.objects import Objects

        return Objects(self.http)

    @functools.cached_property
    def downloader(self) -> Downloader:
        """Whole files, down to this computer."""
        from launcher.storage.download import Downloader

        return Downloader(self.http, lambda: self.exchange)

    @functools.cached_property
    def exchange(self) -> Exchange:
        """Many small requests at once."""
        from launcher.storage.exchange import Exchange

        return Exchange(self.http, self.credentials)

    @functools.cached_property
    def uploader(self) -> Uploader:
        """Small objects."""
        from launcher.storage.upload import Uploader

        return Uploader(self.http, self.exchange)

    def multipart(self, where: S3Uri) -> Multipart:
        """One large object."""
        load("launcher.storage.multipart")
        from launcher.storage.multipart import Multipart

        return Multipart(self.boto(), self.objects, where, self.exchange)

    def boto(self) -> Any:
        """boto3's low-level client, for the rare calls."""
        load("launcher.storage.multipart")
        from launcher.storage.multipart import client

        return client(self.endpoint, self.credentials, self.http.patience, self.http.signing_clock)

    def close(self) -> None:
        """Let go of the connections, if any were made."""
        if "http" in self.__dict__:
            self.http.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
