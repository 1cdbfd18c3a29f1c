"""The manifest as a save replaces it. One that cannot be read, or is gone, must not keep a project from being saved.

Somebody may have put anything in its place, and the computer may be gone before anybody has looked at it.
"""

from __future__ import annotations

from launcher import errors
from launcher.journal.manifest import LARGEST, Manifest
from launcher.projects.source import manifest_uri, newest_kept, read_manifest
from launcher.saving.history import History
from launcher.storage.checksums import digest_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


def manifest_to_replace(store: Store, home: S3Uri, project_id: str) -> tuple[Manifest | None, str | None]:
    """As `last_readable`, with the ETag of a damaged one, too, whose bytes are kept as doubtful: for who may write.

    For one that somebody deleted the newest kept state stands, too: else what others had saved were not in the next.
    """
    try:
        return read_manifest(store, home, project_id) or (newest_kept(store, home, project_id), None)
    except errors.Damaged:
        where = manifest_uri(home, project_id)
        read = store.objects.read_to_replace(where, LARGEST)
        if read is None:
            return newest_kept(store, home, project_id), None
        (data, head), history = read, History(store, home, project_id)
        if len(data) == head.size:
            history.keep_doubtful(where.name, data, digest_of(data))
        else:
            history.keep_too_large(where, head)
        return newest_kept(store, home, project_id), head.etag
