"""Questions that can wait, one row each above what is listed: they take nothing away, and block nothing."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from launcher.ui.offers import Offer
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr

#: What is listed below needs its room, too.
_AT_ONCE = 2


class _Row(QFrame):
    """One question: the sentence, and below it the answers."""

    answered = Signal(str)

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.setObjectName("Notice")
        self.setAccessibleName(offer.line.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(4)
        column.addWidget(label(offer.line.signed, wrap=True))
        answers = QHBoxLayout()
        answers.setSpacing(8)
        for answer in offer.answers:
            made = button(answer.text)
            made.setAccessibleDescription(offer.line.text)
            made.clicked.connect(lambda _=False, chosen=answer.id: self.answered.emit(chosen))
            answers.addWidget(made)
        answers.addStretch(1)
        column.addLayout(answers)


class Offers(QWidget):
    """The questions that are open, a few at once, the others after them; a new one is read out."""

    #: The question, and the id of the answer.
    answered = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Questions"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._rows: dict[str, _Row] = {}
        self._done: set[str] = set()
        self._waiting: list[Offer] = []
        self._order: list[str] = []
        self.hide()

    def show_offers(self, offers: Iterable[Offer]) -> None:
        """Rows come and go; what was answered does not come back until it has been gone."""
        wanted = {offer.key: offer for offer in offers}
        self._order = list(wanted)
        self._done &= wanted.keys()
        for key in self._rows.keys() - (wanted.keys() - self._done):
            self._rows.pop(key).deleteLater()
        self._waiting = [one for key, one in wanted.items() if key not in self._rows and key not in self._done]
        self._fill()

    def _fill(self) -> None:
        while self._waiting and len(self._rows) < _AT_ONCE:
            self._add(self._waiting.pop(0))
        self.setVisible(bool(self._rows))

    def _add(self, offer: Offer) -> None:
        row = self._rows[offer.key] = _Row(offer)
        row.answered.connect(lambda answer: self._answer(offer, answer))
        shown = sorted(self._rows, key=self._order.index)
        self._column.insertWidget(shown.index(offer.key), row)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, offer.line.text))

    def _answer(self, offer: Offer, answer: str) -> None:
        self._done.add(offer.key)
        row = self._rows.pop(offer.key)
        row.hide()
        row.deleteLater()
        self._fill()
        self.answered.emit(offer, answer)

    def stops(self) -> tuple[QWidget, ...]:
        """What takes the keyboard here."""
        return tuple(row.findChildren(QPushButton)[0] for row in self._rows.values())
