"""A box with a tick is seen as one in every look: as a pixel, and not as a state that a style was told."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QTreeWidget, QTreeWidgetItem, QWidget

from launcher.ui.theme import Appearance, Theme, tick_on

APPEARANCES = [Appearance.LIGHT, Appearance.DARK]
TICKS = {"tick-light": "#ffffff", "tick-dark": "#08131f"}


@pytest.mark.parametrize("appearance", APPEARANCES)
def test_a_ticked_box_is_filled_and_has_a_tick(theme: Theme, appearance: Appearance) -> None:
    theme.choose(appearance)
    box = QCheckBox("Begin with pretrained weights")
    before = colours(box)
    box.setChecked(True)
    shows_the_tick(theme, before, colours(box))


@pytest.mark.parametrize("appearance", APPEARANCES)
def test_and_so_is_that_of_a_row(theme: Theme, appearance: Appearance) -> None:
    theme.choose(appearance)
    tree, row = QTreeWidget(), QTreeWidgetItem(["resnet-a"])
    row.setCheckState(0, Qt.CheckState.Unchecked)
    tree.addTopLevelItem(row)
    before = colours(tree)
    row.setCheckState(0, Qt.CheckState.Checked)
    shows_the_tick(theme, before, colours(tree))


def test_one_that_cannot_be_used_is_not_filled_with_the_accent(theme: Theme) -> None:
    box = QCheckBox("Begin with pretrained weights")
    box.setChecked(True)
    box.setEnabled(False)
    assert colours(box)[theme.colour("accent").name()] == 0


def shows_the_tick(theme: Theme, before: Counter[str], after: Counter[str]) -> None:
    accent, tick = theme.colour("accent").name(), TICKS[tick_on(theme.tokens)]
    assert after[accent] - before[accent] > 60, "filled"
    assert after[tick] > 2, "with a tick in it"


def colours(widget: QWidget) -> Counter[str]:
    """How many of a widget's pixels have each colour."""
    widget.resize(300, 60)
    seen = widget.grab().toImage()
    return Counter(seen.pixelColor(x, y).name() for x in range(seen.width()) for y in range(seen.height()))
