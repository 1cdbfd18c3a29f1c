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
        #: By what they are about, the weightiest first.
        self._open: dict[str, Offer] = {}
        self._done: set[str] = set()
        self.hide()

    def show_offers(self, offers: Iterable[Offer]) -> None:
        """Rows come and go; what was answered does not come back until it has been gone."""
        self._open = {offer.key: offer for offer in offers}
        self._done &= self._open.keys()
        self._show()

    def _show(self) -> None:
        shown = [key for key in self._open if key not in self._done][:_AT_ONCE]
        for key in self._rows.keys() - set(shown):
            self._take_away(self._rows.pop(key))
        for at, key in enumerate(shown):
            if key not in self._rows:
                self._add(at, self._open[key])
        self.setVisible(bool(self._rows))

    def _take_away(self, row: _Row) -> None:
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _add(self, at: int, offer: Offer) -> None:
        row = self._rows[offer.key] = _Row(offer)
        row.answered.connect(lambda answer: self._answer(offer, answer))
        self._column.insertWidget(at, row)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, offer.line.text))

    def _answer(self, offer: Offer, answer: str) -> None:
        self._done.add(offer.key)
        self._show()
        self.answered.emit(offer, answer)

    def stops(self) -> tuple[QWidget, ...]:
        """What takes the keyboard here."""
        return tuple(row.findChildren(QPushButton)[0] for key in self._open if (row := self._rows.get(key)))
