"""The one question before a tool works with somebody else's project that can run programs here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from launcher.config.plain import plain
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr


class TrustQuestion(Dialog):
    """What is asked, every reason, what is advised; the buttons name what is about to happen, and Return lets it be."""

    def __init__(self, parent: QWidget, asked: Mapping[str, Any]) -> None:
        super().__init__(parent, tr("Do you trust this project?"))
        self.column.addWidget(label(f"{plain(str(asked['title']))}.", wrap=True))
        for reason in asked["reasons"]:
            self.column.addWidget(label(f"•  {plain(str(reason))}", wrap=True))
        self.column.addWidget(label(plain(str(asked["advice"])), tone="dim", wrap=True))
        agree, decline = _answers(str(asked.get("task", "open")))
        trust = button(agree)
        trust.clicked.connect(self.accept)
        self.end_with(trust, self.close_button(decline))


def _answers(task: str) -> tuple[str, str]:
    """The words of yes and no."""
    if task == "open":
        return tr("I trust it, open it"), tr("Leave it closed")
    if task == "train":
        return tr("I trust it, train on it"), tr("Do not train")
    return tr("I trust it, predict with it"), tr("Do not predict")
