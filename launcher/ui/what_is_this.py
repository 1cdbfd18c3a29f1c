"""*What is this?* on the fields of the window: one sentence each, for the mouse pointer with the question mark.

A screen reader is told the same as the description of a field that has none yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWhatsThis, QWidget

from launcher.ui.texts import tr

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


def explain_fields(window: MainWindow) -> None:
    """Give every part of the window its sentence; the fields in it inherit it, or have one of their own."""
    for widget, text in fields(window):
        widget.setWhatsThis(tr(text))
        if not widget.accessibleDescription():
            widget.setAccessibleDescription(tr(text))


def fields(window: MainWindow) -> list[tuple[QWidget, str]]:
    """Each with its sentence."""
    browser = window.browser
    return [
        (window.top.search, "Words that have to be in a project's name, address, tool or body parts."),
        (window.top.crumbs, "Where you are. Each part leads back up."),
        (window.places, "Places where data lies. The line below each says what becomes of things put there."),
        (browser.chips, "Filters: only the projects of one tool, those with labels, or your own."),
        (browser.cards, "Projects that were found by reading a few kilobytes of each. Nothing is copied by looking."),
        (browser.videos, "Recordings at this place and below, with the project that uses them."),
        (browser.files, "The files as they lie in the bucket, or on this computer with whether they are saved."),
        (window.inspector, "The chosen project: its frame with labels, what is in it, and whether it opens here."),
        (window.strip, "What is on its way. Bytes count when they have arrived, or when the server confirmed them."),
        (window.bottom, "The promise: what is saved, what the graphics card does, and how long the session lasts."),
        (window.bottom.gpu, "The graphics card: what it does now, and the last ten minutes."),
        (window.bottom.stop, "Sends everything that changed on this computer to your home bucket, now."),
        *window.bottom.explained(),
        *window.inspector.explained(),
    ]


def ask() -> None:
    """The pointer becomes a question mark; what is clicked next explains itself."""
    QWhatsThis.enterWhatsThisMode()
