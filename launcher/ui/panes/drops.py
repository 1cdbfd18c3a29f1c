"""Dragging: files from outside that are let go over a part of the window, and a card that is let go on a tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

#: What a dragged card carries: the project's address.
PROJECT_MIME = "application/x-pose-launcher-project"
_DRAGS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


def project_mime(uri: str) -> QMimeData:
    """A dragged card."""
    made = QMimeData()
    made.setData(PROJECT_MIME, uri.encode("utf-8", "surrogatepass"))
    return made


def files_in(mime: QMimeData) -> list[str]:
    """The files of this computer that are dragged."""
    return [path for url in mime.urls() if (path := url.toLocalFile())]


class FileDrops(QObject):
    """Files that are let go over a widget; `takes` says whether they are wanted now."""

    dropped = Signal(list)

    def __init__(self, over: QWidget, takes: Callable[[], bool]) -> None:
        super().__init__(over)
        self._takes = takes
        over.setAcceptDrops(True)
        over.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Everything but drags passes."""
        if event.type() not in _DRAGS:
            return super().eventFilter(watched, event)
        drag: Any = event  # each of the three is a drop event
        files = files_in(drag.mimeData())
        if not files or not self._takes():
            drag.ignore()
        else:
            accept_copy(drag)
            if event.type() == QEvent.Type.Drop:
                self.dropped.emit(files)
        return True


def accept_copy(event: QDropEvent) -> None:
    """What is let go here stays where it was too."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
