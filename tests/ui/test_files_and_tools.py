"""Files, folders, other tools and recent projects in the window: by button, key, menu and drag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QTextBrowser,
    QTreeWidget,
    QWidget,
)

from launcher import errors
from launcher.ui.commands import Outcome
from launcher.ui.dialogs.choose import FolderName
from launcher.ui.dialogs.help import Help
from launcher.ui.dialogs.pick import Pick
from launcher.ui.dialogs.upload_plan import UploadPlan
from launcher.ui.main_window import MainWindow
from launcher.ui.models.places import PlaceRole
from launcher.ui.panes.drops import project_mime
from launcher.ui.theme import Theme
from tests.ui.driving import button, cards, choose_first, press, said, until, window_on
from tests.ui.stand_ins import (
    DATA,
    HOME,
    CalmDesk,
    MountedDesk,
    PlayedCommands,
    page,
    project,
    running_tool,
    saved,
)
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
SCRATCH = "/scratch/openfield-0badcafe/"
COPY = Qt.DropAction.CopyAction


def shown(window: MainWindow, kind: type[Any]) -> Any:
    """The dialog of that kind, if it is open."""
    return next((one for one in window.findChildren(kind) if one.isVisible()), None)


async def shows(window: MainWindow, kind: type[Any]) -> Any:
    """The dialog of that kind, as soon as it is open."""
    await until(lambda: shown(window, kind), kind.__name__)
    return shown(window, kind)


def names(window: MainWindow) -> list[str]:
    """The rows on the left."""
    model = window.browsing.places
    return [model.index(row).data() for row in range(model.rowCount())]


def files(window: MainWindow) -> list[str]:
    """The first level of the files."""
    model = window.browsing.level.files
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def let_go(over: QWidget, mime: QMimeData, where: QPoint | None = None) -> bool:
    """Drag something over a widget and let it go there; was it taken?"""
    at = QPointF(where or over.rect().center())
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at.toPoint(), COPY, mime, buttons, keys)
    QApplication.sendEvent(over, enter)
    drop = QDropEvent(at, COPY, mime, buttons, keys)
    QApplication.sendEvent(over, drop)
    return drop.isAccepted()


def dragged_files(*paths: str) -> QMimeData:
    """As a file explorer gives them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


# Where things lie


def test_the_folder_of_a_project_that_is_here_is_shown_in_our_own_list(drive: Drive, theme: Theme) -> None:
    here = {"prefixes": [f"{SCRATCH}labeled-data/"], "objects": [[f"{SCRATCH}config.yaml", 1200, "", "", ""]]}
    desk = CalmDesk([project()], [saved(f"{DATA}openfield/")], levels={SCRATCH: [here]})

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            await until(lambda: window.acts["open-folder"].isEnabled())
            press(window, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
            await until(lambda: files(window) == ["labeled-data", "config.yaml"])
            assert window.browser.tab == "files"
            assert "This computer" in said(window.top) and "openfield-0badcafe" in said(window.top)
            window.browser.files.setCurrentIndex(window.browsing.level.files.index(1, 0))
            window.acts["copy-path"].trigger()
            assert QGuiApplication.clipboard().text() == f"{SCRATCH}config.yaml"
            assert not window.acts["copy-address"].isEnabled(), "it has no address in S3"
            assert not window.acts["download"].isEnabled(), "it is here already"

    drive(story)


def test_a_file_of_a_mounted_bucket_has_a_path_for_other_programs(drive: Drive, theme: Theme) -> None:
    there = {"prefixes": ["days/"], "objects": [["notes é.txt", 12, "", "", ""]]}

    async def story() -> None:
        async with window_on(MountedDesk(levels={DATA: [there]}), theme) as window:
            window.acts["show-files"].trigger()
            await until(lambda: files(window) == ["days", "notes é.txt"])
            window.browser.files.setCurrentIndex(window.browsing.level.files.index(1, 0))
            window.acts["copy-path"].trigger()
            assert QGuiApplication.clipboard().text() == "/mnt/openfield/notes é.txt"
            assert not window.acts["open-folder"].isEnabled(), "the window itself touches no mount"

    drive(story)


def test_a_project_elsewhere_has_an_address_and_no_folder(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await choose_first(window)
            assert not window.acts["open-folder"].isEnabled() and not window.acts["copy-path"].isEnabled()
            window.acts["copy-address"].trigger()
            assert QGuiApplication.clipboard().text() == f"{DATA}openfield/"
            assert f"The address is in the clipboard: {DATA}openfield/" in said(window.browser)

    drive(story)


@pytest.mark.parametrize("tab", ["show-files", "show-videos"])
def test_a_row_of_the_files_or_videos_is_what_the_verbs_act_on(drive: Drive, theme: Theme, tab: str) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(levels={DATA: [page("m4.mp4")]}), theme) as window:
            await choose_first(window)
            window.acts[tab].trigger()
            await until(lambda: isinstance(window.browser.view(), QAbstractItemView), "a row")
            assert not window.acts["copy-address"].isEnabled(), "no row is chosen yet"
            view = window.browser.view()
            assert isinstance(view, QAbstractItemView)
            view.setCurrentIndex(view.model().index(0, 0))
            window.acts["copy-address"].trigger()
            assert QGuiApplication.clipboard().text() == f"{DATA}m4.mp4"
            offered = [action.text() for action in view.actions()]
            assert "Download to a folder …" in offered and "Copy address" in offered

    drive(story)


def test_folders_open_and_close_by_key_and_by_click(drive: Drive, theme: Theme) -> None:
    levels = {DATA: [page("a.csv", folders=["raw/"])], f"{DATA}raw/": [page("m.mp4", base="raw/")]}

    async def story() -> None:
        async with window_on(CalmDesk(levels=levels), theme) as window:
            await choose_first(window)
            window.acts["show-files"].trigger()
            await until(lambda: files(window) == ["raw", "a.csv"])
            view = window.browser.files
            view.setFocus()
            view.setCurrentIndex(view.model().index(0, 0))
            press(view, Qt.Key.Key_Right)
            await until(lambda: files(window) == ["raw", "m.mp4", "a.csv"])
            press(view, Qt.Key.Key_Down)
            assert view.currentIndex().data() == "m.mp4"
            press(view, Qt.Key.Key_Left)
            assert view.currentIndex().data() == "raw", "left goes to the folder around"
            press(view, Qt.Key.Key_Left)
            assert files(window) == ["raw", "a.csv"]
            arrow = view.visualRect(view.model().index(0, 0)).topLeft() + QPoint(14, 14)
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=arrow)
            assert files(window) == ["raw", "m.mp4", "a.csv"]
            press(view, Qt.Key.Key_Return)
            assert files(window) == ["raw", "a.csv"]

    drive(story)


