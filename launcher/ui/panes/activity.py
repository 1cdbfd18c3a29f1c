"""The strip above the bottom bar: what is on its way. It is there only while something is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from launcher.ui import words
from launcher.ui.activities import Activity
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr
from launcher.ui.theme import tabular


class ActivityRow(QWidget):
    """One thing on its way, with its progress and what can be done about it."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(220)
        self.numbers = label(tone="dim")
        self.numbers.setFont(tabular(self.numbers.font()))
        self.retry = button(tr("Try again"), "flat")
        self.cancel = button(tr("Cancel"), "flat")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 12, 3)
        row.setSpacing(12)
        for widget in (self.title, self.bar, self.numbers):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.retry)
        row.addWidget(self.cancel)

    def show_activity(self, activity: Activity) -> None:
        """Say how it is now."""
        running = activity.state == "running"
        self.title.setText(activity.title)
        # Without a total there is no bar: one that only moves would be a claim, and a repaint all the time.
        self.bar.setVisible(running and bool(activity.total) and not activity.said)
        self.bar.setValue(words.percent(activity.done, activity.total))
        self.numbers.setText(activity.numbers if running else activity.message)
        self.retry.setVisible(activity.state in ("failed", "cancelled"))
        self.cancel.setText(tr("Cancel") if running else tr("Dismiss"))
        self.bar.setAccessibleName(f"{activity.title}: {activity.numbers}")
        for one in (self.retry, self.cancel):
            one.setAccessibleName(f"{one.text()}: {activity.title}")


class ActivityStrip(QFrame):
    """One row an activity, at most a few."""

    cancelled = Signal(int)
    retried = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ActivityStrip")
        self.setAccessibleName(tr("What is on its way"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 2, 0, 2)
        self._column.setSpacing(0)
        self._rows: dict[int, ActivityRow] = {}
        self.hide()

    def show_activities(self, activities: list[Activity]) -> None:
        """Rows come, change and go."""
        wanted = {activity.number: activity for activity in activities}
        for number in self._rows.keys() - wanted.keys():
            self._rows.pop(number).deleteLater()
        for number, activity in wanted.items():
            self._row(number).show_activity(activity)
        self.setVisible(bool(wanted))

    def _row(self, number: int) -> ActivityRow:
        if number not in self._rows:
            row = self._rows[number] = ActivityRow()
            row.cancel.clicked.connect(lambda: self.cancelled.emit(number))
            row.retry.clicked.connect(lambda: self.retried.emit(number))
            self._column.addWidget(row)
        return self._rows[number]
