"""What a person is asked before somebody else's project may run code here, and when they are asked again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from launcher.errors import NotDone
from launcher.journal import Item, Journal, Origin, ProjectRecord, Saved, Stat, State
from launcher.projects import local_files
from launcher.projects.parsing import Parsers
from launcher.runs.trust import Question, question, refusal, remember
from launcher.tools import tool
from tests.unit.tools.made_projects import CONFIG, files, pandas_h5

KIND = tool("deeplabcut")
HOME = "s3://home/ada/"
PLACE = "s3://lab/shared/reaching/"
TRAIN = "dlc-models-pytorch/iteration-0/r-trainset80shuffle1/train"
PICKLE = "training-datasets/iteration-0/UnaugmentedDataSet_r/Documentation_data-r_80shuffle1.pickle"


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(1) as made:
        yield made


class Desk:
    """A computer with one project, and what its journal knows of it."""

    def __init__(self, place: Path, parsers: Parsers) -> None:
        self.journal = Journal(place / "state/journal.sqlite")
        self.parsers = parsers
        folder = place / "reaching-12345678"
        self.record = ProjectRecord(
            folder.name, PLACE, "reaching", "deeplabcut", "config.yaml", folder, f"{HOME}projects/{folder.name}/", "now"
        )
        files(folder, {"config.yaml": CONFIG})
        self.staged("config.yaml")

    def put(self, path: str, content: str | bytes) -> Path:
        """A file of the project's folder, of which the journal hears nothing."""
        files(self.record.dir, {path: content})
        return self.record.dir / path

    def staged(self, *paths: str, origin: str = PLACE) -> None:
        """These files came from there."""
        self._know(paths, Origin(origin, "etag", local_crc64nvme="crc"), None, State.STAGED)

    def saved(self, *paths: str, crc: str = "changed here") -> None:
        """The person saved these from here, after they were changed or not."""
        saved = Saved("key", "etag", None, 1, crc, "", crc)
        self._know(paths, Origin(PLACE, "etag", local_crc64nvme="crc"), saved, State.SAVED, crc)

    def _know(
        self, paths: tuple[str, ...], origin: Origin, saved: Saved | None, state: State, crc: str = "crc"
    ) -> None:
        stats = {path: Stat.of(os.stat(self.record.dir / path)) for path in paths}
        items = [Item(path, stat, crc, "", origin, saved, state) for path, stat in stats.items()]
        self.journal.put_items(self.record.id, items)

    def asks(self) -> Question | None:
        return question(self.record, KIND, self.parsers, self.journal)

    def is_asked(self) -> Question:
        asked = self.asks()
        assert asked is not None
        return asked


@pytest.fixture
def desk(tmp_path: Path, parsers: Parsers) -> Iterator[Desk]:
    made = Desk(tmp_path, parsers)
    yield made
    made.journal.close()


def test_a_project_that_carries_no_code_never_asks(desk: Desk) -> None:
    pandas_h5(desk.record.dir / "labeled-data/left/CollectedData_Ada.h5", [[1.0, 2.0]])
    desk.put(f"{TRAIN}/pytorch_config.yaml", "runner: {device: auto}")
    desk.put(f"{TRAIN}/snapshot-10.pt", b"weights")
    desk.staged(f"{TRAIN}/pytorch_config.yaml", f"{TRAIN}/snapshot-10.pt", "labeled-data/left/CollectedData_Ada.h5")
    assert desk.asks() is None


def test_the_question_says_who_what_and_what_to_do(desk: Desk) -> None:
    config = f"{TRAIN}/pytorch_config.yaml"
    desk.put(config, "runner: {load_weights_only: false}")
    pickles = [f"videos/m{number}DLC_full.pickle" for number in range(5)]
    for path in pickles:
        desk.put(path, b"x")
    desk.staged(config, *pickles)
    asked = desk.is_asked()
    assert asked.title == f"reaching comes from {PLACE} and can run programs on this computer when DeepLabCut opens it"
    protection, unpickled = sorted(asked.reasons, reverse=True)
    assert protection.startswith("load_weights_only: false,") and protection.endswith(config)
    assert unpickled.startswith("Pickle files,") and unpickled.endswith("m2DLC_full.pickle and 2 more")
    assert asked.advice.startswith(f"Go on only if you trust everyone who can write to {PLACE}.")
    assert asked.to_json()["files"] == sorted([config, *pickles])
    assert len(asked.lines) == 4


