"""The manifest as a save meets it. One that cannot be read must not keep a project from being saved.

Somebody may have put anything in its place, and the computer may be gone before anybody has looked at it.
"""

from __future__ import annotations

from launcher import errors
from launcher.journal.manifest import LARGEST, Manifest
from launcher.projects.source import manifest_uri, read_manifest
from launcher.saving.history import History
from launcher.saving.states import States
from launcher.storage.checksums import digest_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


def last_readable(store: Store, home: S3Uri, project_id: str) -> tuple[Manifest | None, str | None] | None:
    """The last saved state and the ETag of its manifest; None when there is none. Writes nothing.

    For a damaged manifest stands the newest kept state that can be read, if there is any, and no ETag: a conditional
    write then finds that something else is there, and asks for `manifest_to_replace`.
    """
    try:
        return read_manifest(store, home, project_id)
    except errors.Damaged:
        return _newest_kept(store, home, project_id), None


def manifest_to_replace(store: Store, home: S3Uri, project_id: str) -> tuple[Manifest | None, str] | None:
    """The same with the ETag of a damaged manifest, too, whose bytes are kept as doubtful: for whoever may write."""
    try:
        return read_manifest(store, home, project_id)
    except errors.Damaged:
        where = manifest_uri(home, project_id)
        read = store.objects.read_to_replace(where, LARGEST)
        if read is None:
            return None
        (data, head), history = read, History(store, home, project_id)
        if len(data) == head.size:
            history.keep_doubtful(where.name, data, digest_of(data))
        else:
            history.keep_too_large(where, head)
        return _newest_kept(store, home, project_id), head.etag


def _newest_kept(store: Store, home: S3Uri, project_id: str) -> Manifest | None:
    states = States(store, home, project_id)
    readable = (states.found(row) for row in states.rows())
    return next((one for one in readable if one is not None), None)
