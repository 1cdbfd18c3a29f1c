"""Item models, each under Qt's own tester, which fails on any broken promise to the views."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.models.files import FilesModel
from launcher.ui.models.places import PlaceRole, PlacesModel
from launcher.ui.models.posters import Posters
from launcher.ui.models.projects import ProjectFilter, ProjectsModel
from launcher.ui.models.videos import VideosModel
from launcher.ui.rows import Entry, place_of, project_of, run_of, saved_state_of
from launcher.ui.theme import Theme
from launcher.ui.window_desk import WindowDesk
from tests.ui.driving import until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, MountedDesk, page, place, project, saved

Drive = Callable[[Callable[[], Any]], None]


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    """Keep the answer: the tester lives as long as it."""
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


def names(model: QAbstractItemModel) -> list[str]:
    """The first column."""
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_places_keep_what_is_chosen_while_runs_come_and_go(qapp: object) -> None:
    model = PlacesModel()
    tester = watched(model)
    model.show_places([place_of(place("Home", HOME, "home", durability="kept")), place_of(place("Open field", DATA))])
    chosen = model.index_of(DATA)
    run = {"run": "r", "tool": "sleap", "project": "p", "state": "starting", "dir": "/d", "message": ""}
    model.show_runs([run_of(run)])
    assert names(model) == ["Places", "Home", "Open field", "Running", "SLEAP · p"]
    assert model.index(4).data(PlaceRole.CAPTION) == "starting …"
    model.show_runs([run_of(run | {"state": "running"})])
    assert model.index(4).data(PlaceRole.CAPTION) == "its window is open"
    model.show_runs([])
    assert names(model) == ["Places", "Home", "Open field"] and chosen.data() == "Open field"
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert tester.model() is model


def test_a_chosen_place_stays_chosen_while_its_mount_goes_and_comes(drive: Drive, theme: Theme) -> None:
    desk = MountedDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            chosen = window.places.currentIndex
            await until(lambda: chosen().data(PlaceRole.CAPTION) == "shared, read-only · mounted")
            desk.is_mounted = False
            window.browsing.find_places()
            await until(lambda: chosen().data(PlaceRole.CAPTION) == "shared, read-only · no mount")
            assert chosen().data() == "Open field"

    drive(story)


def test_a_place_out_of_reach_says_why(qapp: object) -> None:
    model = PlacesModel()
    model.show_places([place_of(place("Lab", DATA, reachable=False, message="You do not have access. <Ask>"))])
    assert model.index(1).data(PlaceRole.CAPTION) == "shared, read-only · not reachable"
    assert "&lt;Ask&gt;" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_projects_come_in_batches_and_never_twice(drive: Drive) -> None:
    async def story() -> None:
        tasks, calls = Tasks(lambda name, exc: None), DeskCalls(CalmDesk)
        model = ProjectsModel(Posters(calls, tasks))
        shown = ProjectFilter(model)
        testers = watched(model), watched(shown)
        model.add([project_of(project("a")), project_of(project("b"))])
        model.add([project_of(project("b")), project_of(project("c"))])
        assert names(model) == names(shown) == ["a", "b", "c"]
        repainted: list[int] = []
        model.dataChanged.connect(lambda first, last: repainted.append(first.row()))
        state = saved_state_of(saved(f"{DATA}b/"))
        model.show_saved({state.uri: state})
        model.show_saved({state.uri: state})
        assert repainted == [1], "only the card that says something else is repainted"
        shown.choose("mine")
        assert names(shown) == ["b"]
        model.clear()
        assert names(shown) == [] and testers
        await tasks.close()
        await calls.close()

    drive(story)


def test_files_are_listed_when_a_folder_is_opened(drive: Drive) -> None:
    first = [page("a.csv", folders=["raw/"]), page("b.csv")]
    desk = CalmDesk(levels={DATA: first, f"{DATA}raw/": [page("m.mp4", base="raw/")]})

    async def story(model: FilesModel) -> None:
        model.show(DATA)
        assert model.rowCount() == 0
        model.list_first()
        model.list_first()  # whoever looks may ask twice
        await until(lambda: model.rowCount() == 3)
        assert names(model) == ["raw", "a.csv", "b.csv"]
        assert heard(model, 0) == "raw, folder, closed"
        model.open(0)
        model.open(1)  # a file does not open
        await until(lambda: names(model) == ["raw", "m.mp4", "a.csv", "b.csv"])
        assert model.index(1, 1).data() == "1.0 kB" and model.row(1).depth == 1
        assert heard(model, 0) == "raw, folder, open, level 1" and heard(model, 1) == "m.mp4"
        assert (model.parent_of(1), model.parent_of(0)) == (0, -1)
        model.close(0)
        assert names(model) == ["raw", "a.csv", "b.csv"]
        model.open(0)
        assert names(model) == ["raw", "m.mp4", "a.csv", "b.csv"], "what is known is not listed again"

    drive(lambda: _with_files(desk, story))


def test_a_folder_that_was_closed_while_it_was_listed(drive: Drive) -> None:
    class HeldFolderDesk(CalmDesk):
        go = threading.Event()

        def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[dict[str, Any]]:
            if uri != DATA:
                self.go.wait(30)
            yield page("deep.csv") if uri != DATA else page("last.csv", folders=["raw/"])

    desk = HeldFolderDesk()

    async def story(model: FilesModel) -> None:
        model.show(DATA)
        model.list_first()
        await until(lambda: names(model) == ["raw", "last.csv"])
        model.open(0)
        model.close(0)
        ended: list[str] = []
        model.listed.connect(ended.append)
        desk.go.set()
        await until(lambda: ended == [f"{DATA}raw/"])
        assert names(model) == ["raw", "last.csv"]
        model.open(0)
        assert names(model) == ["raw", "deep.csv", "last.csv"]

    drive(lambda: _with_files(desk, story))


def test_a_folder_that_cannot_be_listed_is_closed_again(drive: Drive) -> None:
    desk = CalmDesk(levels={DATA: [page("a.csv", folders=["raw/"])]})

    async def story(model: FilesModel) -> None:
        failed: list[str] = []
        model.failed.connect(lambda uri, exc: failed.append(uri))
        model.show(DATA)
        model.list_first()
        await until(lambda: model.rowCount() == 2)
        model.open(0)
        await until(lambda: failed == [f"{DATA}raw/"])
        assert heard(model, 0) == "raw, folder, closed"

    drive(lambda: _with_files(desk, story))


def heard(model: QAbstractItemModel, row: int) -> str:
    """What a screen reader says of a row."""
    text: str = model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    return text


def test_a_level_that_failed_can_be_asked_for_again(drive: Drive) -> None:
    class FlickeringDesk(CalmDesk):
        tries = 0

        def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[dict[str, Any]]:
            self.tries += 1
            if self.tries == 1:
                raise errors.Unreachable("127.0.0.1")
            yield page("a.csv")

    async def story(model: FilesModel) -> None:
        failed: list[str] = []
        model.failed.connect(lambda uri, exc: failed.append(exc.title))
        model.show(DATA)
        model.list_first()
        await until(lambda: failed == ["The storage server does not answer"])
        model.list_first()
        await until(lambda: names(model) == ["a.csv"])

    drive(lambda: _with_files(FlickeringDesk(), story))


def test_a_place_that_was_left_does_not_come_back(drive: Drive) -> None:
    class HeldDesk(CalmDesk):
        go = threading.Event()

        def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[dict[str, Any]]:
            if uri == DATA:
                self.go.wait(30)
            yield page(uri.rstrip("/").rpartition("/")[2])

    desk = HeldDesk()

    async def story(model: FilesModel) -> None:
        ended: list[str] = []
        model.listed.connect(ended.append)
        model.show(DATA)
        model.list_first()
        model.show(HOME)
        model.list_first()
        await until(lambda: ended == [HOME])
        assert names(model) == ["me"]
        desk.go.set()
        await until(lambda: ended == [HOME, DATA])
        assert names(model) == ["me"]

    drive(lambda: _with_files(desk, story))


def test_a_hundred_thousand_files_in_one_folder(drive: Drive) -> None:
    pages = [page(*(f"img{n:06}.png" for n in range(start, start + 1000))) for start in range(0, 100_000, 1000)]

    async def story(model: FilesModel) -> None:
        model.show(DATA)
        model.list_first()
        await until(lambda: model.rowCount() == 100_000)
        assert model.index(99_999, 0).data() == "img099999.png"

    drive(lambda: _with_files(CalmDesk(levels={DATA: pages}), story, tester=False))


def test_an_index_of_a_place_that_was_left_is_harmless(drive: Drive) -> None:
    async def story(model: FilesModel) -> None:
        model.show(DATA)
        model.list_first()
        await until(lambda: model.rowCount() == 1)
        kept = model.index(0, 0)
        model.show(HOME)
        gc.collect()
        assert model.data(kept) is None and model.rowCount(kept) == 0

    drive(lambda: _with_files(CalmDesk(levels={DATA: [page("a.csv")]}), story, tester=False))


async def _with_files(desk: WindowDesk, story: Callable[[FilesModel], Any], *, tester: bool = True) -> None:
    tasks, calls = Tasks(lambda name, exc: None), DeskCalls(lambda: desk)
    model = FilesModel(calls, tasks)
    watcher = watched(model) if tester else None
    try:
        await story(model)
    finally:
        await tasks.close()
        await calls.close()
        del watcher


def test_videos_with_their_folders(qapp: object) -> None:
    model = VideosModel()
    tester = watched(model)
    model.clear(DATA)
    model.add([Entry("m4.mp4", f"{DATA}2018/m4.mp4", 2_000_000, "2018-10-30T12:00:00Z")])
    assert [model.index(0, column).data() for column in range(4)] == ["m4.mp4", "2018", "2.0 MB", "2018-10-30 12:00"]
    model.clear()
    assert model.rowCount() == 0 and tester.model() is model
