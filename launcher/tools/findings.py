"""Findings that several tools' cards have in common, in the same words."""

from __future__ import annotations

from launcher.tools.protocol import Health, Severity


def paths_adjusted(count: int) -> Health:
    """The project holds paths of another computer, and staging will change so many of them."""
    paths = "1 path" if count == 1 else f"{count} paths"
    return Health("paths-adjusted", Severity.INFO, f"{paths} from another computer will be adjusted.")
