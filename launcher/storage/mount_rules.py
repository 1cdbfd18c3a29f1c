"""What a mount of a bucket is started with, and where it may be: pure rules for both systems.

A mount is for programs that want a path: read-only, for this person alone. The launcher itself reads S3 directly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath, PureWindowsPath

from launcher.config.site import S3Settings
from launcher.storage.uri import S3Uri

#: The name of the only remote; its settings are in the environment, where no list of processes shows them.
_REMOTE = "bucket"
_GIB = 2**30
#: Below this much free space reads go without a cache on disk; a cache takes a quarter of what is free, and no more.
LITTLE_SPACE, LARGEST_CACHE = 4 * _GIB, 40 * _GIB
NO_SPACE = 2**24


class PointState(Enum):
    """What is where a bucket is to be mounted."""

    MISSING = "missing"
    NOT_MAKEABLE = "missing, and may not be made"
    EMPTY = "an empty folder"
    NOT_OURS = "a folder that we may not use"
    FILLED = "a folder that is not empty"
    NO_FOLDER = "not a folder"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a bucket is mounted; `notice` says why it is not where the catalogue wants it."""

    path: PurePath
    make: bool
    notice: str = ""


def mount_id(uri: str) -> str:
    """A short name for one mount, the same in every session."""
    return hashlib.sha256(uri.encode()).hexdigest()[:8]


def choose_point(
    wanted: PurePath, name: str, uri: str, home: PurePath, state_of: Callable[[PurePath], PointState]
) -> Point:
    """The place that the catalogue names, or one of the person's own where rights or files are in the way.

    On Windows the folder must not exist before, or it is a drive letter; on Linux it must exist and be empty.
    """
    state = state_of(wanted)
    if _is_usable(wanted, state):
        return Point(wanted, make=_has_to_be_made(wanted, state))
    own = own_point(name, uri, home)
    own_state = state_of(own)
    notice = f"{wanted} is {state.value}, so it is mounted at {own}"
    return Point(own, make=_has_to_be_made(own, own_state), notice=notice)


def own_point(name: str, uri: str, home: PurePath) -> PurePath:
    """A person's own place for a mount: no rights needed, no spaces, nobody else's."""
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:40] or "bucket"
    return home / "pose-data" / f"{slug}-{mount_id(uri)}"


def _is_usable(path: PurePath, state: PointState) -> bool:
    allowed = (PointState.MISSING,) if isinstance(path, PureWindowsPath) else (PointState.MISSING, PointState.EMPTY)
    return state in allowed


def _has_to_be_made(path: PurePath, state: PointState) -> bool:
    """Linux wants the folder itself, Windows only the folder that it is in."""
    return state is PointState.MISSING and not isinstance(path, PureWindowsPath)


def is_drive(path: PurePath) -> bool:
    """`X:` on Windows."""
    return re.fullmatch(r"[A-Za-z]:\\?", str(path)) is not None


def command(program: str, uri: S3Uri, point: PurePath, folder: PurePath, free_bytes: int, ca_bundle: str) -> list[str]:
    """Read-only, in the foreground, tuned for jumping about in videos; no secret is in it."""
    where = f"{_REMOTE}:{uri.bucket}/{uri.key}".rstrip("/")
    certificates = ["--ca-cert", ca_bundle] if ca_bundle else []
    rights = [] if isinstance(point, PureWindowsPath) else ["--dir-perms", "0500", "--file-perms", "0400"]
    console = ["--no-console"] if isinstance(point, PureWindowsPath) else []
    return [
        program,
        "mount",
        where,
        str(point),
        "--read-only",
        "--use-server-modtime",  # the time of the tool's own upload would cost one request a file
        "--vfs-fast-fingerprint",
        "--dir-cache-time=60s",
        "--attr-timeout=1s",
        "--vfs-read-chunk-size=4M",
        "--vfs-read-chunk-streams=8",
        *_cache(folder, free_bytes),
        "--contimeout=5s",
        "--timeout=30s",
        "--low-level-retries=5",
        f"--log-file={folder / 'rclone.log'}",
        "--log-file-max-size=1M",
        "--log-file-max-backups=1",
        "--log-level=NOTICE",
        *rights,
        *console,
        *certificates,
    ]


def has_cache(free_bytes: int) -> bool:
    """Is there room on the disk for what was read once?"""
    return free_bytes >= LITTLE_SPACE


def is_full(free_bytes: int) -> bool:
    """With nothing left for its cache the mount program answers every read with an error, however small."""
    return free_bytes < NO_SPACE


def cache_folder(folder: PurePath) -> PurePath:
    """Below the folder of one mount."""
    return folder / "cache"


def _cache(folder: PurePath, free_bytes: int) -> list[str]:
    """What was read once is read again from disk, as long as the disk has room for it."""
    if not has_cache(free_bytes):
        return ["--vfs-cache-mode=off", "--buffer-size=16M"]
    largest = min(LARGEST_CACHE, free_bytes // 4) // 2**20
    return [
        "--vfs-cache-mode=full",
        f"--cache-dir={cache_folder(folder)}",
        f"--vfs-cache-max-size={largest}M",
        "--vfs-cache-min-free-space=2G",
        "--vfs-cache-max-age=24h",
        "--vfs-read-ahead=32M",
    ]


def environment(settings: S3Settings, environ: Mapping[str, str], untrusted: tuple[str, ...]) -> dict[str, str]:
    """Where the bucket is and which profile opens it; keys stay in the profile, and are re-read from there."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in untrusted and not name.startswith(("RCLONE_", "AWS_ENDPOINT_URL"))
    }
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Other" if settings.endpoint_url else "AWS",
        "ENV_AUTH": "true",
        "REGION": settings.region or "us-east-1",
        "ENDPOINT": settings.endpoint_url,
        "PROFILE": settings.profile,
    }
    given = {f"RCLONE_CONFIG_{_REMOTE.upper()}_{name}": value for name, value in remote.items() if value}
    if settings.profile:
        given["AWS_PROFILE"] = settings.profile
    if settings.credentials_file:
        given["AWS_SHARED_CREDENTIALS_FILE"] = settings.credentials_file
    return {**kept, **given, "RCLONE_CONFIG": ""}