def test_a_hundred_thousand_files_can_be_walked_to_their_end(drive: Drive, theme: Theme) -> None:
    pages = [page(*(f"img{n:06}.png" for n in range(start, start + 1000))) for start in range(0, 100_000, 1000)]

    async def story() -> None:
        async with window_on(CalmDesk(levels={DATA: pages}), theme) as window:
            await choose_first(window)
            window.acts["show-files"].trigger()
            view = window.browser.files
            await until(lambda: view.model().rowCount() == 100_000 and view.isVisible())
            view.setFocus()
            press(view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
            assert view.currentIndex().siblingAtColumn(0).data() == "img099999.png"
            assert view.visualRect(view.currentIndex()).intersects(view.viewport().rect()), "it is in sight"

    drive(story)


def test_hostile_names_are_plain_text_in_rows_plans_and_recents(drive: Drive, theme: Theme) -> None:
    hostile = "<b>bold<b> \u202egnp\x1b[31m &amp;\n" + "x" * 1000
    opened = {"uri": f"{DATA}x/", "name": hostile, "tool": "sleap", "opened": "2026-01-05T10:00:00Z", "saved": True}
    desk = CalmDesk(levels={DATA: [page(f"{hostile}.mp4", folders=[f"{hostile}/"])]}, opened=[opened])
    shown_as = "<b>bold<b> \\u202egnp\\u001b[31m &amp;\\u000a"

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: any(name.startswith(shown_as) for name in names(window)), "recents")
            await choose_first(window)
            for tab, model in (
                ("show-files", window.browsing.level.files),
                ("show-videos", window.browsing.level.videos),
            ):
                window.acts[tab].trigger()
                await until(lambda model=model: model.rowCount())  # type: ignore[misc]
                index = model.index(0, 0)
                assert index.data().startswith(shown_as)
                tooltip = index.data(Qt.ItemDataRole.ToolTipRole)
                assert "&lt;b&gt;" in tooltip and "<b>" not in tooltip
            window.file_deeds.dropped([f"/tmp/{hostile}"])
            tree = (await shows(window, UploadPlan)).findChild(QTreeWidget)
            assert tree.topLevelItem(0).text(0).startswith(shown_as)
            assert window.width() == 1440, "a long name must not widen the window"

    drive(story)


# Down and up


def test_a_download_asks_where_to_and_shows_how_it_goes(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"files": 2, "bytes": 3_000_000, "skipped": [{"path": "a", "reason": "b"}]})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["download"].trigger()
            asked = await shows(window, Pick)
            assert "openfield" in asked.windowTitle()
            await until(lambda: asked.places.count() == 2, "where to begin")
            assert asked.places.itemText(0) == "ann · lost when the session ends"
            asked.path.setText("/tmp")
            asked.path.returnPressed.emit()
            button(asked, "Choose tmp").click()
            await until(lambda: commands.asked)
            assert commands.asked[0] == ("download", f"{DATA}openfield/", "/tmp")
            await until(lambda: "✓ 2 files, 3.0 MB; 1 left where it is" in said(window.strip))

    drive(story)


