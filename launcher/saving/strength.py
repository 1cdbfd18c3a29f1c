"""Whether the server keeps its word, asked once a session and remembered in the journal."""

from __future__ import annotations

from launcher.journal import Journal
from launcher.storage import probe
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


def weaknesses(store: Store, journal: Journal, home: S3Uri, session: str) -> list[str]:
    """What the server does not do, in words; empty for one that we may trust."""
    server = f"{store.endpoint.name}/{home.bucket}"
    known = journal.probe(server, session)
    if known is None:
        known = probe.weaknesses(store.http, home)
        journal.put_probe(server, session, known)
    return known
