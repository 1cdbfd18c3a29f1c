"""Saved files whose objects somebody deleted in the home bucket, or put something else in their place.

They are sent again from here; what is in their place stays, and ours goes beside it. Looked for when a save finds one
of its objects gone, and after `verify` has found one: a save of nothing changed asks the server nothing, and does not
notice by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, Saved, State

if TYPE_CHECKING:
    from launcher.storage.store import Store
    from launcher.storage.uri import S3Uri


def look_again(project_id: str) -> str:
    """Under which name the journal remembers that objects of a project are gone."""
    return f"gone from the bucket {project_id}"


def objects_of(store: Store, prefix: S3Uri) -> dict[str, str]:
    """Every object of a project that is there, with its ETag."""
    return {row.key: row.etag for page in store.lister.everything(prefix) for row in page.objects}


def listed_in(store: Store, home: S3Uri, project_id: str) -> dict[str, str] | None:
    """The objects that the last list names, with their ETags; None where no list can be read."""
    from launcher.projects.source import read_manifest  # every look imports this file, and hardly any reads a list

    try:
        read = read_manifest(store, home, project_id)
    except errors.Damaged:
        return None
    return None if read is None else {file.key: file.etag for file in read[0].files.values()}


def replaced_by_sessions(
    items: Iterable[Item], there: Mapping[str, str], listed: Mapping[str, str] | None
) -> dict[str, tuple[Item, Saved]]:
    """What we saved and another session replaced, by its key: it was kept then, unless it was gone before."""
    saved = ((item, one) for item in items for one in (item.saved, item.copy) if one is not None)
    return {
        one.key: (item, one)
        for item, one in saved
        if listed is not None and one.etag != there.get(one.key) == listed.get(one.key, "")
    }


def forgotten(
    items: Iterable[Item],
    there: Mapping[str, str],
    listed: Mapping[str, str] | None,
    not_kept: Collection[str] = (),
) -> list[Item]:
    """The files whose object, or whose conflict copy, is gone or was replaced by no session, as they are without it.

    What another session saved is in the last list, and no loss; without a list only what is gone counts. `not_kept` are
    the keys of what a session replaced, and what nobody kept, since it was gone before.
    """

    def still(saved: Saved | None) -> Saved | None:
        if saved is None or saved.key not in there or saved.key in not_kept:
            return None
        is_known = listed is None or there[saved.key] in (saved.etag, listed.get(saved.key))
        return saved if is_known else None

    lost = []
    for item in items:
        without = replace(item, saved=still(item.saved), copy=still(item.copy))
        if without != item:
            lost.append(replace(without, state=State.STAGED, cause="", next=""))
    return lost


def to_send(lost: Iterable[Item], here: Collection[str]) -> list[str]:
    """Those of them that can be sent again; what is gone here, too, is in the history at best."""
    return [item.path for item in lost if item.path in here]
