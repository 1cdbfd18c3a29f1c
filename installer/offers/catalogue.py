"""Read and replace the catalogue's object: only what was read is replaced, and two admins at once lose nothing."""

from __future__ import annotations

from dataclasses import dataclass

from launcher import errors
from launcher.config.site import S3Settings
from launcher.config.toml_document import MOST_BYTES
from launcher.storage.checksums import digest_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


@dataclass(frozen=True, slots=True)
class Kept:
    """The text as it lies in S3; the tag is None where nothing does."""

    text: str
    etag: str | None


def admin_store(settings: S3Settings, profile: str | None, region: str | None) -> Store:
    """The site's storage by the admin's own credentials.

    The site file's profile is that of the instances: it is taken only for another server than AWS, where there is no
    other account.
    """
    changes: dict[str, object] = {"region": region or settings.region, "broker_url": ""}
    if profile or not settings.endpoint_url:
        changes |= {"profile": profile or "", "credentials_file": ""}
    return Store(settings.model_copy(update=changes))


def read(store: Store, where: S3Uri) -> Kept:
    """What is there now; an empty catalogue where nothing is."""
    found = store.objects.read_small(where, MOST_BYTES)
    if found is None:
        return Kept("", None)
    data, head = found
    try:
        return Kept(data.decode("utf-8-sig"), head.etag)
    except UnicodeDecodeError as exc:
        raise errors.Damaged(where, title="The catalogue in S3 is not UTF-8 text") from exc


def write(store: Store, where: S3Uri, text: str, seen: Kept) -> None:
    """Replace what was read, and nothing else. Raises `ChangedMeanwhile`."""
    data = text.encode()
    try:
        store.uploader.put(where, data, digest_of(data), replaces=seen.etag)
    except errors.ChangedMeanwhile as exc:
        raise errors.ChangedMeanwhile(
            where,
            title="Another admin changed the catalogue at the same moment",
            hint="Nothing was replaced. Run the same command again.",
            detail=exc.detail,
        ) from exc
