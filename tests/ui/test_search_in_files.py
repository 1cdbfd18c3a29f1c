"""The search narrows the files that are listed, as it narrows projects and videos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtTest import QAbstractItemModelTester

from launcher.ui.main_window import MainWindow
from launcher.ui.models.file_tree import Search, row_of
from launcher.ui.rows import Entry
from launcher.ui.theme import Theme
from tests.ui.driving import said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, page

Drive = Callable[[Callable[[], Any]], None]
LEVELS = {
    DATA: [page("notes.txt", "img-notes.csv", folders=("labeled-data/", "videos/"))],
    f"{DATA}labeled-data/": [page("img001.png", "img002.png", "CollectedData.csv", base="labeled-data/")],
}


def names(window: MainWindow) -> list[str]:
    """The rows that are seen, all levels."""
    model = window.browsing.level.files
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_words_narrow_what_is_listed_also_in_open_folders(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(levels=LEVELS), theme) as window:
            model = window.browsing.level.files
            tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
            await until(lambda: window.browsing.history.now)
            window.acts["show-files"].trigger()
            await until(lambda: "notes.txt" in names(window))
            window.top.search.setText("notes")
            assert names(window) == ["notes.txt", "img-notes.csv"]
            window.top.search.setText("IMG")
            assert names(window) == ["img-notes.csv"], "a closed folder may hold anything: it is opened to be searched"
            window.top.search.clear()
            model.open(0)
            await until(lambda: len(names(window)) == 7)
            window.top.search.setText("img0")
            assert names(window) == ["labeled-data", "img001.png", "img002.png"]
            window.top.search.setText("labeled collected")
            assert names(window) == ["labeled-data", "CollectedData.csv"]
            window.top.search.setText("zebrafish")
            await until(lambda: "Nothing here passes the filter" in said(window.browser))
            window.acts["show-all"].trigger()
            assert len(names(window)) == 7
            tester.deleteLater()

    drive(story)


def test_a_folder_that_is_opened_while_searching_shows_what_is_found_in_it(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(levels=LEVELS), theme) as window:
            await until(lambda: window.browsing.history.now)
            window.acts["show-files"].trigger()
            await until(lambda: "notes.txt" in names(window))
            window.top.search.setText("data")
            assert names(window) == ["labeled-data"]
            window.browsing.level.files.open(0)
            await until(lambda: len(names(window)) == 4, "all in it has the folder's name in its address")
            window.browsing.level.files.close(0)
            assert names(window) == ["labeled-data"]

    drive(story)


def test_words_are_looked_for_below_the_place_itself() -> None:
    root = row_of(Entry("", DATA), None)
    file = row_of(Entry("a.txt", f"{DATA}a.txt", 1), root)
    root.children.append(file)
    assert list(Search.of(DATA, "lab").below(root)) == [], "the bucket's own name is in every address"
    assert list(Search.of(DATA, " A.TXT ").below(root)) == [file] == list(Search().below(root))