@pytest.mark.parametrize(
    ("task", "then"),
    [
        ("open", "when DeepLabCut opens it"),
        ("train", "when DeepLabCut trains a model on it"),
        ("infer", "when DeepLabCut predicts with a model of it"),
        ("evaluate", "when DeepLabCut predicts its labelled frames with a model of it"),
    ],
)
def test_the_question_names_what_is_about_to_happen(desk: Desk, task: str, then: str) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE)
    asked = question(desk.record, KIND, desk.parsers, desk.journal, task)
    assert asked is not None and asked.title.endswith(then) and asked.to_json()["task"] == task


def test_a_refusal_names_it_all_and_ends_as_not_done(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE)
    refused = refusal(desk.is_asked())
    assert isinstance(refused, NotDone) and refused.exit_code == 4
    assert "Nothing was started" in str(refused) and PICKLE in str(refused) and "--trust" in str(refused)
    assert "\n" not in str(refused)
    assert desk.asks() is not None


def test_an_answer_is_remembered_until_something_is_new(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE)
    remember(desk.is_asked(), desk.journal)
    assert desk.asks() is None
    desk.put("videos/new_meta.pickle", b"y")
    desk.staged("videos/new_meta.pickle")
    asked = desk.is_asked()
    assert asked.title == (
        f"Files of reaching that can run programs when DeepLabCut opens it are new or changed since you trusted {PLACE}"
    )
    assert list(asked.contents) == ["videos/new_meta.pickle"]
    remember(asked, desk.journal)
    assert desk.asks() is None


def test_a_changed_file_asks_again_though_size_and_time_are_as_before(desk: Desk) -> None:
    file = desk.put(PICKLE, b"good")
    desk.staged(PICKLE)
    asked = desk.is_asked()
    was = file.stat()
    file.write_bytes(b"evil")  # while the person reads the question
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    remember(asked, desk.journal)
    assert list(desk.is_asked().contents) == [PICKLE]


def test_a_file_that_is_gone_or_was_brought_again_asks_nothing(desk: Desk) -> None:
    for path in (PICKLE, "b.pickle"):
        desk.put(path, b"x")
    desk.staged(PICKLE, "b.pickle")
    remember(desk.is_asked(), desk.journal)
    (desk.record.dir / "b.pickle").unlink()
    assert desk.asks() is None
    desk.put("b.pickle", b"x")
    desk.staged("b.pickle")
    assert desk.asks() is None


def test_a_switched_off_protection_asks_for_the_snapshots_that_come_later_too(desk: Desk) -> None:
    config, snapshot = f"{TRAIN}/pytorch_config.yaml", f"{TRAIN}/snapshot-10.pt"
    desk.put(config, "runner: {load_weights_only: false}")
    desk.put(snapshot, b"weights")
    desk.staged(config, snapshot)
    remember(desk.is_asked(), desk.journal)
    desk.put(snapshot, b"other weights")
    desk.staged(snapshot)
    assert list(desk.is_asked().contents) == [snapshot]


def test_what_was_made_here_is_the_persons_own(desk: Desk) -> None:
    desk.put(PICKLE, b"made by training")
    assert desk.asks() is None


def test_what_came_from_the_home_prefix_is_the_persons_own(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE, origin=f"{HOME}projects/{desk.record.id}/{PICKLE}")
    assert desk.asks() is None
    desk.staged(PICKLE, origin="s3://home/ada-and-others/x.pickle")
    assert desk.asks() is not None


