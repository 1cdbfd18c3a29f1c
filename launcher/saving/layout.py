"""The version of what lies below a home prefix: a launcher that is too old for it writes nothing there."""

from __future__ import annotations

from contextlib import suppress

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

LAYOUT = 1
KEY = ".pose-launcher/schema"
_TEXT = f'{{"schema": {LAYOUT}}}\n'.encode()
_LARGEST = 64 * 1024


def version_of(store: Store, home: S3Uri) -> int | None:
    """Of the layout there; None where nobody has said it. What cannot be read bars nobody from saving: it is ours."""
    try:
        found = store.objects.read_small(home.child(KEY), _LARGEST)
        told = json_of(found[0]) if found is not None else None
    except (errors.Damaged, ValueError):
        return LAYOUT
    if found is None:
        return None
    version = told.get("schema") if isinstance(told, dict) else told
    return version if isinstance(version, int) else LAYOUT


def require(version: int | None, home: S3Uri) -> None:
    """Raise `BadUsage` for a layout that this launcher does not know."""
    if version is not None and version > LAYOUT:
        raise errors.BadUsage(
            home, title="This home was used by a newer Pose Launcher", hint="Use that one; nothing was changed."
        )


def tell(store: Store, home: S3Uri) -> None:
    """Say it, where nobody has."""
    with suppress(errors.ChangedMeanwhile):  # another session was faster
        store.uploader.put(home.child(KEY), _TEXT, digest_of(_TEXT), replaces=None)
