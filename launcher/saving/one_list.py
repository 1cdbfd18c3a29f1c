"""The list of what the home prefix holds of a project, as one save writes it: last, and together with others' work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, ProjectRecord
from launcher.journal.manifest import Manifest, SavedFile
from launcher.projects.source import manifest_uri
from launcher.projects.states import Confirmed
from launcher.saving.known import Known
from launcher.saving.last_state import LastState, OurFile, brought
from launcher.saving.manifest_reading import manifest_to_replace
from launcher.saving.manifest_writing import (
    Moment,
    changed_by_others,
    lying_there,
    moment_after,
    put_manifest,
    saved_file,
    write_whole,
    write_with_changes,
)
from launcher.saving.own_writes import OwnWrites
from launcher.storage.checksums import digest_of_pieces
from launcher.storage.long_text import LongText
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.saving.save import Saver

#: Another session's list may be newer at each attempt; more often than this it is no race any more.
_ATTEMPTS = 4
#: Rows that are in memory at the same time.
_ASKED_TOGETHER = 10_000


class OneList:
    """Made before the save changes any row. `references` are the videos that stay where they came from."""

    def __init__(
        self,
        saver: Saver,
        record: ProjectRecord,
        references: Mapping[str, Item],
        before: Manifest | None,
        writes: OwnWrites,
    ) -> None:
        self._saver = saver
        self._journal = saver.journal
        self._record = record
        self._references = dict(references)
        self._writes = writes
        self._last = LastState(record.dir)
        #: Files that another session saved since we did.
        self._only_theirs: set[str] = set()
        #: Files that this save has left alone: another session's version of them was never here.
        self.left: set[str] = set()
        #: Files of others that the list names, and that may never have been here.
        self._doubtful: set[str] = set()
        #: Until now the list in S3 holds every row, so what this save writes is all that it does not.
        self._was_listed = self._journal.is_listed(record)
        #: Also of a state that another session saved within the same second of the server's clock.
        self._seen_at = before.saved_at if before is not None else record.last_saved

    def stored(
        self, text: LongText, known: Known, beside: Sequence[Item], *, asked_for: bool
    ) -> tuple[Confirmed, Known]:
        """Store it; if another session wrote one since, with what it saved and we did not, which is known then, too.

        `text` is where it is written, `beside` are the items of which our version lies beside another session's.
        """
        saver, replaces, earlier = self._saver, self._record.manifest_etag, self._seen_at
        where = manifest_uri(saver.home, self._record.id)
        others = self._others_since(known)
        for attempt in range(_ATTEMPTS):
            ours = self._still_ours(beside, known.theirs)
            copies = self._copies(ours)
            self._only_theirs = others | self._others_in(copies)
            at = moment_after(saver.store.http.server_time.now(), self._record.last_saved, earlier)
            moment = Moment(at, saver.session, saver.who, asked_for=asked_for)
            self._write(text, moment, known, ours, may_be_ours=not attempt and not beside)
            content = digest_of_pieces(text.pieces())
            try:
                stored = put_manifest(text, content, where, replaces, self._writes, saver.store.uploader)
                self._doubtful = known.theirs.keys() - copies
                return Confirmed(at, where, stored.etag, text, content), known
            except errors.ChangedMeanwhile:
                if attempt == _ATTEMPTS - 1:
                    raise
            state, replaces = manifest_to_replace(saver.store, saver.home, self._record.id)
            if state is None:
                continue
            known = replace(known, theirs=state.files, their_references=state.references)
            others, earlier = self._others_in(known.theirs), state.saved_at
        raise AssertionError

    def refer_no_more(self, paths: Iterable[str]) -> None:
        """These are saved themselves from now on."""
        for path in paths:
            self._references.pop(path, None)

    def go_on_from(self, record: ProjectRecord) -> None:
        """The one that was stored is the last one from now on: a second one of the same save replaces it.

        Taken for another session's, it would bring back into that one what this save has found to be gone; so would
        its lines.
        """
        self._record = record
        self._was_listed = False
        self._seen_at = record.last_saved

    def keep(self, manifest: Confirmed) -> None:
        """Keep a copy of it in the project's own folder."""
        _, before = self._last.mine() or ("", {})
        never = dict.fromkeys(self._never_here(self._doubtful.union(before)))
        ours = {**never, **self._mine(self._only_theirs), **self._brought(self.left.union(before))}
        self._last.keep(manifest.text, manifest.etag, ours)

    def _write(
        self, text: LongText, moment: Moment, known: Known, beside: Sequence[Item], *, may_be_ours: bool
    ) -> None:
        if may_be_ours and not self._only_theirs and self._write_with_changes(text, moment, known):
            return
        items = self._journal.each_item(self._record.id)
        write_whole(text, self._record, moment, known, items, beside, self._references.values(), self._only_theirs)

    def _write_with_changes(self, text: LongText, moment: Moment, known: Known) -> bool:
        """Our last list with the lines that changed, if that will do; it takes a tenth of reading every row."""
        if not self._was_listed:
            return False
        earlier = self._last.lines(self._record.manifest_etag)
        changed = self._journal.items_at(self._record.id, self._journal.unlisted(self._record.id)).values()
        return write_with_changes(text, earlier, self._record, moment, known, changed, self._references.values())

    def _others_since(self, known: Known) -> set[str]:
        """As far as an earlier save of ours found that out."""
        etag, mine = self._last.mine() or (None, {})
        if etag is None or etag != self._record.manifest_etag:
            # The copy is damaged, an older list's, or there is none: the list in the bucket is asked instead.
            return self._others_in(known.theirs)
        items = self._journal.items_at(self._record.id, mine)
        same = {path for path, item in items.items() if _is_theirs(item, mine[path], known.theirs.get(path))}
        return same - self._ours_again([items[path] for path in same & self._journal.unlisted(self._record.id)])

    def _ours_again(self, items: Sequence[Item]) -> set[str]:
        """Those at whose key these very bytes of ours were put once more, in the place of another session's.

        By the ETag alone they look as if we had not saved them since.
        """
        etags = {item.path: item.saved.etag for item in items if item.saved is not None}
        return lying_there(self._saver.store, S3Uri.parse(self._record.home), etags)

    def _others_in(self, theirs: Mapping[str, SavedFile]) -> set[str]:
        items = self._journal.each_item(self._record.id) if theirs else ()
        return changed_by_others(self._saver.store, S3Uri.parse(self._record.home), items, theirs)

    def _still_ours(self, beside: Sequence[Item], theirs: Mapping[str, SavedFile]) -> list[Item]:
        """Those whose copy no other session has worked on since: then it is theirs, as any file that they changed."""
        prefix = S3Uri.parse(self._record.home)
        paths = {item.path: item.copy.key.removeprefix(prefix.key) for item in beside if item.copy is not None}
        files = [Item(paths[item.path], None, "", saved=item.copy) for item in beside if item.path in paths]
        changed = changed_by_others(self._saver.store, prefix, files, theirs) if theirs else ()
        return [item for item in beside if paths.get(item.path) not in changed]

    def _copies(self, beside: Iterable[Item]) -> dict[str, SavedFile]:
        """Our copies by their paths; one that was brought here, too, has a row of its own, which may be behind."""
        prefix = S3Uri.parse(self._record.home).key
        return {item.copy.key.removeprefix(prefix): saved_file(item, item.copy) for item in beside if item.copy}

    def _mine(self, paths: Collection[str]) -> dict[str, SavedFile]:
        """What we saved of those: were the journal lost, what lies here would else be taken for a change of theirs."""
        items = self._journal.items_at(self._record.id, paths).values()
        return {item.path: saved_file(item, item.saved) for item in items if item.saved is not None}

    def _never_here(self, paths: Iterable[str]) -> Iterator[str]:
        """What others saved and was never here: a file of that name would be taken for a change of it."""
        asked = iter(paths)
        while some := list(islice(asked, _ASKED_TOGETHER)):
            items = self._journal.items_at(self._record.id, some)
            yield from (path for path in some if path not in items or items[path].copy or not items[path].saved)

    def _brought(self, paths: Collection[str]) -> dict[str, OurFile]:
        """What lies here of those that are left alone: else it would be taken for a change of their version."""
        items = self._journal.items_at(self._record.id, paths).values()
        return {item.path: brought(item) for item in items if item.is_left}


def _is_theirs(item: Item, ours: OurFile | None, theirs: SavedFile | None) -> bool:
    """Is what the last list names of a file another session's, by what we kept of it when that list was written?"""
    if item.saved is None or ours is None:
        return False
    if ours.brought_from:  # what is left alone for one version is left alone for the next
        return item.is_left and theirs is not None and theirs.etag != item.saved.etag
    return item.saved.etag == ours.etag