def test_a_download_that_nobody_wants_after_all(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["download"].trigger()
            (await shows(window, Pick)).reject()
            await until(lambda: "choose a folder" not in window.tasks.names())
        assert commands.asked == []

    drive(story)


def test_a_folder_that_cannot_be_listed_is_told_where_one_picks(drive: Drive, theme: Theme) -> None:
    class ClosedDesk(CalmDesk):
        def list_folder(self, folder: str, *, recursive: bool = False) -> Iterator[dict[str, Any]]:
            raise errors.NotFound(folder, title="There is no such folder on this computer")

    async def story() -> None:
        async with window_on(ClosedDesk(), theme) as window:
            await choose_first(window)
            window.acts["upload"].trigger()
            asked = await shows(window, Pick)
            await until(lambda: "✕ There is no such folder on this computer" in said(asked))
            button(asked, "One level up").click()
            assert asked.path.text() == "/home"
            asked.places.activated.emit(1)
            assert asked.path.text() == "/home/ann/MyFiles/HomeFolder"
            asked.reject()

    drive(story)


def test_dropped_files_are_planned_before_anything_is_sent(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"saved": ["a.csv"], "plan": [{"path": "b.csv", "fate": "there already"}]})])
    desk = CalmDesk([], taken=frozenset({"b.csv"}), levels={HOME: [page("b.csv")]})

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: len(names(window)) == 4)
            assert not let_go(window.browser, dragged_files("/tmp/a.csv")), "data buckets take nothing"
            window.places.chosen.emit(window.browsing.places.index(1).data(PlaceRole.PLACE))
            assert let_go(window.browser, dragged_files("/tmp/a.csv", "/tmp/b.csv"))
            plan = await shows(window, UploadPlan)
            tree = plan.findChild(QTreeWidget)
            rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
            told = {row.text(0): row.text(2) for row in rows}
            assert told == {"a.csv": "will be sent", "b.csv": "is there already and stays"}
            assert not plan.isModal() and commands.asked == []
            assert "never replaced" in said(plan)
            button(plan, "Send 1 file, 1.0 kB").click()
            await until(lambda: commands.asked)
            assert commands.asked[0] == ("upload", "/tmp/a.csv", "/tmp/b.csv", "--to", HOME)
            await until(lambda: "✓ 1 file sent; 1 left where it is" in said(window.strip))

    drive(story)


