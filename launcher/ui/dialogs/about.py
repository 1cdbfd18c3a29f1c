"""Which program this is, whose, and where its own things lie."""

from __future__ import annotations

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QWidget

import launcher
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import label
from launcher.ui.texts import tr


class About(Dialog):
    """Short enough to be read out."""

    def __init__(self, parent: QWidget, state_dir: str) -> None:
        super().__init__(parent, tr("Pose Launcher {version}", version=launcher.__version__))
        for text in (
            tr("The desktop from which behaviour scientists open, run and keep SLEAP and DeepLabCut projects."),
            tr("BSD 3-Clause licence. Drawn with Qt {version} (LGPL).", version=qVersion()),
            tr("What the program remembers lies in {folder}", folder=state_dir),
        ):
            said = label(text, wrap=True)
            said.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            self.column.addWidget(said)
        self.end_with(self.close_button())
