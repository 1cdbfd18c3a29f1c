"""A scroll bar that keeps its room always, and shows only when there is something to scroll.

One that comes and goes changes the width, the width the height, and the height whether it is needed: contents that are
as high as their width asks for would lay themselves out for ever.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

from launcher.ui.theme import set_role


def keep_room(area: QAbstractScrollArea) -> None:
    """The bar of an area that is scrolled up and down only."""
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    bar = area.verticalScrollBar()
    bar.rangeChanged.connect(lambda _, highest: _show(bar, highest))
    _show(bar, 0)


def _show(bar: QScrollBar, highest: int) -> None:
    set_role(bar, "idle", "false" if highest else "true")