def test_only_what_the_person_changed_becomes_their_own_by_saving(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.saved(PICKLE, crc="crc")  # a first save copies everything, as it came
    assert desk.asks() is not None
    desk.saved(PICKLE)
    assert desk.asks() is None
    desk.put(PICKLE, b"something else")
    assert desk.asks() is not None


def test_a_folder_that_was_never_brought_here_asks_for_all_of_it(desk: Desk, tmp_path: Path) -> None:
    folder = files(tmp_path / "stick", {"config.yaml": CONFIG, "a.pickle": b"x"})
    desk.record = ProjectRecord("stick-1", folder.as_uri(), "stick", "deeplabcut", "config.yaml", folder, home="")
    asked = desk.is_asked()
    assert asked.writer == str(folder)
    remember(asked, desk.journal)
    assert desk.asks() is None


def test_a_lost_journal_trusts_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.put(PICKLE, b"x")
    assert desk.asks() is None
    desk.journal.close()
    desk.journal = Journal(tmp_path / "another/journal.sqlite")
    assert list(desk.is_asked().contents) == [PICKLE]


def test_another_place_of_origin_is_another_writer(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE)
    remember(desk.is_asked(), desk.journal)
    desk.record = replace(desk.record, uri="s3://elsewhere/reaching/")
    assert desk.is_asked().writer == "s3://elsewhere/reaching/"


def test_links_count_where_a_tool_would_follow_them(desk: Desk, tmp_path: Path) -> None:
    outside = files(tmp_path / "outside", {"x.pickle": b"x", "m.mp4": b"v"})
    (desk.record.dir / "a.pickle").symlink_to(outside / "x.pickle")
    (desk.record.dir / "folder").symlink_to(outside)
    (desk.record.dir / "film.mp4").symlink_to(outside / "m.mp4")
    asked = desk.is_asked()
    assert asked.reasons == ("Links, behind which nothing was looked at: a.pickle, folder",)
    remember(asked, desk.journal)
    assert desk.asks() is None


def test_a_file_that_ends_the_parser_counts_and_spares_the_others(desk: Desk, parsers: Parsers) -> None:
    class Fragile(Parsers):
        """Its children die of one file."""

        def __init__(self) -> None:
            super().__init__(0)

        def carriers(self, tool_id, asked):  # type: ignore[no-untyped-def]
            if any(path == "deadly.h5" for _, path in asked):
                from launcher.errors import Damaged

                raise Damaged("deadly.h5")
            return parsers.carriers(tool_id, asked)

    desk.put("deadly.h5", b"x")
    pandas_h5(desk.record.dir / "fine.h5", [[1.0]])
    desk.put("z.pickle", b"x")
    desk.staged("deadly.h5", "fine.h5", "z.pickle")
    desk.parsers = Fragile()
    asked = desk.is_asked()
    assert sorted(asked.contents) == ["deadly.h5", "z.pickle"]
    assert any("could not be looked into" in reason and "deadly.h5" in reason for reason in asked.reasons)


def test_a_second_look_needs_no_parser(desk: Desk) -> None:
    class Asleep(Parsers):
        """Must not be woken."""

        def carriers(self, tool_id, asked):  # type: ignore[no-untyped-def]
            raise AssertionError(f"asked for {asked}")

    for number in range(40):
        pandas_h5(desk.record.dir / f"labeled-data/v{number}/CollectedData_Ada.h5", [[1.0]])
    tables = [path for path in local_files.scan(desk.record.dir).files if path.endswith(".h5")]
    desk.staged(*tables)
    assert desk.asks() is None
    desk.parsers = Asleep(0)
    assert desk.asks() is None


def test_damaged_memories_only_cost_a_second_look(desk: Desk) -> None:
    desk.put(PICKLE, b"x")
    desk.staged(PICKLE)
    remember(desk.is_asked(), desk.journal)
    for name in (f"code that deeplabcut may run in {desk.record.id}", f"code trusted in {desk.record.id}"):
        desk.journal.put_fact(name, '["not ours"]')
    assert desk.asks() is not None
