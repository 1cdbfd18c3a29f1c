"""What a training is begun with: three numbers with sensible defaults, and what becomes of it in a sentence."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox, QWidget

from launcher.tools import tool as tool_of
from launcher.ui import words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, explain, label
from launcher.ui.rows import Project
from launcher.ui.texts import tr

_EPOCHS, _BATCH = 200, 4
_FIELD_PX = 30
#: Parts of the pictures' own size, the whole first.
_SCALES = (1.0, 0.75, 0.5, 0.25)


class TrainSettings(Dialog):
    """Return begins it."""

    def __init__(self, parent: QWidget, project: Project) -> None:
        tool = words.tool_title(project.tool_id)
        super().__init__(parent, tr("Train {tool} on {name}", tool=tool, name=project.name))
        self._uri = project.uri
        self.epochs = _number(tr("Epochs"), _EPOCHS, 100_000)
        explain(self.epochs, tr("How often the training goes through all its frames. It can be stopped before."))
        self.batch = _number(tr("Frames at once"), _BATCH, 1024)
        explain(self.batch, tr("More is quicker, and needs more of the GPU's memory."))
        self.scale = _scales()
        self.pretrained = QCheckBox(tr("Begin with pretrained weights"))
        explain(self.pretrained, tr("Learns faster from few frames; the weights may have to be fetched once."))
        self.pretrained.setVisible(any(network.has_weights for network in tool_of(project.tool_id).networks))
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        rows = (("Epochs", self.epochs), ("Frames at once", self.batch), ("Size of the pictures", self.scale))
        for title, field in rows:
            form.addRow(label(tr(title)), field)
        form.addRow(label(), self.pretrained)
        split = tr(
            "One in five of its labelled frames is kept aside and never learned from, so that models can be compared."
        )
        keeps = tr("It runs in a queue that goes on when this window is closed, and is saved as it goes.")
        self.column.addLayout(form)
        for text in (split, keeps):
            self.column.addWidget(label(text, tone="dim", wrap=True))
        begin = button(tr("Begin training"), "primary")
        begin.clicked.connect(self.accept)
        self.end_with(self.close_button(tr("Cancel")), begin)
        self.epochs.setFocus()
        self.epochs.selectAll()

    @property
    def command(self) -> tuple[str, ...]:
        """What was chosen, as our own command has it."""
        chosen = [
            "train", self._uri, "--epochs", str(self.epochs.value()), "--batch", str(self.batch.value()),
            "--scale", str(self.scale.currentData()),
        ]  # fmt: skip
        return (*chosen, "--pretrained") if self.pretrained.isChecked() else tuple(chosen)


def _number(name: str, value: int, most: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(1, most)
    made.setValue(value)
    made.setGroupSeparatorShown(True)
    made.setMinimumHeight(_FIELD_PX)
    made.setAccessibleName(name)
    return made


def _scales() -> QComboBox:
    made = QComboBox()
    for scale in _SCALES:
        made.addItem(tr("as they are") if scale == 1.0 else tr("{n} %", n=round(100 * scale)), scale)
    made.setMinimumHeight(_FIELD_PX)
    made.setAccessibleName(tr("Size of the pictures"))
    explain(made, tr("Smaller pictures train faster, and small animals get lost in them."))
    return made
