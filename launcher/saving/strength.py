"""Whether we may write there: asked once a session, before its first write, and remembered in the journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from launcher.journal import Journal
from launcher.saving import layout
from launcher.storage import probe
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


def is_known_strong(store: Store, journal: Journal, home: S3Uri, session: str) -> bool:
    """Was it found out in this session already, and nothing wrong with it?"""
    return journal.probe(_server(store, home), session) == []


def weaknesses(store: Store, journal: Journal, home: S3Uri, session: str) -> list[str]:
    """What the server does not do, in words; empty for one that we may trust.

    Raises `BadUsage` for a home that a newer launcher has used.
    """
    server = _server(store, home)
    known = journal.probe(server, session)
    if known is not None:
        return known
    with ThreadPoolExecutor(1, "layout") as pool:
        version = pool.submit(layout.version_of, store, home)
        known = probe.weaknesses(store.http, home)
    layout.require(version.result(), home)
    if version.result() is None and not known:
        layout.tell(store, home)
    journal.put_probe(server, session, known)
    return known


def _server(store: Store, home: S3Uri) -> str:
    return f"{store.endpoint.name}/{home.bucket}"
