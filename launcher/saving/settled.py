"""The last look that found nothing to send, believed for as long as all that it was made of is the same.

What a look finds is a function of the journal's rows, the disk and the rules. Where the journal's file is as it was, so
are its rows; else a checksum of them tells. To take a checksum of the files is quicker than to compare each with its
row, and where all is the same, so is what was found. Where some files are not as they were, what was found changes by
what those are, and were, compared with their rows. Nothing has to be thrown away in time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import launcher
from launcher.journal import Journal, ProjectRecord, Stat, StoredItem
from launcher.journal.identity import TICK_S
from launcher.journal.interrupted import Interrupted
from launcher.projects.left_folders import left_fact
from launcher.projects.marker import silent
from launcher.projects.tree import PathRow, Tree
from launcher.saving import gone
from launcher.saving.changes import Changes, changes_of
from launcher.saving.last_look import RULES, Look, digest_of, file_of, keep, keep_tree, kept, kept_tree, note_tree
from launcher.saving.plan import Rules
from launcher.saving.stopped import attempt_fact

#: Of more files than this, and a quarter of those that there were, all rows together are read sooner.
MOST_AT = 100


class Settled:
    """What was found in one project; `rules` are all that decides beside rows and disk.

    `setting` stands for what those were made from, so that the look is known again without making them.
    """

    def __init__(self, journal: Journal, record: ProjectRecord, rules: Rules, setting: str = "") -> None:
        self._journal = journal
        self._record = record
        own = (launcher.__version__, str(RULES), record.id, record.tool_id, str(record.dir), record.home)
        self._rules = rules
        self._rules_digest = digest_of(*own, *rules.words)
        self._setting = setting
        self._file = file_of(journal.folder, record.dir)

    def known(self, tree: Tree) -> Changes | None:
        """What a look would find now, if that is known; the files are looked at only where it may be."""
        look, before, journal = kept(self._file), self._journal.writes(), self._journal.identity()
        if look is None or look.rules != self._rules_digest:
            return None
        is_untouched = journal != "" and journal == look.journal
        if not is_untouched and (not look.rows or look.rows != self._journal.digest_of_items(self._record.id)):
            return None
        if look.tree == tree.look_ahead() and not tree.left_out:
            self._keep(look, before, look)
            by_reference = self._journal.items_at(self._record.id, look.by_reference)
            return Changes([], by_reference, look.unchanged, is_empty=False)
        found = self._known_but_for_some(look, tree)
        if found is not None:
            self.remember(found, tree, before)
        return found

    def _known_but_for_some(self, look: Look, tree: Tree) -> Changes | None:
        """The same where some files are not as they were; None where those are too many, or that is not known."""
        text = None if tree.left_out else kept_tree(self._file, look)
        if text is None:
            return None
        were, are = tree.differing(text)
        if len(were) + len(are) > MOST_AT + look.unchanged // 4:
            return None
        rows = self._journal.stored_at(self._record.id, sorted({path for path, *_ in [*were, *are]}))
        before, now = (self._changes(rows, files) for files in (were, are))
        by_reference = sorted({*look.by_reference}.difference(before.by_reference).union(now.by_reference))
        return replace(
            now,
            by_reference=self._journal.items_at(self._record.id, by_reference),
            unchanged=look.unchanged - before.unchanged + now.unchanged,
            is_empty=not tree.has_files,
        )

    def _changes(self, rows: Mapping[str, StoredItem], files: Sequence[PathRow]) -> Changes:
        """What would be found if there were no more files than these."""
        known = [rows[path] for path, *_ in files if path in rows]
        return changes_of(known, [(path, Stat.of_numbers(*numbers)) for path, *numbers in files], self._rules)

    def remember(self, found: Changes, tree: Tree, before: tuple[int, int]) -> None:
        """Where it found nothing to send and left nothing out, unless somebody has written into the journal since."""
        if found.upload or found.is_empty or tree.left_out:
            return
        if rows := self._journal.digest_of_items(self._record.id):
            self._keep(self._look(found, tree, rows), before)
            note_tree(self._file, tree.taken_text())
            keep_tree(self._file)

    def note(self, tree: Tree) -> None:
        """Write down what is about to be saved, for `after_save`."""
        note_tree(self._file, tree.taken_text())

    def after_save(self, found: Changes, tree: Tree, others: int) -> None:
        """Where all that was found has gone since, unless another process has written into the journal meanwhile.

        A checksum of the rows would cost each save with something to send as much as it spares the next one.
        """
        look, before = self._look(found, tree, ""), self._journal.writes()
        self._journal.come_to_rest()
        if not self._journal.identity():
            time.sleep(TICK_S)
        if self._journal.writes_of_others() == others:
            self._keep(replace(look, unchanged=found.unchanged + len(found.upload)), before)
            keep_tree(self._file)

    def _look(self, found: Changes, tree: Tree, rows: str) -> Look:
        by_reference = list(found.by_reference)
        names = (self._record.id, self._record.home, self._rules_digest, self._setting)
        return Look(*names, "", rows, tree.digest(), found.unchanged, by_reference, folders=[], is_all=False)

    def _keep(self, look: Look, before: tuple[int, int], is_kept: Look | None = None) -> None:
        """As of the journal's present state, if that is the one of `before`: what was found is true of no other."""
        folders, journal = [str(one.dir) for one in self._journal.projects()], self._journal.identity()
        folders += [str(untold.subject) for untold in silent(self._journal).values()]  # to be named by each save of all
        now = replace(look, setting=self._setting, journal=journal, folders=folders, is_all=self._is_all())
        if now != is_kept and self._journal.writes() == before:
            keep(self._file, now)

    def _is_all(self) -> bool:
        notes = (gone.look_again(self._record.id), attempt_fact(self._record.id), left_fact(self._record.id))
        is_more = any(map(self._journal.fact, notes)) or bool(Interrupted(self._journal).uploads(self._record.id))
        return self._journal.manifest_is_current(self._record) and not is_more
