"""The same objects through another client (s3fs), so that a proof does not rest on our own code alone."""

from __future__ import annotations

from launcher.storage.failures import s3_errors
from launcher.storage.objects import READ_RIGHT
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


class SecondOpinion:
    """Reads whole objects with s3fs; no listing cache, no instance cache."""

    def __init__(self, store: Store) -> None:
        import s3fs  # a quarter of a second that no other command should pay

        keys = store.credentials.current()
        self._files = s3fs.S3FileSystem(
            key=keys.access,
            secret=keys.secret,
            token=keys.token or None,
            endpoint_url=store.endpoint.url or None,
            client_kwargs={"region_name": store.endpoint.region},
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def read(self, where: S3Uri) -> bytes:
        """A whole object."""
        with s3_errors(where, READ_RIGHT):
            data: bytes = self._files.cat_file(f"{where.bucket}/{where.key}")
        return data
