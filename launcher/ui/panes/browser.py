"""The middle: projects, videos and files of one place, each with its own way of saying that there is nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from launcher.ui.models.files import ENTRY_ROLE, SAVED_COLUMN, FilesModel
from launcher.ui.models.projects import Chip, ProjectFilter
from launcher.ui.models.videos import VideoFilter
from launcher.ui.panes.cards import GAP, CardsView
from launcher.ui.panes.files import FilesView
from launcher.ui.panes.labels import button
from launcher.ui.panes.state_page import StatePage
from launcher.ui.rows import Entry
from launcher.ui.states import State
from launcher.ui.texts import tr
from launcher.ui.theme import Theme

#: As the style sheet has it; the cards keep their gap to the right of the last column as well.
SCROLLBAR = 8
_FOLDER_PX = 210
TABS = ("projects", "videos", "files")


class Chips(QWidget):
    """Filters of which one holds."""

    chosen = Signal(str)

    def __init__(self, chips: Sequence[Chip]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._buttons = {chip.id: self._made(chip) for chip in chips}
        for one in self._buttons.values():
            row.addWidget(one)
        self.choose("all")

    def _made(self, chip: Chip) -> QPushButton:
        made = button(chip.text, "chip")
        made.setCheckable(True)
        made.setAccessibleName(tr("Show only: {what}", what=chip.text))
        self._group.addButton(made)
        made.clicked.connect(lambda: self.chosen.emit(chip.id))
        return made

    def choose(self, chip: str) -> None:
        """Press one."""
        self._buttons[chip].setChecked(True)


class BrowserPane(QWidget):
    """Tabs, chips, and below them rows or words."""

    asked = Signal(str)
    tab_shown = Signal(str)
    row_changed = Signal()

    def __init__(
        self, projects: ProjectFilter, videos: VideoFilter, files: FilesModel, chips: Sequence[Chip], theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("Browser")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards = CardsView(theme)
        self.cards.setModel(projects)
        self.videos = _table(videos)
        self.files = FilesView(files, theme)
        _first_stretches(self.files.horizontalHeader(), files.columnCount())
        self.show_saved_column(shown=False)
        self.chips = Chips(chips)
        self._tabs = _tab_bar()
        self._tabs.currentChanged.connect(self._show_tab)
        self._pages = [StatePage(theme) for _ in TABS]
        self._stacks = [_stack(view, page) for view, page in zip(self._views(), self._pages, strict=True)]
        #: The view that had the keyboard when words took its place, and gets it back with its rows.
        self._waits_for_focus: QWidget | None = None
        for view in (self.videos, self.files):
            view.selectionModel().currentChanged.connect(lambda *_: self.row_changed.emit())
        self._lay_out()

    def _views(self) -> tuple[QAbstractItemView, ...]:
        return self.cards, self.videos, self.files

    def _lay_out(self) -> None:
        for page in self._pages:
            page.asked.connect(self.asked)
        self._stack = QStackedWidget()
        for stack in self._stacks:
            self._stack.addWidget(stack)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, GAP + SCROLLBAR, 0)
        head.addWidget(self._tabs)
        head.addStretch(1)
        head.addWidget(self.chips)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 12, 0, 0)
        self._column.setSpacing(12)
        self._column.addLayout(head)
        self._column.addWidget(self._stack, 1)

    def show_saved_column(self, *, shown: bool) -> None:
        """Of files on this computer it is told whether they are saved."""
        self.files.setColumnHidden(SAVED_COLUMN, not shown)

    def show_notice(self, notice: QWidget) -> None:
        """Make room for what is told beside the rows."""
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, GAP + SCROLLBAR, 0)
        row.addWidget(notice)
        self._column.insertLayout(1, row)

    @property
    def tab(self) -> str:
        """Which of the three is shown."""
        return TABS[self._tabs.currentIndex()]

    def show_tab(self, tab: str) -> None:
        """Show one of the three."""
        self._tabs.setCurrentIndex(TABS.index(tab))

    def _show_tab(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self.chips.setVisible(TABS[at] == "projects")
        self.tab_shown.emit(TABS[at])

    def show_count(self, tab: str, count: int | None) -> None:
        """How many there are, in the tab itself."""
        title = _TITLES[tab]
        text = tr(title) if count is None else f"{tr(title)} {count:,}"
        at = TABS.index(tab)
        if self._tabs.tabText(at) != text:
            self._tabs.setTabText(at, text)

    def show_state(self, tab: str, state: State | None) -> None:
        """Words instead of rows; None shows the rows."""
        at = TABS.index(tab)
        view = self._views()[at]
        if state is not None:
            self._pages[at].show_state(state)
            self._waits_for_focus = view if view.hasFocus() else self._waits_for_focus
        self._stacks[at].setCurrentIndex(0 if state is None else 1)
        if state is None and self._waits_for_focus is view:
            self._waits_for_focus = None
            view.setFocus()

    @property
    def entry(self) -> Entry | None:
        """The current row of the files or the videos, whichever are shown."""
        view = self._views()[self._stack.currentIndex()]
        entry = view.currentIndex().siblingAtColumn(0).data(ENTRY_ROLE)
        return entry if isinstance(entry, Entry) else None

    def offer(self, for_projects: Sequence[QAction], for_files: Sequence[QAction]) -> None:
        """What a right click, or the menu key, offers on a row."""
        for view in self._views():
            view.addActions(for_projects if view is self.cards else for_files)
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def view(self) -> QWidget:
        """What takes the keyboard in the middle."""
        at = self._stack.currentIndex()
        return self._views()[at] if self._stacks[at].currentIndex() == 0 else self._tabs


_TITLES = {"projects": "Projects", "videos": "Videos", "files": "Files"}


def _tab_bar() -> QTabBar:
    made = QTabBar()
    made.setDrawBase(False)
    made.setExpanding(False)
    made.setAccessibleName(tr("What to show"))
    for tab in TABS:
        made.addTab(tr(_TITLES[tab]))
    return made


def _stack(view: QWidget, page: QWidget) -> QStackedWidget:
    made = QStackedWidget()
    if not isinstance(view, CardsView):
        made.setContentsMargins(0, 0, GAP + SCROLLBAR, GAP)
    made.addWidget(view)
    made.addWidget(page)
    return made


def _table(model: VideoFilter) -> QTableView:
    made = QTableView()
    made.setObjectName("Videos")
    made.setAccessibleName(tr("Videos"))
    made.setModel(model)
    made.setShowGrid(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(32)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setTabKeyNavigation(False)
    made.setWordWrap(False)
    made.horizontalHeader().setHighlightSections(False)
    _first_stretches(made.horizontalHeader(), model.columnCount())
    made.horizontalHeader().resizeSection(1, _FOLDER_PX)
    return made


def _first_stretches(header: QHeaderView, count: int) -> None:
    header.setStretchLastSection(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for section in range(1, count):
        header.resizeSection(section, 140)
