"""Saved files whose objects somebody deleted in the home bucket, or put something else in their place.

They are sent again from here; what is in their place stays, and ours goes beside it. Looked for when a save finds one
of its objects gone, and after `verify` has found one: a save of nothing changed asks the server nothing, and does not
notice by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved, State
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.journal import Journal
    from launcher.journal.manifest import SavedFile
    from launcher.storage.store import Store

#: Is a content of the file at a path kept, if it is to be?
Kept = Callable[[str, Saved], bool]
_LOOKS_AT_ONCE = 32


def look_again(project_id: str) -> str:
    """Under which name the journal remembers that objects of a project are gone."""
    return f"gone from the bucket {project_id}"


def no_more_in_s3(journal: Journal, project_id: str, path: str) -> errors.NotDone:
    """Somebody deleted or replaced there what is here; the next save looks for it, and nothing takes its place."""
    journal.put_fact(look_again(project_id), "1")
    return errors.NotDone(
        path,
        title="What is here is in the bucket no more, so it stays",
        hint="Nothing takes its place. Save the project, which puts it there again, then try once more.",
    )


class Bucket:
    """What lies in the bucket of one project, and what its last list names: the ETags by their keys; looked at once."""

    def __init__(self, store: Store, home: S3Uri, record: ProjectRecord) -> None:
        prefix = S3Uri.parse(record.home)
        self._there = {row.key: row.etag for page in store.lister.everything(prefix) for row in page.objects}
        #: None where no list can be read.
        self._listed = _listed_in(store, home, record.id)

    def still_holds(self, theirs: Mapping[str, SavedFile]) -> dict[str, SavedFile]:
        """Those of another session's files that are there as it saved them."""
        return {path: file for path, file in theirs.items() if self._there.get(file.key) == file.etag}

    def without_lost(self, items: Collection[Item], here: Collection[str], is_kept: Kept) -> list[Item]:
        """The files whose object, or whose conflict copy, is lost, as they are without it.

        Lost is what is gone, and what no session replaced: of what one did, the last list says so. What it replaced was
        kept then (`is_kept` tells, and is asked about what is still here alone), unless it was gone before.
        """
        not_kept = self._not_kept([item for item in items if item.path in here], is_kept)

        def still(saved: Saved | None) -> Saved | None:
            if saved is None or saved.key not in self._there or saved.key in not_kept:
                return None
            is_known = self._listed is None or self._there[saved.key] in (saved.etag, self._listed.get(saved.key))
            return saved if is_known else None

        lost = []
        for item in items:
            without = item._replace(saved=still(item.saved), copy=still(item.copy))
            if without != item:
                lost.append(without._replace(state=State.STAGED, cause="", next=""))
        return lost

    def _not_kept(self, items: Iterable[Item], is_kept: Kept) -> set[str]:
        """The keys of what sessions replaced that nobody kept."""
        from launcher.storage.crew import at_work  # every look imports this file, and hardly any comes to this

        saved = [(item.path, one) for item in items for one in (item.saved, item.copy) if one is not None]
        replaced = [(path, one) for path, one in saved if self._is_replaced(one)]
        with at_work(replaced, lambda one: is_kept(*one), _LOOKS_AT_ONCE, "history") as outcomes:
            return {outcome.job[1].key for outcome in outcomes if not outcome.result()}

    def _is_replaced(self, saved: Saved) -> bool:
        there = self._there.get(saved.key)
        return self._listed is not None and saved.etag != there == self._listed.get(saved.key, "")


def _listed_in(store: Store, home: S3Uri, project_id: str) -> dict[str, str] | None:
    from launcher.projects.source import read_manifest  # as above

    try:
        read = read_manifest(store, home, project_id)
    except errors.Damaged:
        return None
    return None if read is None else {file.key: file.etag for file in read[0].files.values()}


def without_reference(store: Store, items: Iterable[Item], here: Collection[str], home: str) -> list[Item]:
    """What is kept by reference to an object that somebody deleted, as it is without that: it is saved itself then.

    Not where something is saved under its name: that is another session's, made of the same, and stays. Where nobody
    may look, it is as it was: that must not keep other work from being saved.
    """
    from launcher.saving.plan import refers
    from launcher.storage.crew import at_work  # as above

    alone = [item for item in items if item.saved is None and item.copy is None and item.path in here]
    referring = [item for item in alone if refers(item, home)]

    def is_gone(item: Item) -> bool:
        with suppress(errors.LauncherError):
            return item.origin is not None and store.objects.head(S3Uri.parse(item.origin.uri)) is None
        return False

    with at_work(referring, is_gone, _LOOKS_AT_ONCE, "references") as outcomes:
        gone = [outcome.job for outcome in outcomes if outcome.result()]
    return [item._replace(origin=None, state=State.STAGED, cause="", next="") for item in gone]


def to_send(lost: Iterable[Item], here: Collection[str]) -> list[str]:
    """Those of them that can be sent again; what is gone here, too, is in the history at best."""
    return [item.path for item in lost if item.path in here]
