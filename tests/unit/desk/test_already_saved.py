"""A save with nothing to do is known by the last look, and only as long as nothing at all is otherwise than then."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from launcher.config.find import Found
from launcher.desk.already_saved import all_already_saved, already_saved, setting_of
from launcher.desk.parts import Parts, Setup
from launcher.journal import Journal
from launcher.projects.local_files import stat_of
from launcher.projects.whose import CORNER, MARKER
from launcher.saving.gone import look_again
from launcher.saving.report import SaveReport
from launcher.saving.stopped import attempt_fact
from launcher.session.facts import SessionFacts
from tests.unit.saving.test_settled import CHANGES, FILES, VIDEO, Desk, made

SITE = '[home]\nuri = "s3://home/"\n'
FACTS = SessionFacts("ada", "hash-of-ada", "local")


class Place:
    """A project in which all is saved, as a command finds it that was started a while later."""

    def __init__(self, desk: Desk) -> None:
        self.desk, state = desk, desk.database.parent
        state.chmod(0o700)
        (state / "site.toml").write_text(SITE)
        self.setup = Setup(Found(state / "site.toml", "--site"), Found(state, "--state-dir"), FACTS)
        desk.saver.setting = setting_of(SITE, FACTS)
        self.put_list()

    def put_list(self) -> None:
        """The list in the home prefix says it all."""
        self.desk.journal.put_project(replace(self.desk.record, manifest_etag="e"))

    def look(self) -> SaveReport | None:
        """What a command knows that does not open the journal."""
        return already_saved(Parts(self.setup), self.desk.folder)

    def settle(self) -> SaveReport | None:
        """The same after a save has looked at everything."""
        (record,) = self.desk.saver.journal.projects()
        self.desk.saver.changes(record)
        return self.look()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    for desk in made(tmp_path):
        yield Place(desk)


def test_it_reports_what_the_save_would(place: Place) -> None:
    assert place.look() is None, "nobody has looked yet"
    found = place.settle()
    assert found is not None
    expected = SaveReport("p", "s3://home/p/", unchanged=len(FILES), by_reference=[VIDEO], seconds=found.seconds)
    assert found == expected
    assert place.look() is not None, "to know it changes nothing"


def test_it_is_known_to_whoever_comes_after_the_journal_was_closed(place: Place) -> None:
    place.settle()
    place.desk.journal.close()
    state = place.setup.state.path
    until = time.monotonic() + 30
    while (
        place.look() is None
    ):  # to close it moved what the log held into the file: one more look, once that is settled
        assert time.monotonic() < until
        with Journal(state / "journal.sqlite") as journal:
            place.desk.saver.journal = journal
            place.settle()
    assert place.look() is not None


HARMLESS = {"nothing", "in our own corner"}
#: The rules are what the catalogue says, see below.
OTHERS = [name for name in CHANGES if name not in {*HARMLESS, "a rule"}]


@pytest.mark.parametrize("change", OTHERS)
def test_it_is_not_known_after_any_change_of_files_or_rows(place: Place, change: str) -> None:
    assert place.settle() is not None
    CHANGES[change](place.desk)
    assert place.look() is None


@pytest.mark.parametrize("change", sorted(HARMLESS))
def test_it_is_known_after_what_is_no_change(place: Place, change: str) -> None:
    assert place.settle() is not None
    CHANGES[change](place.desk)
    assert place.look() is not None


def _other_person(place: Place) -> None:
    place.setup = replace(place.setup, facts=replace(FACTS, user="bob", user_hash="hash-of-bob"))


def _no_site(place: Place) -> None:
    place.setup = replace(place.setup, site=None)


def _other_process(place: Place) -> None:
    with sqlite3.connect(place.desk.database) as other:
        other.execute("UPDATE item SET cause='7' WHERE path='notes.txt'")
    other.close()


ELSEWHERE: dict[str, Callable[[Place], object]] = {
    "the catalogue": lambda place: (place.setup.state.path / "site.toml").write_text(SITE + "# another\n"),
    "no catalogue": lambda place: (place.setup.state.path / "site.toml").unlink(),
    "a catalogue that is no text": lambda place: (place.setup.state.path / "site.toml").write_bytes(b"\xff"),
    "nobody names a catalogue": _no_site,
    "another person": _other_person,
    "another process writes": _other_process,
    "a fact": lambda place: place.desk.journal.put_fact("anything", "new"),
    "what is kept": lambda place: place.desk.kept.write_text(place.desk.kept.read_text().replace("home", "hame")),
    "the marker": lambda place: (place.desk.folder / CORNER / MARKER).unlink(),
    "the folder": lambda place: place.desk.folder.rename(place.desk.folder.with_name("elsewhere")),
    "the journal": lambda place: place.desk.database.unlink(),
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_it_is_not_known_after_any_change_elsewhere(place: Place, change: Callable[[Place], object]) -> None:
    assert place.settle() is not None
    change(place)
    assert place.look() is None


@pytest.mark.parametrize("fact", [look_again("p"), attempt_fact("p"), "manifest due p"])
def test_it_is_not_known_while_something_else_is_to_be_done(place: Place, fact: str) -> None:
    place.desk.journal.put_fact(fact, "1")
    assert place.settle() is None
    place.desk.journal.put_fact(fact, "")
    assert place.settle() is not None


def test_a_list_that_was_never_written_is_to_be_written(place: Place) -> None:
    place.desk.journal.put_project(place.desk.record)
    assert place.settle() is None


def test_a_folder_within_the_project_is_asked_for_as_any_other(place: Place) -> None:
    assert place.settle() is not None
    assert already_saved(Parts(place.setup), place.desk.folder / "labeled-data") is None


def test_all_projects_of_a_computer_are_known_together_or_not_at_all(place: Place) -> None:
    assert place.settle() is not None
    (alone,) = all_already_saved(Parts(place.setup)) or []
    assert (alone.project, alone.unchanged) == ("p", len(FILES))
    second = replace(place.desk.record, id="q", dir=place.setup.state.path / "second", manifest_etag="e")
    (second.dir / CORNER).mkdir(parents=True)
    (second.dir / CORNER / MARKER).write_text("{}")
    (second.dir / "a.txt").write_text("a")
    place.desk.journal.put_project(second)
    place.desk.journal.put_items(
        "q", [place.desk.saved("notes.txt")._replace(path="a.txt", stat=stat_of(second.dir / "a.txt"))]
    )
    assert all_already_saved(Parts(place.setup)) is None, "another project was brought since"
    for record in place.desk.journal.projects():
        assert all_already_saved(Parts(place.setup)) is None
        place.desk.saver.changes(record)
    assert [report.project for report in all_already_saved(Parts(place.setup)) or []] == ["p", "q"]
    (second.dir / "b.txt").write_text("b")
    assert all_already_saved(Parts(place.setup)) is None
    assert place.look() is not None, "of the first one alone it is still known"


def test_where_nobody_looked_nothing_is_known(place: Place) -> None:
    assert all_already_saved(Parts(place.setup)) is None
