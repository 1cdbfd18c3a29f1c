"""Saved files whose objects somebody deleted in the home bucket: they are sent again from here.

Looked for when a save finds one of its objects gone, and after `verify` has found one: a save of nothing changed asks
the server nothing, and does not notice by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from launcher.journal import Item, State

if TYPE_CHECKING:
    from launcher.storage.store import Store
    from launcher.storage.uri import S3Uri


def look_again(project_id: str) -> str:
    """Under which name the journal remembers that objects of a project are gone."""
    return f"gone from the bucket {project_id}"


def keys_of(store: Store, prefix: S3Uri) -> set[str]:
    """Every object of a project that is there."""
    return {row.key for page in store.lister.everything(prefix) for row in page.objects}


def forgotten(items: Iterable[Item], keys: Collection[str]) -> list[Item]:
    """The files whose object, or whose conflict copy, is gone, as they are without it."""
    lost = []
    for item in items:
        without = replace(
            item,
            saved=item.saved if item.saved is not None and item.saved.key in keys else None,
            copy=item.copy if item.copy is not None and item.copy.key in keys else None,
        )
        if without != item:
            lost.append(replace(without, state=State.STAGED, cause="", next=""))
    return lost


def to_send(lost: Iterable[Item], here: Collection[str]) -> list[str]:
    """Those of them that can be sent again; what is gone here, too, is in the history at best."""
    return [item.path for item in lost if item.path in here]
