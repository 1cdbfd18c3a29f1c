"""What a value in the catalogue may look like; each rule returns it in its one spelling or raises `ValueError`."""

from __future__ import annotations

import ipaddress
import re
import string
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from launcher.config.plain import plain

#: What the home prefix may be made of; the session fills it in.
HOME_FIELDS = ("access_mode", "user_hash", "user")
KEY_BYTES = 1024
#: Names of fleets, stacks and images by the service's own pattern, or nothing.
FLEET_NAME = r"^([a-zA-Z0-9][a-zA-Z0-9_.-]{0,99})?\Z"

_BUCKET = re.compile(r"(?!.*\.\.)(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def one_line(text: str) -> str:
    """Text for people: nothing in it can steer a terminal."""
    if plain(text) != text:
        raise ValueError("control characters")
    return text


def web_address(text: str) -> str:
    """An https address, or http on this computer; never with a password or a query, which would end up in logs."""
    if not text:
        return ""
    one_line(text)
    parts = urlsplit(text)
    bare = parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\\?#]", text))
    allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not bare or not allowed or parts.port == 0:
        raise ValueError("not an allowed address")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Does this name never leave the computer? Only spellings that every resolver reads alike count."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address in ipaddress.ip_network("127.0.0.0/8") if address.version == 4 else str(address) == "::1"


def prefix_uri(text: str) -> str:
    """`s3://bucket/prefix/`; a missing last slash is added."""
    bucket, key = _split(text)
    return f"s3://{bucket}/{key.rstrip('/')}/" if key else f"s3://{bucket}/"


def object_uri(text: str) -> str:
    """`s3://bucket/key` of one object, or nothing."""
    if text:
        _, key = _split(text)
        if not key or key.endswith("/"):
            raise ValueError("not an object")
    return text


def home_uri(text: str) -> str:
    """A prefix with places for who the person is; the bucket itself is always named."""
    for _, field, form, conversion in string.Formatter().parse(text):
        if field is not None and (field not in HOME_FIELDS or form or conversion):
            raise ValueError("an unknown place")
    prefix_uri(text.format_map(dict.fromkeys(HOME_FIELDS, "x")))
    return prefix_uri(text)


def local_path(text: str) -> str:
    """A full path on Windows or Linux, or nothing; a relative one would depend on where the program was started."""
    one_line(text)
    if text and not (PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        raise ValueError("not a full path")
    return text


def mount_point(text: str) -> str:
    """A full path that something can be mounted at: below the root, and where it says."""
    if text and (PurePosixPath(text) == PurePosixPath("/") or ".." in PureWindowsPath(text).parts):
        raise ValueError("the root itself, or a way back up")
    return local_path(text)


def pattern(text: str) -> str:
    """A file pattern as in `fnmatch`."""
    if not text.strip():
        raise ValueError("empty")
    return one_line(text)


def _split(uri: str) -> tuple[str, str]:
    one_line(uri)
    found = re.fullmatch(r"s3://([^/]*)(?:/(.*))?", uri)
    bucket, key = (found[1], found[2] or "") if found else ("", "")
    if not _BUCKET.fullmatch(bucket) or _is_address(bucket):
        raise ValueError("not a bucket")
    parts = key.removesuffix("/").split("/") if key else []
    if {"", ".", ".."} & set(parts) or len(key.encode()) > KEY_BYTES:
        raise ValueError("not a key")
    return bucket, key


def _is_address(bucket: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+){3}", bucket) is not None
