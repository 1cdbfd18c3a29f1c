"""The promise at the bottom: saved or not, the GPU, the time left, and one big button. It never blinks."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from launcher.ui import words
from launcher.ui.actions import with_keys
from launcher.ui.panes.gpu import GpuPart
from launcher.ui.panes.labels import button, explain, label, separator, show_line
from launcher.ui.theme import Theme, tabular


class BottomBar(QFrame):
    """Words first, numbers with units, the graph last."""

    def __init__(self, actions: dict[str, QAction], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("BottomBar")
        self._saved = button("", "flat")
        self._saved.setObjectName("Saved")
        self._saved.setToolTip(with_keys(actions["unsaved"]))
        self._saved.clicked.connect(actions["unsaved"].trigger)
        self._when = label(tone="dim")
        self._twice = button("", "flat")
        self._twice.setToolTip(with_keys(actions["conflicts"]))
        self._twice.clicked.connect(actions["conflicts"].trigger)
        self._twice.hide()
        self.gpu = GpuPart(theme)
        self._left_bar = separator()
        self._left = label()
        self._left.setFont(tabular(self._left.font()))
        self._save = button(actions["save"].text(), "primary")
        self._save.setToolTip(with_keys(actions["save"]))
        self._save.clicked.connect(actions["save"].trigger)
        actions["save"].changed.connect(lambda: self._save.setEnabled(actions["save"].isEnabled()))
        self.stop: QWidget = self._save
        self._lay_out()
        self.show_time_left(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 16, 7)
        row.setSpacing(8)
        row.addWidget(self._saved)
        row.addWidget(self._when)
        row.addWidget(self._twice)
        row.addSpacing(12)
        row.addWidget(self.gpu)
        row.addSpacing(12)
        row.addWidget(self._left_bar)
        row.addSpacing(12)
        row.addWidget(self._left)
        row.addStretch(1)
        row.addWidget(self._save)

    def show_saved(self, line: words.Line, when: str = "") -> None:
        """What is saved; a change is told to a screen reader as well."""
        if self._saved.text() == line.signed and self._when.text() == when:
            return
        is_news = self._saved.text() != line.signed and bool(self._saved.text())
        show_line(self._saved, line)
        self._saved.setAccessibleName(f"{line.text} {when}".strip())
        self._when.setText(when)
        if is_news:
            self._announce(line.text)

    def explained(self) -> tuple[tuple[QWidget, str], ...]:
        """What each part says when it is asked what it is."""
        return (
            (
                self._saved,
                "Saved: the server confirmed exactly these bytes by checksum. A click shows what is not.",
            ),
            (self._when, "When the last file was confirmed, by the server's clock."),
            (self._twice, "Files that another session changed too. Both contents are kept until you decide."),
            (self._left, "Until the first of the session's limits ends it. What is not saved by then is lost."),
        )

    def show_in_two_versions(self, number: int) -> None:
        """Files that nobody has decided about, and the way to decide."""
        line = words.Line(words.in_two_versions(number), words.Tone.ATTENTION)
        is_news = number > 0 and self._twice.text() != line.signed
        self._twice.setVisible(number > 0)
        show_line(self._twice, line)
        if is_news:
            self._announce(line.text)

    def show_time_left(self, line: words.Line | None, explained: str = "") -> None:
        """How long the session lasts, and why it ends then; nothing where no end is known."""
        self._left_bar.setVisible(line is not None)
        self._left.setVisible(line is not None)
        if line is not None:
            show_line(self._left, line)
            if self._left.accessibleDescription() != explained:
                explain(self._left, explained)

    def _announce(self, text: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
