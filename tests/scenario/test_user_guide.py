"""Every command block of the person's page is run, in its order, in a session of the rehearsal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.rehearsal.images import add_image
from installer.rehearsal.place import Place
from installer.rehearsal.sessions import sign_in, variables
from installer.rehearsal.story import ANN, KIND
from installer.rehearsal.world import Record
from tests.conftest import ROOT
from tests.guide_blocks import blocks
from tests.scenario.guide_place import guide_place

PAGE = ROOT / "docs" / "commands.md"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with guide_place(tmp_path / "place", "pose-1") as made:
        yield made


@pytest.fixture
def session(place: Place) -> Record:
    """Ann has signed in."""
    world, client = place.world, place.client("appstream")
    world.quotas[KIND] = 2
    add_image(world, "pose-1", family="graphics.g5")
    client.create_stack(Name="pose")
    client.create_fleet(Name="pose", InstanceType=KIND, ImageName="pose-1")
    client.associate_fleet(FleetName="pose", StackName="pose")
    client.start_fleet(Name="pose")
    world.clock.pass_time(minutes=11)
    world.memberships.add((ANN, "pose"))
    return sign_in(world, ANN, "pose")


def test_every_command_of_the_page_does_what_it_says(place: Place, session: Record, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    others = ("AWS_", "AppStream", "POSE_", "DISPLAY", "WAYLAND")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    environ = {**clean, **variables(place.world, session), "HOME": str(home), "PYTHONPATH": str(ROOT)}
    flags = ["--site", str(place.site), "--state-dir", str(tmp_path / "state")]
    ran = 0
    for block in blocks(PAGE):
        for line in block.text.splitlines():
            program, *words = shlex.split(line)
            assert program == "pose-launcher", line
            command = [sys.executable, "-P", "-m", "launcher", *words, *flags]
            done = subprocess.run(
                command, cwd=tmp_path, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip
            assert done.returncode == block.exit_code, f"{line}: {done.stderr[-600:]}"
            assert "Traceback" not in done.stderr, line
            assert "doctor" not in line or "no screen" in done.stdout + done.stderr
            ran += 1
    assert ran >= 20
    assert (tmp_path / "arena" / "config.yaml").is_file() and (tmp_path / "arena.png").is_file()
