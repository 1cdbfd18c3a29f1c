"""The arithmetic of the window's figures: a wrong one would be believed."""

from __future__ import annotations

import pytest

from tests.bench.report import OURS
from tests.bench.window_lateness import Lateness, lateness
from tests.bench.window_start import Start, figures


def test_a_timer_that_comes_on_time_is_never_late() -> None:
    assert lateness([number * 0.016 for number in range(101)], 0.0, 2.0) == Lateness(100, 0.0, 0.0, 0.0)


def test_one_long_pause_is_the_worst_and_not_the_median() -> None:
    ticks = [0.0, 0.016, 0.032, 0.148, 0.164, 0.180]
    found = lateness(ticks, 0.0, 1.0)
    assert found.median_ms == 0.0
    assert found.worst_ms == pytest.approx(100.0)


def test_what_was_before_and_after_the_work_does_not_count() -> None:
    assert lateness([0.0, 5.0, 5.016, 5.032, 9.0], 4.0, 6.0).worst_ms == pytest.approx(0.0)


def test_a_timer_that_came_once_cannot_be_late() -> None:
    with pytest.raises(ValueError, match="no ticks"):
        lateness([1.0], 0.0, 2.0)


def test_ratios_are_ours_over_the_peers_medians() -> None:
    rows = figures({OURS: [Start(2.0, 0.5), Start(1.0, 0.4), Start(9.0, 0.6)], "bare": [Start(0.5, 0.25)]})
    ours, bare = rows
    assert (ours.usable_s, ours.painted_s, ours.usable_ratio) == (2.0, 0.5, None)
    assert (bare.usable_ratio, bare.painted_ratio) == (4.0, 2.0)


def test_a_peer_that_only_shows_a_window_is_compared_by_that() -> None:
    label = figures({OURS: [Start(2.0, 0.5)], "sleap-label": [Start(10.0)]})[1]
    assert (label.painted_s, label.usable_ratio, label.painted_ratio) == (None, 0.2, 0.05)
