"""Python's collector of objects that hold each other, kept to the thread that paints.

By itself it runs on whichever thread allocates just then. A dialog that was closed would end on a thread that asks the
desk, and Qt ends the program, at once or at the next event, when a widget ends anywhere but on its own thread.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class Collecting(QObject):
    """Takes the collector's turns in its place, for as long as this object lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self)
        timer.setInterval(EVERY_MS)
        timer.timeout.connect(take_turn)
        timer.start()
        self.destroyed.connect(gc.enable)

    def settle(self) -> None:
        """What is there now stays until the end: later turns need not look through it."""
        gc.freeze()


def take_turn() -> None:
    """Collect as far as the collector would have gone by now."""
    generation = due(gc.get_count(), gc.get_threshold())
    if generation is not None:
        gc.collect(generation)


def due(counts: tuple[int, int, int], limits: tuple[int, int, int]) -> int | None:
    """The oldest generation whose turn has come: the youngest waits for objects, each other for turns before it."""
    found = None
    for generation, (count, limit) in enumerate(zip(counts, limits, strict=True)):
        if count <= limit:
            break
        found = generation
    return found
