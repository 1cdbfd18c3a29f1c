"""A new, empty folder in the home prefix: an object without bytes whose name ends in `/`, as consoles make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.files.upload import checked_target
from launcher.storage import names
from launcher.storage.checksums import digest_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.storage.uri import S3Uri


def make_folder(desk: Desk, uri: str, *, dry_run: bool = False) -> S3Uri:
    """Make it; raises `NotDone` where something of that name is there already."""
    where = checked_target(desk, uri)
    inside = where.key.removeprefix(desk.home.key).rstrip("/")
    if reason := names.refusal(inside):
        raise errors.NamesRefused(
            inside, title=f"This name {reason}", hint="Nothing was made. Choose another name for the folder."
        )
    page = desk.store.lister.page(where, size=1)
    if page.prefixes or page.objects or desk.store.objects.head(where) is not None:
        raise errors.NotDone(where, title="A folder of this name is there already", hint="Nothing was changed.")
    if not dry_run:
        desk.check_strength()
        desk.store.uploader.put(where, b"", digest_of(b""), replaces=None)
    return where
