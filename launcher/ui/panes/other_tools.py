"""In which other tools a project can be opened; where there is none, that is said instead of offering what fails."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from launcher.ui import words
from launcher.ui.panes.labels import button, explain, label
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json


class OtherTools(QWidget):
    """One button a tool, or one sentence."""

    chosen = Signal(str)
    #: A copy of the project is wanted, for this tool.
    copy_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._cannot = label(tone="dim", wrap=True)
        self._buttons: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._cannot)
        self._able: tuple[str, ...] = ()
        self._copies: tuple[str, ...] = ()
        self.hide()

    @property
    def able(self) -> tuple[str, ...]:
        """The other tools that can open what is shown."""
        return self._able

    @property
    def copies_for(self) -> tuple[str, ...]:
        """The tools that a copy of what is shown can be made for."""
        return self._copies

    @property
    def sentence(self) -> str:
        """Why there is no other one."""
        return self._cannot.text()

    def show_tools(self, own: str, tools: Sequence[Json]) -> None:
        """Another project, with what is known of each other tool."""
        self._able = tuple(str(one["tool"]) for one in tools if one["opens"])
        self._cannot.setText(_sentence(own, [str(one["tool"]) for one in tools if not one["opens"]]))
        self._cannot.setVisible(not self._able)
        for old in self._buttons:
            old.deleteLater()
        self._copies = tuple(str(one["tool"]) for one in tools if one["copies"])
        self._buttons = [*map(self._open_button, self._able), *map(self._copy_button, self._copies)]
        self.setVisible(bool(tools))

    def _open_button(self, tool_id: str) -> QPushButton:
        return self._button(tr("Open in {tool} …", tool=words.tool_title(tool_id)), tool_id, self.chosen)

    def _copy_button(self, tool_id: str) -> QPushButton:
        made = self._button(tr("Make a copy for {tool}", tool=words.tool_title(tool_id)), tool_id, self.copy_wanted)
        explain(made, tr("A new project with the same labels and predictions. This one stays as it is."))
        return made

    def _button(self, text: str, tool_id: str, signal: SignalInstance) -> QPushButton:
        made = button(text)
        made.clicked.connect(lambda: signal.emit(tool_id))
        self._column.addWidget(made)
        return made


def _sentence(own: str, unable: Sequence[str]) -> str:
    if not unable:
        return ""
    *most, last = [words.tool_title(one) for one in unable]
    named = tr("{some} and {one}", some=", ".join(most), one=last) if most else last
    return tr("{tools} cannot open it: it is a {own} project.", tools=named, own=words.tool_title(own))
