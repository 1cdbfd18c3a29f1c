"""Is the site as its file says? Every bucket looked at, every doubt named."""

from __future__ import annotations

from collections.abc import Iterator

from installer.findings import Check
from installer.offers.catalogue import read
from launcher import errors
from launcher.config.site import Bucket, Site, parse_catalogue, with_remote
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: What the service makes and owns: its Home Folder connector writes there behind our back.
SERVICES_OWN = "appstream"


def checks(site: Site, store: Store) -> Iterator[Check]:
    """The catalogue in S3, then every bucket of both."""
    yield Check("site file", True, site.title or "no title")
    whole = site
    if site.catalogue.uri:
        catalogue, whole = _catalogue(site, store)
        yield catalogue
    yield _home(site, store)
    for bucket in whole.bucket:
        yield _bucket(bucket, site, store)


def _catalogue(site: Site, store: Store) -> tuple[Check, Site]:
    try:
        kept = read(store, S3Uri.parse(site.catalogue.uri))
        remote = parse_catalogue(kept.text, site.catalogue.uri)
    except errors.LauncherError as exc:
        return Check("catalogue", False, f"{exc.title}: {exc.subject}", exc.hint), site
    if kept.etag is None:
        return Check("catalogue", False, f"{site.catalogue.uri} is not there", "`pose-admin site add` makes it."), site
    count = len(remote.buckets)
    words = "; ".join(remote.notices) or f"{count} bucket{'s' * (count != 1)}"
    return Check("catalogue", not remote.notices, words), with_remote(site, remote)


def _home(site: Site, store: Store) -> Check:
    where = S3Uri.parse(site.home.uri.partition("{")[0].rpartition("/")[0] + "/")
    if where.bucket.startswith(SERVICES_OWN):
        hint = "Take a bucket of the lab's own: the service's Home Folder connector writes in this one."
        return Check("home", False, f"{where.bucket} is a bucket of the service", hint)
    if "{user" not in site.home.uri:
        hint = "Put {user_hash} into [home] uri."
        return Check("home", False, "everybody would have the same home", hint)
    return _reachable("home", where, store)


def _bucket(bucket: Bucket, site: Site, store: Store) -> Check:
    where, home = S3Uri.parse(bucket.uri), S3Uri.parse(site.home.uri.partition("{")[0].rpartition("/")[0] + "/")
    if where.holds(home) or home.holds(where):
        hint = "Homes and data need places of their own, or every home is open to everybody."
        return Check(bucket.name, False, f"{bucket.uri} and the homes lie in one another", hint)
    return _reachable(bucket.name, where, store)


def _reachable(name: str, where: S3Uri, store: Store) -> Check:
    try:
        page = store.lister.page(where, size=1)
    except errors.LauncherError as exc:
        return Check(name, False, f"{where}: {exc.title}", exc.hint)
    is_empty = not (page.objects or page.prefixes)
    return Check(name, True, f"{where}{' is empty' if is_empty and name != 'home' else ''}")
