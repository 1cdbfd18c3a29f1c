"""An admin at a desk, for each test anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.world import World
from tests.unit.installer.at_the_desk import SITE, Admin


@pytest.fixture
def admin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Admin]:
    """A site file, and the service with one stack and a user pool of 50."""
    site = tmp_path / "site.toml"
    site.write_text(SITE)
    with ControlPlane(World()) as plane:
        made = Admin(site, plane, capsys)
        made.client().create_stack(Name="pose")
        plane.world.calls.clear()
        yield made
