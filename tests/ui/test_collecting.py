"""What belongs to Qt is taken back on the thread that paints."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from launcher.ui.collecting import Collecting, due, take_turn

THRESHOLD = (700, 10, 10)


class Dialog(QObject):
    """Holds itself, as dialogs with their slots do, and tells on which thread it ended."""

    def __init__(self, ended_on: list[int]) -> None:
        super().__init__()
        self._me = self
        self._ended_on = ended_on

    def __del__(self) -> None:
        self._ended_on.append(threading.get_ident())


@pytest.mark.parametrize(
    ("counts", "generation"),
    [
        ((0, 0, 0), None),
        ((700, 11, 11), None),
        ((701, 0, 0), 0),
        ((701, 10, 11), 0),
        ((701, 11, 10), 1),
        ((5000, 11, 11), 2),
    ],
)
def test_whose_turn_it_is(counts: tuple[int, int, int], generation: int | None) -> None:
    assert due(counts, THRESHOLD) == generation


def allocate(kept: list[list[object]]) -> None:
    """More than enough objects for the collector to run of itself."""
    kept += [[object()] for _ in range(200_000)]


def test_a_dialog_never_ends_on_a_thread_that_works(qapp: QApplication) -> None:
    ended_on: list[int] = []
    kept: list[list[object]] = []
    collecting = Collecting(qapp)
    Dialog(ended_on)
    worker = threading.Thread(target=allocate, args=(kept,))
    worker.start()
    worker.join()
    assert ended_on == []
    take_turn()
    assert ended_on == [threading.get_ident()]
    collecting.deleteLater()
    QCoreApplication.sendPostedEvents(collecting, QEvent.Type.DeferredDelete)
    assert gc.isenabled()
    gc.disable()  # as the other tests here expect it
