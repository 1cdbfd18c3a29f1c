"""Which keys a file may have below the home prefix, and which of them need no second look."""

from __future__ import annotations

from launcher import errors
from launcher.config.rules import KEY_BYTES
from launcher.storage.messages import is_plain
from launcher.storage.uri import S3Uri


def is_ordinary(where: S3Uri) -> bool:
    """Does it mean the same in any address, and does S3 take it? Any other needs patience, or `check_key`'s words."""
    return is_plain(where) and len(where.key.encode()) <= KEY_BYTES


def check_key(path: str, prefix: S3Uri) -> None:
    """Raise if a file's key would be longer than S3 takes (AWS S3 User Guide, "Creating object key names").

    Or if servers disagree about it: SeaweedFS takes a backslash for a slash, and would put the file into a folder.
    """
    if "\\" in path:
        raise errors.NamesRefused(
            path,
            title="Its name contains a backslash, which other systems take for a folder",
            hint="Rename it, then save again.",
        )
    size = len(prefix.child(path).key.encode())
    if size > KEY_BYTES:
        raise errors.NamesRefused(
            path,
            title=f"Its path is too long for S3: {size:,} bytes with the home prefix, {KEY_BYTES:,} are possible",
            hint="Use shorter names of folders, then save again.",
        )
