"""Random days at two or three computers of one person, drawn from a seed: nothing is lost, and calm makes all agree."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.scenario.random_days import live

#: A SLEAP project with versions in the home bucket, and one of DeepLabCut without.
SEEDS = (2, 11)
#: The long form; `--seeds 1000-1049` chooses others.
LONG_SEEDS = range(100, 150)
KEYS = [f"KEY{number:02}" for number in range(24)]


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A server that knows the one person by many keys."""
    folder = tmp_path_factory.mktemp("keyring")
    secret = secrets.token_hex()
    person = {
        "name": "ann",
        "credentials": [{"accessKey": key, "secretKey": secret} for key in KEYS],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "accounts.json").write_text(json.dumps({"identities": [person]}))
    with SeaweedFS(folder) as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "days_seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("seeds") or LONG_SEEDS
        metafunc.parametrize("days_seed", chosen, ids=[f"seed{seed}" for seed in chosen])


@pytest.mark.parametrize("seed", SEEDS, ids=[f"seed{seed}" for seed in SEEDS])
def test_after_any_days_nothing_is_lost_and_all_agree(keyring: SeaweedFS, tmp_path: Path, seed: int) -> None:
    live(keyring, KEYS, tmp_path, seed, steps=8)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_after_many_days_nothing_is_lost_and_all_agree(keyring: SeaweedFS, tmp_path: Path, days_seed: int) -> None:
    live(keyring, KEYS, tmp_path, days_seed, steps=50)
