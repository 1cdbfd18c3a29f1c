"""Addresses in S3: text becomes a value at the door, and text again at the window."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from launcher.errors import BadUsage

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@functools.lru_cache(maxsize=64)
def _is_bucket(name: str) -> bool:
    """Asked for each of thousands of keys in one bucket."""
    return _BUCKET.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, order=True)
class S3Uri:
    """A bucket and a key in it; a prefix is empty or ends with `/`, anything else is one object."""

    bucket: str
    key: str = ""

    def __post_init__(self) -> None:
        if not _is_bucket(self.bucket):
            raise BadUsage(
                f"s3://{self.bucket}/{self.key}",
                title="This is not the address of a bucket",
                hint="Write it as s3://bucket/folder/. Nothing was changed.",
            )

    @classmethod
    def parse(cls, text: str) -> S3Uri:
        """`s3://bucket/key`; the key is taken as it stands, never unquoted."""
        scheme, separator, rest = text.partition("://")
        if not separator or scheme != "s3":
            raise BadUsage(text, title="This is not an S3 address", hint="Write it as s3://bucket/folder/.")
        try:
            text.encode()
        except UnicodeEncodeError as exc:
            hint = "Write it as s3://bucket/folder/, in UTF-8. Nothing was changed."
            raise BadUsage(text, title="This address is not valid text", hint=hint) from exc
        bucket, _, key = rest.partition("/")
        return cls(bucket, key)

    @property
    def is_prefix(self) -> bool:
        """A folder-like place, rather than one object."""
        return not self.key or self.key.endswith("/")

    @property
    def name(self) -> str:
        """The last part, as a person would call it."""
        return self.key.rstrip("/").rpartition("/")[2] or self.bucket

    @property
    def parent(self) -> S3Uri:
        """The prefix that holds this; the bucket's root is its own parent."""
        head = self.key.rstrip("/").rpartition("/")[0]
        return S3Uri(self.bucket, f"{head}/" if head else "")

    def as_prefix(self) -> S3Uri:
        """The same place, spelt as a prefix."""
        return self if self.is_prefix else S3Uri(self.bucket, f"{self.key}/")

    def child(self, relative: str) -> S3Uri:
        """What lies below this prefix."""
        return S3Uri(self.bucket, self.key + relative)

    def holds(self, other: S3Uri) -> bool:
        """Is `other` at or below this prefix?"""
        return self.bucket == other.bucket and other.key.startswith(self.key)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
