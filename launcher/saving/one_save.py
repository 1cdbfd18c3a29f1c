"""One save of one project, as `Saver.save` does it: its files, and last the list of what the home prefix now holds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved, State, reserve
from launcher.journal.manifest import Manifest
from launcher.projects.local_files import scan
from launcher.projects.states import Confirmed, States
from launcher.saving import disproved, gone
from launcher.saving.audit import write_audit
from launcher.saving.changes import Changes
from launcher.saving.conflicts import Conflicts
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.good_copy import GoodCopies
from launcher.saving.history import History
from launcher.saving.intents import Intents, forget_all, spool_of, spools_of
from launcher.saving.known import Known, Sent, copy_left_behind
from launcher.saving.large import LargeUploads
from launcher.saving.one_list import OneList
from launcher.saving.own_writes import OwnWrites
from launcher.saving.plain_files import PlainFiles
from launcher.saving.plain_sending import PlainSending
from launcher.saving.reading_ahead import ReadingAhead
from launcher.saving.replaced import Replaced
from launcher.saving.report import SaveReport
from launcher.saving.sending import Sending
from launcher.saving.status import CLOCK_SKEW
from launcher.saving.stopped import vanished
from launcher.saving.twins import Twins
from launcher.storage.crew import Crew, Outcome
from launcher.storage.failures import is_error_of_the_server
from launcher.storage.long_text import LongText
from launcher.storage.names import refusal
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.saving.save import Saver


#: Threads that send a file each, and threads that put again what the exchange could not.
CREW = {"save": 32, "again": 32}
#: So many files in a row for which the server has an error of its own: as many as are tried at the same time.
MOST_IN_A_ROW = 32
#: Files to be put again that are held in memory.
MOST_WAITING = 32
#: Files whose outcome is written down together: one flush of the disk for all of them.
BATCH = 256
#: Files that are sent before more is asked of the journal; at the end of a portion the network waits a moment.
PORTION = 10_000


class OneSave:
    """One save of one project: the intent first, then the files, then what is known of them, batch by batch."""

    def __init__(
        self,
        saver: Saver,
        record: ProjectRecord,
        changes: Changes,
        report: SaveReport,
        before: Manifest | None,
        release: Callable[[], None],
    ) -> None:
        self._saver = saver
        self._journal = saver.journal
        self._record = record
        files, references = (before.files, before.references) if before else ({}, {})
        self._known = Known({}, changes.here, files, references, disproved.damaged(saver.journal, record.id))
        self._report = report
        self._prefix = S3Uri.parse(record.home)
        self._spool = spool_of(record, saver.journal.folder)
        self._intents = Intents(self._spool)
        self._writes = OwnWrites(saver.store.objects, self._intents, self._keep_replaced)
        self._history = History(saver.store, saver.home, record.id)
        self._replaced = Replaced(self._history, saver.journal, record, before, saver.store.http.server_time.now)
        self._conflicts = Conflicts(saver.store, self._prefix, saver.who, record.dir)
        self._list = OneList(saver, record, changes.by_reference, before, self._writes)
        self._twins = Twins(record.dir)
        self._release = release
        self._errors_in_a_row = 0
        #: Were the lost objects sent again, so that the next list is without what is gone here, too?
        self._have_lost_gone = False

    def send(self, paths: list[str]) -> None:
        """Upload in parallel; outcomes are journalled in batches, each before it counts as saved."""
        if not paths:
            return
        self._open_spool()
        reserve.look_after(spools_of(self._record, self._journal.folder)[0])
        self._journal.begin_saving(self._record.id)
        try:
            with Crew[str, Sent](CREW) as crew:
                for at in range(0, len(paths), PORTION):
                    self._send_portion(paths[at : at + PORTION], crew)
        finally:
            self._intents.close()
            self._write_down()
            self._report.keep_conflicts(self._conflicts.kept.values())

    def _open_spool(self) -> None:
        """In our corner, which is there: made anew, it would be the like of a folder that has another name by now."""
        try:
            self._spool.mkdir(exist_ok=True, mode=0o700)
        except FileNotFoundError:
            raise vanished(self._record.dir) from None

    def end_orphans(self) -> None:
        """End what was begun of large files that are no more."""
        uploads = LargeUploads(self._saver.store.multipart, self._journal, self._record.id)
        uploads.end_orphans(self._record.dir, self._prefix)

    def _send_portion(self, paths: list[str], crew: Crew[str, Sent]) -> None:
        """What the journal knows of 200,000 files would be more than all else that a save has in memory."""
        items = self._journal.items_at(self._record.id, paths)
        # Whoever worked on what was brought here has not seen what another session made of it.
        unseen = {path: item._replace(saved=None) for path, item in items.items() if item.is_left}
        self._known = replace(self._known, items={**items, **unseen})
        self._transfer(paths, crew)

    @property
    def has_lost_objects(self) -> bool:
        """Did somebody delete objects of ours, as far as this save, or a `verify` before it, has found out?"""
        return self._writes.found_gone or bool(self._journal.fact(gone.look_again(self._record.id)))

    def send_lost(self) -> None:
        """Send again what is gone, or replaced by no session; noted until done, since the last list still names it."""
        self._journal.put_fact(gone.look_again(self._record.id), "1")
        here = Fingerprints.of(scan(self._record.dir).files)
        bucket = gone.Bucket(self._saver.store, self._saver.home, self._record)
        items, damaged = self._journal.items(self._record.id), self._known.damaged
        lost = bucket.without_lost(items.values(), here, self._replaced.is_kept)
        left = [items[path] for path in damaged.keys() & items.keys() - {one.path for one in lost}]
        lost += disproved.without_damaged_copies(damaged, left)
        referring = gone.without_reference(self._saver.store, items.values(), here, str(self._saver.home))
        self._known = replace(self._known, here=here, theirs=bucket.still_holds(self._known.theirs))
        self._journal.begin_saving(self._record.id, [*lost, *referring])
        again = sorted({*gone.to_send(lost, here), *(one.path for one in left if one.path in here and not one.held_as)})
        alone = [item.path for item in referring]
        self._report.unchanged -= sum(path not in self._conflicts.kept for path in again)
        self._list.refer_no_more(alone)
        self._report.by_reference = [path for path in self._report.by_reference if path not in alone]
        self.send([*again, *alone])
        self._have_lost_gone = True

    def _transfer(self, paths: list[str], crew: Crew[str, Sent]) -> None:
        plain, patient = self._plain_sending(), self._sending()
        plain_paths: list[str] = []
        for path in paths:
            if plain.is_plain(path):
                plain_paths.append(path)
            else:
                crew.give("save", path, partial(patient.send, path))
        with ReadingAhead(plain_paths, plain.ready, lambda ready: len(ready.data)) as contents:
            self._exchange(PlainFiles(contents, plain, patient, crew), crew)
        for outcome in crew.rest():
            self._take(outcome)

    def _exchange(self, files: PlainFiles, crew: Crew[str, Sent]) -> None:
        with closing(self._saver.store.exchange.answers(files.requests())) as replies:
            for reply in replies:
                if reply is not None and (sent := files.answered(reply)) is not None:
                    self._take(Outcome(sent.item.path, sent))
                for outcome in crew.known("again", at_most=MOST_WAITING):
                    self._take(outcome)

    def _keep_replaced(self, where: S3Uri, saved: Saved) -> None:
        """A file's content; lists and leases have no history."""
        if self._prefix.holds(where):
            self._replaced.keep(where, where.key.removeprefix(self._prefix.key), saved)

    def _plain_sending(self) -> PlainSending:
        return PlainSending(
            self._record,
            self._known,
            self._saver.parsers,
            self._saver.store.uploader,
            self._writes,
            self._history,
            self._replaced,
            self._spool,
        )

    def _sending(self) -> Sending:
        saver, record = self._saver, self._record
        large = LargeUploads(saver.store.multipart, self._journal, record.id)
        return Sending(
            record,
            self._known,
            saver.parsers,
            saver.store.uploader,
            large,
            self._writes,
            self._conflicts,
            self._history,
            self._replaced,
            GoodCopies(saver.store, record, saver.parsers, self._history, self._spool),
            self._spool,
        )

    def _take(self, outcome: Outcome[str, Sent]) -> None:
        try:
            sent = outcome.result()
        except errors.LauncherError as exc:
            self._failed(outcome.job, exc)
            if self._stops(exc):
                raise
        else:
            self._errors_in_a_row = 0
            self._confirmed(sent)
        if len(self._report.not_noted) >= BATCH:
            self._write_down()

    def _stops(self, exc: errors.LauncherError) -> bool:
        """Would the others fail, too? A server that has an error of its own for some files may well take the rest."""
        if not is_error_of_the_server(exc):
            return concerns_all(exc)
        self._errors_in_a_row += 1
        return self._errors_in_a_row >= MOST_IN_A_ROW

    def _failed(self, path: str, exc: errors.LauncherError) -> None:
        item = self._known.item(path).failed(exc.title, exc.hint)
        self._report.not_noted.append(item)
        self._report.fail(item, exc.exit_code)

    def _confirmed(self, sent: Sent) -> None:
        is_new = self._known.item(sent.item.path).saved is None
        if is_new and (why := refusal(sent.item.path) or self._twins.why(sent.item.path)):
            self._report.odd_names[sent.item.path] = why
        self._report.not_noted.append(sent.item)
        self._name_copy(sent.item)
        if not sent.went and sent.item.state is State.STAGED:
            self._report.by_reference.append(sent.item.path)  # a video that was touched, or is known only now
            return
        if not sent.went:
            self._report.unchanged += sent.item.path not in self._conflicts.kept
            if sent.item.is_left:
                self._list.left.add(sent.item.path)
            return
        self._report.saved.add(sent.item, self._known.here[sent.item.path])
        self._saver.progress(len(self._report.saved), self._report.bytes)

    def _name_copy(self, item: Item) -> None:
        """What lies here under the copy's name has a row of its own, which may have come just now."""
        copy = copy_left_behind(self._known.item(item.path), item, self._prefix)
        if copy is None or any(one.path == copy.path for one in self._report.not_noted):
            return
        if not self._journal.items_at(self._record.id, [copy.path]):
            self._report.not_noted.append(copy)

    def _write_down(self) -> None:
        self._journal.put_items(self._record.id, self._report.not_noted)
        self._report.not_noted.clear()

    def write_manifest(self, *, asked_for: bool) -> None:
        """Write down, in S3 and last, what the home prefix now holds of the project."""
        listed, beside = self._journal.begin_listing(self._record.id), self._journal.items_with_copies(self._record.id)
        self._conflicts.publish(self._saver.home, self._record.id, beside)
        with suppress(OSError):  # on a full disk the list is made in memory
            self._spool.mkdir(exist_ok=True, mode=0o700)
        with LongText(self._spool) as text:
            manifest, self._known = self._list.stored(text, self._known, beside, asked_for=asked_for)
            self._conclude(manifest, listed, asked_for=asked_for)

    def _conclude(self, manifest: Confirmed, listed: int, *, asked_for: bool) -> None:
        """Keep it as a state and in the project's own folder; only then is it known to be written."""
        states = States(self._saver.store, self._saver.home, self._record.id)
        with ThreadPoolExecutor(3, "after the list") as pool:
            released = pool.submit(self._let_others_begin)
            audited = pool.submit(self._audit, manifest.saved_at)
            kept = pool.submit(states.keep, manifest, asked_for=asked_for)
            self._report.manifest = str(manifest.where)
            record = replace(self._record, manifest_etag=manifest.etag, last_saved=manifest.saved_at)
            self._list.keep(manifest)
            self._note_clock()
            kept.result()  # without its state the list is still due, and the next save writes both
            self._journal.end_saving(record, listed)
            if self._have_lost_gone:
                self._journal.put_fact(gone.look_again(record.id), "")
                disproved.forget_mended(self._journal, record.id)
            self._record = record
            self._list.go_on_from(record)
            self._intents.close()
            forget_all(self._record, self._journal.folder)
            audited.result()
            released.result()

    def _let_others_begin(self) -> None:
        if self._have_lost_gone or not self.has_lost_objects:  # else they go again, and another list
            self._release()

    def _audit(self, at: str) -> None:
        saver = self._saver
        write_audit(saver.store, saver.home, self._report, self._spool, session=saver.session, who=saver.who, at=at)

    def _note_clock(self) -> None:
        skew = self._saver.store.http.server_time.skew_s
        if skew is not None:
            self._journal.put_fact(CLOCK_SKEW, str(round(skew)))


def concerns_all(exc: errors.LauncherError) -> bool:
    """Would every other file fail for the same reason: no server, no disk, no sign-in?"""
    stops = (errors.Unreachable, errors.LocalDisk, errors.Refused)
    return exc.exit_code in [kind.exit_code for kind in stops]
