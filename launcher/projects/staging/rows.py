"""The journal's rows of files that are not here yet, or not here any more, or not saved in this home prefix."""

from __future__ import annotations

from launcher.journal import Item, Origin, State
from launcher.projects.staging.arrivals import Wanted
from launcher.storage.objects import ObjectRef


def coming(file: Wanted, *, is_here: bool) -> Item:
    """One that is about to be brought; what an older one that lies here is goes on to be known until it comes."""
    saved = file.known.saved if file.known else None
    origin = file.known.origin if file.known and is_here else None
    return Item(file.path, None, "", origin=origin or _origin(file.ref), saved=saved, state=State.STAGING)


def later(path: str, ref: ObjectRef) -> Item:
    """One that was not asked for; the list of what is saved refers to it, so that it stays part of the project."""
    return Item(path, None, "", origin=_origin(ref), state=State.LATER)


def left_behind(item: Item) -> Item:
    """The same of a file in a folder that its project leaves."""
    saved = None if item.is_left else item.saved  # else another session's would count as seen, and be replaced
    return item._replace(saved=saved, stat=None, crc64nvme="", state=State.STAGING)


def unsaved(item: Item) -> Item:
    """The same of a file that was saved in another home prefix."""
    return item._replace(saved=None, copy=None, state=item.state if item.is_elsewhere else State.STAGED)


def _origin(ref: ObjectRef) -> Origin:
    return Origin(str(ref.where), ref.etag, size=ref.size)
