"""Addresses as the window tells them apart: in S3, or on this computer."""

from __future__ import annotations

from pathlib import PurePath

_S3 = "s3://"


def is_in_s3(address: str) -> bool:
    """An address in S3, or a path of this computer?"""
    return address.startswith(_S3)


def local_address(folder: str) -> str:
    """A folder of this computer as browsing names it: with `/` on every system, and at its end."""
    return PurePath(folder).as_posix().rstrip("/") + "/"


def last_part(address: str) -> str:
    """The name at the end of a key, a path of either system, or a prefix."""
    return address.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
