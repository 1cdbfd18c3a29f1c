"""The loss of every finished epoch, from what the tools print."""

from __future__ import annotations

from launcher.tools.progress import of_bar, of_lines, with_clock
from launcher.tools.running import EpochLoss
from tests.unit.tools.test_progress import DLC, SLEAP


def test_sleaps_curve_leaves_out_the_epoch_that_is_under_way() -> None:
    told = of_bar(SLEAP, 5)
    assert told is not None and told.curve == (EpochLoss(1, 0.0091, 0.0085),)


def test_deeplabcuts_curve_has_every_line_also_when_the_clock_is_known() -> None:
    told = with_clock(of_lines(DLC, 200), 60.0)
    assert told is not None and [one.epoch for one in told.curve] == [1, 2, 3]
    assert told.curve[-1] == EpochLoss(3, 0.0225, 0.027)
