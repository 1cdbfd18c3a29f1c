"""Window and saver with nobody at them: at most one percent of a core and 150 MB together, over ten minutes.

An hour on demand: `python -m tests.idle.pair --seconds 3600`.
"""

from __future__ import annotations

import pytest

from tests.idle.conftest import IdlePair

MOST_CPU_PERCENT, MOST_MB = 1.0, 150.0
MB_OF_MIB = 1.048576


@pytest.mark.judges
@pytest.mark.timeout(900)
def test_window_and_saver_cost_next_to_nothing_together(idle_pair: IdlePair) -> None:
    told = idle_pair.told("idle")
    costs = {cost["who"]: cost for cost in told["costs"]}
    together = [costs["window"], costs["saver"]]
    assert told["seconds"] >= 600
    assert sum(cost["cpu_percent"] for cost in costs.values()) <= MOST_CPU_PERCENT, told
    assert sum(cost["pss_mib"] for cost in together) * MB_OF_MIB <= MOST_MB, told
