"""One line about something that went wrong beside what is shown; it goes away when it is dismissed."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from launcher import errors
from launcher.config.plain import plain
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr


class Notice(QFrame):
    """What happened, whether data is safe, what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Notice")
        self._text = label(wrap=True)
        dismiss = button(tr("Dismiss"), "flat")
        dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.addWidget(self._text, 1)
        row.addWidget(dismiss)
        self.hide()

    def tell(self, failure: errors.LauncherError) -> None:
        """Say it; the newest counts."""
        self.say(f"! {plain(str(failure))}")

    def say(self, text: str) -> None:
        """Say something that was not an error."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
