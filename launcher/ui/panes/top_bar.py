"""The bar at the top: back, forward, where we are, search, help."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QWidget

from launcher.config.plain import plain
from launcher.ui.actions import with_keys
from launcher.ui.history import Where
from launcher.ui.icons import icon
from launcher.ui.panes.labels import button, explain, label
from launcher.ui.texts import tr
from launcher.ui.theme import Theme

#: More levels than this are folded into a … in the middle.
_STEP = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_MOST_CRUMBS, _LONGEST_CRUMB = 5, 32


class Crumbs(QWidget):
    """The way down to here; each step leads back to it."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(tr("Where you are"))

    def show_way(self, steps: tuple[tuple[str, Where], ...]) -> None:
        """Other steps than before."""
        while taken := self._row.takeAt(0):
            if widget := taken.widget():
                widget.deleteLater()
        for number, (name, where) in enumerate(_folded(steps)):
            if number:
                self._row.addWidget(label(_STEP, tone="dim"))
            self._row.addWidget(self._step(name, where))
        self._row.addStretch(1)

    def _step(self, name: str, where: Where) -> QWidget:
        shown = plain(name)
        short = shown if len(shown) <= _LONGEST_CRUMB else f"{shown[: _LONGEST_CRUMB - 1]}…"
        made = button(short.replace("&", "&&"), "crumb")
        explain(made, plain(where.uri) or shown)
        made.setAccessibleName(shown)
        made.clicked.connect(lambda: self.chosen.emit(where))
        return made


def _folded(steps: tuple[tuple[str, Where], ...]) -> tuple[tuple[str, Where], ...]:
    if len(steps) <= _MOST_CRUMBS:
        return steps
    hidden = steps[-_MOST_CRUMBS + 1]
    return (steps[0], ("…", hidden[1]), *steps[-_MOST_CRUMBS + 2 :])


class TopBar(QFrame):
    """Back, forward, the way, search, details, help, the way out."""

    searched = Signal(str)

    def __init__(self, actions: dict[str, QAction], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("TopBar")
        self._theme = theme
        self.crumbs = Crumbs()
        self.search = _search_field()
        self.search.textChanged.connect(self.searched)
        self._buttons = {
            name: _tool_button(actions[action])
            for name, action in (
                ("back", "back"),
                ("forward", "forward"),
                ("panel", "details"),
                ("help", "keys"),
                ("leave", "leave"),
            )
        }
        self._lay_out()
        theme.changed.connect(self._tint)
        self._tint()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(4)
        row.addWidget(self._buttons["back"])
        row.addWidget(self._buttons["forward"])
        row.addSpacing(4)
        row.addWidget(self.crumbs, 3)
        row.addWidget(self.search, 2)
        row.addSpacing(8)
        row.addWidget(self._buttons["panel"])
        row.addWidget(self._buttons["help"])
        row.addWidget(self._buttons["leave"])

    def _tint(self) -> None:
        tokens = self._theme.tokens
        for name, one in self._buttons.items():
            one.setIcon(icon(name, tokens.text, disabled=tokens.line))


class SearchField(QLineEdit):
    """Down goes on to what was found, as Return does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything else is a line edit's."""
        if event.key() == Qt.Key.Key_Down:
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)


def _search_field() -> SearchField:
    made = SearchField()
    made.setPlaceholderText(tr("Search projects, videos, files, body parts  ( / )"))
    made.setAccessibleName(tr("Search in what is listed"))
    made.setClearButtonEnabled(True)
    for clear in made.findChildren(QToolButton):
        clear.setAccessibleName(tr("Clear the search"))
    made.setMaxLength(200)
    made.setMinimumWidth(200)
    made.setMaximumWidth(420)
    return made


def _tool_button(action: QAction) -> QToolButton:
    made = QToolButton()
    made.setIconSize(QSize(20, 20))
    made.setToolTip(with_keys(action))
    made.setAccessibleName(action.text())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.clicked.connect(action.trigger)
    made.setEnabled(action.isEnabled())
    action.changed.connect(lambda: made.setEnabled(action.isEnabled()))
    return made
