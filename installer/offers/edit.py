"""Change the catalogue's text: one `[[bucket]]` more or less, everything else as the admin wrote it."""

from __future__ import annotations

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from launcher import errors
from launcher.config.site import Bucket, RemoteCatalogue, parse_catalogue

EMPTY = "schema = 1\n"


def with_bucket(text: str, bucket: Bucket) -> str:
    """The catalogue with this bucket; an entry of the same name or place is refused, an equal one is no change."""
    known = parse_catalogue(text)
    if bucket in known.buckets:
        return text
    for one in known.buckets:
        if bucket.name == one.name or bucket.uri == one.uri:
            raise errors.BadUsage(
                f"{one.name} ({one.uri})",
                title="The catalogue has a bucket of this name or place already",
                hint="Nothing was changed. Remove it first, or choose another name.",
            )
    table = tomlkit.table()
    for key in ("name", "uri", "access", "mount"):
        if value := getattr(bucket, key):
            table[key] = value
    document = _document(text)
    buckets = document.setdefault("bucket", tomlkit.aot())
    buckets.append(table)
    return _checked(tomlkit.dumps(document), {*known.buckets, bucket})


def without_bucket(text: str, wanted: str) -> tuple[str, Bucket]:
    """The catalogue without the bucket of this name or place, and that bucket."""
    known = parse_catalogue(text)
    place = wanted if wanted.endswith("/") else f"{wanted}/"
    found = [one for one in known.buckets if wanted == one.name or place == one.uri]
    if not found:
        names = ", ".join(one.name for one in known.buckets[:20]) or "none"
        raise errors.NotFound(
            wanted, title="The catalogue has no such bucket", hint=f"Nothing was changed. It has: {names}."
        )
    document = _document(text)
    buckets = document["bucket"]
    assert isinstance(buckets, AoT)
    del buckets[known.buckets.index(found[0])]
    if not len(buckets):
        del document["bucket"]
    return _checked(tomlkit.dumps(document), set(known.buckets) - set(found)), found[0]


def _document(text: str) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as exc:
        raise errors.BadUsage(title="The catalogue in S3 cannot be changed by a program", detail=repr(exc)) from exc
    if "bucket" in document and not isinstance(document["bucket"], AoT):
        raise errors.BadUsage(
            title="The catalogue in S3 writes its buckets in one line",
            hint="Nothing was changed. Write them as [[bucket]] tables, then run this again.",
        )
    return document


def _checked(text: str, expected: set[Bucket]) -> str:
    """What is about to be written has to be read by every launcher as it was meant."""
    read: RemoteCatalogue = parse_catalogue(text, "the changed catalogue")
    if set(read.buckets) != expected:
        raise errors.NotDone(
            title="The catalogue in S3 has a form that cannot be changed safely",
            hint="Nothing was changed. Edit it by hand, then run `pose-admin site check`.",
        )
    return text
