"""The real pose tools: installed once into a folder that all runs of this person share, when they are missing."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from launcher.runs.environments import Environments, Installed
from launcher.runs.install import Telling, install

SHARED_VARIABLE = "POSE_LAUNCHER_TEST_TOOLS"


@pytest.fixture(scope="session")
def tool_environments() -> Environments:
    """SLEAP and DeepLabCut as this launcher locks them; with the test shim where only a CPU torch is at hand."""
    named = os.environ.get(SHARED_VARIABLE)
    root = Path(named) if named else platformdirs.user_cache_path("pose-launcher", appauthor=False) / "test-tools"
    environments = Environments(root)
    for tool_id in ("sleap", "deeplabcut"):
        install(tool_id, environments, Telling(), test_shim=True)
    return environments


@pytest.fixture(scope="session")
def sleap(tool_environments: Environments) -> Installed:
    """The real SLEAP."""
    return tool_environments.require("sleap")


@pytest.fixture(scope="session")
def deeplabcut(tool_environments: Environments) -> Installed:
    """The real DeepLabCut."""
    return tool_environments.require("deeplabcut")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that asks for the tools may have to install them."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(1200))
