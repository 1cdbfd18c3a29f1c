"""Figures take minutes and judge nobody, so they are drawn only when they are asked for (`-m bench`)."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the figures out of a run that chose no marker."""
    if config.getoption("markexpr"):
        return
    figures = [item for item in items if item.get_closest_marker("bench")]
    if figures:
        config.hook.pytest_deselected(items=figures)
        items[:] = [item for item in items if item not in figures]