def test_sending_by_keyboard_and_thinking_better_of_it(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        files = {"/home/ann/": [page("passwd", "b.csv", base="/home/ann/", folders=("data/",))]}
        async with window_on(CalmDesk(taken=frozenset({"passwd"}), levels=files), theme, commands) as window:
            await choose_first(window)
            press(window, Qt.Key.Key_Insert)
            asked = await shows(window, Pick)
            await until(lambda: asked.files.rowCount() == 3, "the folder is listed")
            assert not button(asked, "Choose files").isEnabled()
            press(asked.view, Qt.Key.Key_Down)
            assert not button(asked, "Choose files").isEnabled(), "a folder is no file"
            press(asked.view, Qt.Key.Key_Down)
            assert faults(asked) == []
            button(asked, "Choose 1 file").click()
            plan = await shows(window, UploadPlan)
            assert "nothing would be sent" in said(plan)
            assert not button(plan, "Send 0 files, 0 bytes").isEnabled()
            button(plan, "Send nothing").click()
        assert commands.asked == []

    drive(story)


def test_a_new_folder_is_made_where_one_looks(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: len(names(window)) == 4)
            press(window, Qt.Key.Key_Insert, Qt.KeyboardModifier.ShiftModifier)
            asked = await shows(window, FolderName)
            button(asked, "Make it").click()
            assert asked.isVisible(), "a folder without a name is none"
            asked.findChild(QLineEdit).setText(" analysis/ ")
            button(asked, "Make it").click()
            await until(lambda: desk.made == [f"{HOME}analysis/"])
            await until(lambda: f"✓ The folder is there: {HOME}analysis/" in said(window.browser))

    drive(story)


# Other tools


def test_a_tool_that_cannot_open_it_is_not_offered_but_named(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            sentence = "SLEAP cannot open it: it is a DeepLabCut project."
            await until(lambda: sentence in said(window.inspector))
            assert "Open in SLEAP …" not in said(window.inspector)
            press(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
            assert sentence in said(window.browser)
        assert commands.asked == []

    drive(story)


def test_a_tool_that_can_open_it_is_the_second_action(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(versatile=frozenset({"sleap"})), theme, commands) as window:
            await choose_first(window)
            await until(lambda: "Open in SLEAP …" in said(window.inspector))
            button(window.inspector, "Open in SLEAP …").click()
            await until(lambda: commands.asked)
            assert commands.asked[0] == ("open", f"{DATA}openfield/", "--with", "sleap")

    drive(story)


def test_a_card_is_dragged_onto_a_tool(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            offered: list[str] = []

            def drag() -> None:
                offered.extend(names(window)[-2:])
                row = window.browsing.places.index(window.browsing.places.rowCount() - 1)
                window.places.scrollTo(row)
                where = window.places.visualRect(row).center()
                assert let_go(window.places.viewport(), project_mime(f"{DATA}openfield/"), where)

            window.browser.cards.dragged.emit(drag)
            assert offered == ["Open in", "DeepLabCut"]
            assert "Open in" not in names(window), "the targets go when the card was let go"
            await until(lambda: commands.asked)
            assert commands.asked[0] == ("open", f"{DATA}openfield/")

    drive(story)


def test_a_running_tool_that_cannot_open_the_card_starts_nothing(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(tools=[running_tool()]), theme, commands) as window:
            await choose_first(window)
            await until(lambda: "SLEAP · fly-pair" in names(window))
            row = window.browsing.places.index(names(window).index("SLEAP · fly-pair"))
            where = window.places.visualRect(row).center()
            assert let_go(window.places.viewport(), project_mime(f"{DATA}openfield/"), where)
            assert "Nothing was started: SLEAP cannot open this project." in said(window.browser)
        assert commands.asked == []

    drive(story)


# What was open last


def test_recent_projects_lead_back_to_their_cards(drive: Drive, theme: Theme) -> None:
    opened = {"uri": f"{DATA}fly-pair/", "name": "fly-pair", "tool": "sleap", "opened": "2026-01-05T10:00:00Z"}
    desk = CalmDesk(opened=[opened | {"saved": True}])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: names(window)[-2:] == ["Recent", "fly-pair"])
            row = window.browsing.places.index(window.browsing.places.rowCount() - 1)
            assert row.data(PlaceRole.CAPTION).endswith("· saved")
            window.places.chosen.emit(window.browsing.places.index(1).data(PlaceRole.PLACE))
            await until(lambda: cards(window) == [])
            window.places.clicked.emit(row)
            await until(lambda: window.chosen is not None and window.chosen.name == "fly-pair")
            assert window.browser.tab == "projects"

    drive(story)


def test_what_was_opened_now_is_the_newest(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk()

    async def story() -> None:
        async with window_on(desk, theme, PlayedCommands([Outcome(0, {"run": "r1"})])) as window:
            await choose_first(window)
            window.acts["open"].trigger()
            await until(lambda: names(window)[-1] == f"{DATA}openfield/")

    drive(story)


# Help


def test_help_is_one_page_that_can_be_read_by_keyboard(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            window.acts["help"].trigger()
            page_of_help = (await shows(window, Help)).findChild(QTextBrowser)
            text = page_of_help.toPlainText()
            for word in ("All results saved", "conflict copy", "bucket", "key, prefix", "does not answer"):
                assert word in text
            await until(page_of_help.hasFocus, "the keyboard is where one reads")
            assert page_of_help.accessibleName() == "Help"
            assert page_of_help.verticalScrollBar().maximum() > 0
            press(page_of_help, Qt.Key.Key_PageDown)
            assert page_of_help.verticalScrollBar().value() > 0
            press(page_of_help, Qt.Key.Key_Escape)
            await until(lambda: shown(window, Help) is None)

    drive(story)


def test_the_keys_named_on_the_help_page_are_the_ones_in_force(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            window.acts["help"].trigger()
            text = (await shows(window, Help)).findChild(QTextBrowser).toPlainText()
            for action, words in (
                ("save", "Save results to home bucket (F9)"),
                ("unsaved", "Not saved yet (Shift+F9)"),
                ("leave", "Save, stop and leave (Ctrl+F8)"),
                ("saved-states", "Saved states (Ctrl+F9)"),
                ("keys", "Keyboard (Shift+F1)"),
            ):
                assert words in text
                assert window.acts[action].shortcut() == QKeySequence(words.rpartition("(")[2].rstrip(")"))

    drive(story)


# Layout


def test_the_details_come_to_rest_at_every_size(drive: Drive, theme: Theme) -> None:
    """A scroll bar that came and went with the height of what is beside it once ended the program."""
    parts = [f"part {number}" for number in range(9)]

    async def story() -> None:
        async with window_on(CalmDesk([project(body_parts=parts)]), theme) as window:
            await choose_first(window)
            for height in range(520, 900, 4):
                window.resize(1440, height)
                QApplication.sendPostedEvents()
            assert "openfield" in said(window.inspector)

    drive(story)
