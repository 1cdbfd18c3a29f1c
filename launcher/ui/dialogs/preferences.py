"""What a person can choose about the window; every choice holds at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QRadioButton, QWidget

from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import label
from launcher.ui.texts import tr
from launcher.ui.theme import Appearance

_NAMES = {Appearance.SYSTEM: "As the system", Appearance.LIGHT: "Light", Appearance.DARK: "Dark"}


class Preferences(Dialog):
    """Light or dark. High contrast needs no choice: where the system asks for it, the window has it."""

    def __init__(self, parent: QWidget, now: Appearance, choose: Callable[[Appearance], None]) -> None:
        super().__init__(parent, tr("Preferences"))
        self.column.addWidget(label(tr("Appearance"), tone="dim"))
        self.buttons = {one: QRadioButton(tr(_NAMES[one])) for one in Appearance}
        for one, made in self.buttons.items():
            made.setChecked(one is now)
            made.clicked.connect(lambda _=False, one=one: choose(one))
            self.column.addWidget(made)
        self.column.addWidget(label(tr("High contrast follows the system."), tone="dim"))
        self.end_with(self.close_button())
