"""A look that is known already finds just what looking at everything would find, whatever changed in between."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.config.site import S3Settings
from launcher.journal import Item, Journal, Origin, ProjectRecord, Saved, Stat, State, StoredItem
from launcher.journal.rows import item_row
from launcher.projects.local_files import stat_of, walk
from launcher.projects.parsing import Parsers
from launcher.projects.tree import Tree
from launcher.projects.whose import CORNER, MARKER
from launcher.saving.changes import Changes, changes_of
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.last_look import file_of
from launcher.saving.plan import Rules
from launcher.saving.report import SaveReport
from launcher.saving.save import Saver, all_went
from launcher.saving.settled import MOST_AT, Settled
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

HOME = "s3://home/"
FILES = ("config.yaml", "labeled-data/a/img1.png", "labeled-data/a/img2.png", "labeled-data/b/img1.png", "notes.txt")
VIDEO = "videos/v.mp4"


class CountingJournal(Journal):
    """It counts how often somebody goes through all its rows."""

    looks = 0

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def each_stored(self, project_id: str) -> Iterator[StoredItem]:
        self.looks += 1
        return super().each_stored(project_id)


class Desk(NamedTuple):
    """A project in which everything is saved, and the saver that looks at it."""

    record: ProjectRecord
    journal: CountingJournal
    saver: Saver
    database: Path

    @property
    def folder(self) -> Path:
        return self.record.dir

    @property
    def kept(self) -> Path:
        """Where the last look is kept."""
        return file_of(self.database.parent, self.folder)

    def look(self) -> tuple[Changes, dict[str, str]]:
        return self.saver.changes(self.record)

    def by_hand(self) -> tuple[Changes, dict[str, str]]:
        """By all rows and all files."""
        tree = Tree(self.folder)
        rules = Rules(tool("deeplabcut"), self.saver.exclude, HOME)
        items = [StoredItem(item_row(item)) for _, item in sorted(self.journal.items("p").items())]
        return changes_of(items, walk(tree), rules), tree.left_out

    def saved(self, path: str) -> Item:
        stat = stat_of(self.folder / path)
        return Item(path, stat, "A", "", saved=Saved(f"p/{path}", "e", None, 1, "A", "", "A"), state=State.SAVED)


def made(folder: Path) -> Iterator[Desk]:
    for path in (f"{CORNER}/{MARKER}", VIDEO, *FILES):
        (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "project" / path).write_text(path)
    record = ProjectRecord("p", "s3://lab/p/", "p", "deeplabcut", "config.yaml", folder / "project", "s3://home/p/")
    database = folder / "journal.sqlite"
    with CountingJournal(database) as journal, Store(S3Settings()) as store:
        saver = Saver(store, Parsers(), journal, home=S3Uri.parse(HOME), session="s", exclude=("*.scratch",))
        desk = Desk(record, journal, saver, database)
        journal.put_project(record)
        journal.put_items("p", map(desk.saved, FILES))
        origin = Origin("s3://lab/p/videos/v.mp4", "e", crc64nvme="V", local_crc64nvme="V")
        journal.put_items("p", [Item(VIDEO, stat_of(record.dir / VIDEO), "V", origin=origin)])
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from made(tmp_path)


def test_the_first_look_compares_and_the_next_ones_know(desk: Desk) -> None:
    first = desk.look()
    assert (first[0].unchanged, first[0].by_reference, first[0].upload) == (
        len(FILES),
        desk.journal.items_at("p", [VIDEO]),
        [],
    )
    assert desk.look() == desk.look() == first == desk.by_hand()
    assert desk.journal.looks == 1


def _same_size(desk: Desk) -> None:
    file = desk.folder / "notes.txt"
    before = file.stat()
    file.write_text(file.read_text().upper())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _rename(desk: Desk) -> None:
    (desk.folder / FILES[1]).rename(desk.folder / "labeled-data/a/img0.png")


def _swap(desk: Desk) -> None:
    one, other = (desk.folder / path for path in FILES[1:3])
    one.rename(desk.folder / "x")
    other.rename(one)
    (desk.folder / "x").rename(other)


def _fail(desk: Desk) -> None:
    desk.journal.put_items("p", [desk.saved("notes.txt").failed("why", "what next")])


def _other_content(desk: Desk) -> None:
    item = desk.saved("notes.txt")
    desk.journal.put_items("p", [Item(item.path, item.stat, "B", saved=item.saved)])


def _forget(desk: Desk) -> None:
    desk.journal.forget_project("p")
    desk.journal.put_project(desk.record)


def _lose_all(desk: Desk) -> None:
    for path in (VIDEO, *FILES):
        (desk.folder / path).unlink()


def _exclude_more(desk: Desk) -> None:
    desk.saver.exclude = ("*.scratch", "notes.txt")


CHANGES: dict[str, Callable[[Desk], object]] = {
    "nothing": lambda desk: None,
    "touched": lambda desk: os.utime(desk.folder / "notes.txt"),
    "the same size and time": _same_size,
    "rights": lambda desk: (desk.folder / "notes.txt").chmod(0o600),
    "renamed": _rename,
    "two change places": _swap,
    "deleted": lambda desk: (desk.folder / FILES[3]).unlink(),
    "all deleted": _lose_all,
    "new": lambda desk: (desk.folder / "new.txt").write_text("new"),
    "new, never saved": lambda desk: (desk.folder / "a.scratch").write_text("new"),
    "an empty folder": lambda desk: (desk.folder / "empty").mkdir(),
    "a link": lambda desk: (desk.folder / "link").symlink_to(desk.folder / "notes.txt"),
    "in our own corner": lambda desk: (desk.folder / CORNER / "more").write_text("ours"),
    "the video": lambda desk: (desk.folder / VIDEO).write_text("another video"),
    "a row: failed": _fail,
    "a row: other content": _other_content,
    "no rows": _forget,
    "a rule": _exclude_more,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_a_change_it_finds_what_looking_at_everything_finds(desk: Desk, change: Callable[[Desk], object]) -> None:
    desk.look()
    change(desk)
    expected = desk.by_hand()
    assert desk.look() == expected
    assert desk.look() == expected, "also where it is remembered now"


@pytest.mark.parametrize(
    "name",
    [
        "touched",
        "the same size and time",
        "renamed",
        "two change places",
        "deleted",
        "new",
        "new, never saved",
        "the video",
    ],
)
def test_of_thousands_of_rows_those_of_changed_files_alone_are_read(desk: Desk, name: str) -> None:
    desk.look()
    CHANGES[name](desk)
    assert desk.look() == desk.by_hand()
    assert desk.journal.looks == 1


def test_where_too_much_changed_all_rows_are_read(desk: Desk) -> None:
    desk.look()
    for number in range(MOST_AT + len(FILES)):
        (desk.folder / f"new{number:03d}.txt").write_text("new")
    assert desk.look() == desk.by_hand()
    assert desk.journal.looks == 2


@pytest.mark.parametrize(
    "damage", [lambda kept: kept[:-1], lambda kept: kept.replace(b"notes", b"votes"), lambda kept: b""]
)
def test_what_the_folder_held_is_not_believed_when_it_is_damaged(desk: Desk, damage: Callable[[bytes], bytes]) -> None:
    desk.look()
    tree = desk.kept.with_suffix(".tree")
    tree.write_bytes(damage(tree.read_bytes()))
    (desk.folder / "notes.txt").write_text("changed")
    assert desk.look() == desk.by_hand()
    assert desk.journal.looks == 2


@given(changes=st.lists(st.sampled_from(sorted(set(CHANGES) - {"a link", "an empty folder"})), max_size=5, unique=True))
@settings(max_examples=25, deadline=None)
def test_changes_in_any_order(changes: list[str]) -> None:
    with TemporaryDirectory() as folder:
        for desk in made(Path(folder)):
            for name in changes:
                try:
                    CHANGES[name](desk)
                except FileNotFoundError:
                    continue  # an earlier change took the file away
                assert desk.look() == desk.look() == desk.by_hand()


@pytest.mark.parametrize("column", ["crc64nvme", "saved", "state", "size", "file_id", "seal", "cause"])
def test_a_row_that_was_damaged_since_is_noticed_as_before(desk: Desk, column: str) -> None:
    desk.look()
    told: list[str] = []
    desk.journal.when_damaged = lambda: told.append("damaged")
    with sqlite3.connect(desk.database) as other:
        other.execute(f"UPDATE item SET {column}='7' WHERE path='notes.txt'")
    other.close()
    changes, _ = desk.look()
    assert told == ["damaged"]
    assert changes.unchanged == 0, "no row of the project is believed"


def test_what_was_remembered_is_not_believed_when_it_is_damaged(desk: Desk) -> None:
    first = desk.look()
    kept = desk.kept.read_text()
    for damaged in (kept.replace(f" {len(FILES)},", " 9,"), kept.replace("v.mp4", "w.mp4"), kept[:-1], "[]", "{}", "7"):
        desk.kept.write_text(damaged)
        assert damaged != kept
        assert desk.look() == first
        assert desk.kept.read_text() == kept, "it was found again by all rows and all files"


def test_a_look_that_found_something_is_not_remembered(desk: Desk) -> None:
    (desk.folder / "new.txt").write_text("new")
    desk.look()
    desk.look()
    assert desk.journal.looks == 2


def test_a_row_written_by_another_during_the_look_is_no_reason_to_remember_it(desk: Desk) -> None:
    with Journal(desk.database) as other:

        class Meanwhile(CountingJournal):
            """Somebody else writes into it while it is gone through."""

            def each_stored(self, project_id: str) -> Iterator[StoredItem]:
                rows = super().each_stored(project_id)
                yield next(rows)
                other.put_items("p", [Item("notes.txt", Stat(1, 1, 1, 1), "B")])
                yield from rows

        with Meanwhile(desk.database) as journal, Store(S3Settings()) as store:
            saver = Saver(store, Parsers(), journal, home=S3Uri.parse(HOME), session="s", exclude=("*.scratch",))
            saver.changes(desk.record)
    assert not desk.kept.exists()


def test_a_look_at_some_files_finds_what_a_look_at_all_finds_of_them_and_every_video(desk: Desk) -> None:
    (desk.folder / "notes.txt").write_text("changed")
    (desk.folder / "new.csv").write_text("new")
    (desk.folder / "settings.yaml").write_text("new as well")
    stats = dict(walk(Tree(desk.folder)))
    only = {path: stats[path] for path in ("notes.txt", "new.csv", "labeled-data/a/img1.png")}
    (desk.folder / "new.csv").write_text("it has changed since")
    everything = desk.by_hand()[0].among(only)
    found = desk.saver.changes_among(desk.record, {**only, "gone.csv": stats["new.csv"]})
    assert (found.upload, list(found.by_reference)) == (["notes.txt"], [VIDEO])
    assert (found.upload, found.by_reference) == (everything.upload, everything.by_reference)
    assert desk.journal.looks == 0, "of thousands of rows those alone are read"


def test_a_look_at_some_files_outlives_a_damaged_row(desk: Desk) -> None:
    stats = dict(walk(Tree(desk.folder)))
    with sqlite3.connect(desk.database) as database:
        database.execute("UPDATE item SET crc64nvme='B' WHERE path='notes.txt'")
    database.close()
    found = desk.saver.changes_among(desk.record, {"notes.txt": stats["notes.txt"]})
    assert found.upload == ["notes.txt"], "nothing is believed any more"


SENT = Item("a", Stat(1, 1, 1, 1), "A", saved=Saved("p/a", "e", None, 1, "A", "", "A"), state=State.SAVED)
FOUND = Changes(upload=["a"], here=Fingerprints.of({"a": Stat(1, 1, 1, 1)}))


@pytest.mark.parametrize(
    ("found", "saved", "failed", "went"),
    [
        (Changes(), [], [], True),
        (FOUND, [SENT], [], True),
        (FOUND, [], [], False),
        (FOUND, [], [SENT.failed("why", "what next")], False),
        (FOUND, [SENT._replace(stat=Stat(1, 2, 2, 1))], [], False),
        (Changes(), [SENT], [], False),
    ],
    ids=[
        "nothing",
        "all of it",
        "touched alone",
        "failed",
        "changed on the way",
        "more than that",
    ],
)
def test_only_a_save_of_just_what_was_found_settles_it(
    found: Changes, saved: list[Item], failed: list[Item], *, went: bool
) -> None:
    report = SaveReport("p", "s3://home/p/", failed=failed)
    for item in saved:
        report.saved.add(item, FOUND.here["a"])
    assert all_went(found, report) == went


def test_what_a_save_settled_is_known_and_what_others_wrote_during_it_is_not_passed_over(desk: Desk) -> None:
    found, _ = desk.look()
    first = desk.kept.read_text()
    settled, tree = Settled(desk.journal, desk.record, desk.saver.rules(desk.record)), Tree(desk.folder)
    tree.look_ahead()
    before = desk.journal.writes_of_others()
    desk.journal.put_fact("ours", "1")
    with Journal(desk.database) as other:
        other.put_fact("another's", "1")
    settled.after_save(found, tree, before)
    assert desk.kept.read_text() == first
    desk.journal.put_fact("ours", "2")
    settled.after_save(found, tree, desk.journal.writes_of_others())
    assert settled.known(Tree(desk.folder)) == found
    (desk.folder / "notes.txt").write_text("changed")
    assert settled.known(Tree(desk.folder)) == desk.by_hand()[0]
    desk.journal.put_items("p", [])
    desk.journal.put_fact("ours", "3")
    assert settled.known(Tree(desk.folder)) is None, "without a checksum of the rows any write counts"
