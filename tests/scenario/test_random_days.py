"""Random days at two or three computers of one person, drawn from a seed: nothing is lost, and calm makes all agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.scenario.random_days import live

#: A SLEAP project with versions in the home bucket, and one of DeepLabCut without.
SEEDS = (2, 11)
#: The long form; `--seeds 1000-1049` chooses others.
LONG_SEEDS = range(100, 150)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "days_seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("seeds") or LONG_SEEDS
        metafunc.parametrize("days_seed", chosen, ids=[f"seed{seed}" for seed in chosen])


@pytest.mark.parametrize("seed", SEEDS, ids=[f"seed{seed}" for seed in SEEDS])
def test_after_any_days_nothing_is_lost_and_all_agree(cloud: SeaweedFS, tmp_path: Path, seed: int) -> None:
    live(cloud, tmp_path, seed, steps=10)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_after_many_days_nothing_is_lost_and_all_agree(cloud: SeaweedFS, tmp_path: Path, days_seed: int) -> None:
    live(cloud, tmp_path, days_seed, steps=50)
