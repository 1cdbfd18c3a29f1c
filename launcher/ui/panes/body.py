"""The middle of the window: places, what is in them, and the details beside or over that."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from launcher.ui.panes.inspector import WIDTH

#: Up to this width the details are a drawer that lies over the cards instead of beside them.
DRAWER_UP_TO = 1100


class Body(QWidget):
    """Three parts side by side while there is room."""

    def __init__(self, places: QWidget, browser: QWidget, details: QWidget) -> None:
        super().__init__()
        self._details = details
        details.setFixedWidth(WIDTH)
        self._split = QSplitter()
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(places)
        self._split.addWidget(browser)
        self._split.setStretchFactor(1, 1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self._split, 1)
        self._row.addWidget(details)

    @property
    def places_width(self) -> int:
        """As the person drew it."""
        return self._split.sizes()[0]

    def set_places_width(self, width: int) -> None:
        """As it was the last time; the rest is for what is in the places."""
        self._split.setSizes([width, max(self.width() - width, 1)])

    @property
    def is_narrow(self) -> bool:
        """Do the details lie over the cards?"""
        return self.width() <= DRAWER_UP_TO

    def show_details(self, *, shown: bool) -> None:
        """Show or hide them."""
        self._details.setVisible(shown)
        self._place_details()

    def _place_details(self) -> None:
        if self.is_narrow:
            self._row.removeWidget(self._details)
            self._details.setGeometry(self.width() - WIDTH, 0, WIDTH, self.height())
            self._details.raise_()
        elif self._row.indexOf(self._details) < 0:
            self._row.addWidget(self._details)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """From beside to over and back; a drawer begins closed."""
        super().resizeEvent(event)
        was_narrow = event.oldSize().width() <= DRAWER_UP_TO
        if was_narrow != self.is_narrow or not event.oldSize().isValid():
            self._details.setVisible(not self.is_narrow)
        self._place_details()
