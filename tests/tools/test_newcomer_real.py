"""A newcomer with the real tools: DeepLabCut by keyboard only, SLEAP by mouse, each in no more than six actions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.runs.environments import Environments
from tests.conftest import Site
from tests.ui.newcomer import LAUNCHER, Newcomer, newcomer

pytestmark = [pytest.mark.tools, pytest.mark.timeout(600)]
OPENFIELD, ROBOT = "openfield-Pranav-2018-10-30", "small_robot_minimal"
MOST_ACTIONS = 6


@pytest.fixture
def person(site: Site, tool_environments: Environments, real_data: Path) -> Iterator[Newcomer]:
    """The open-field project and the robot in the bucket; both tools on the computer."""
    site.upload(real_data / OPENFIELD, f"{OPENFIELD}/")
    for name in (f"{ROBOT}.slp", "small_robot.mp4"):
        site.put(f"samples/{name}", (real_data / "sleap-samples" / name).read_bytes())
    with newcomer(site, tool_environments.root) as somebody:
        yield somebody


def test_open_field_in_deeplabcut_by_keyboard_only(person: Newcomer, site: Site) -> None:
    person.starts_the_program()
    person.reads(f"{OPENFIELD}, DeepLabCut", "Nothing is chosen.")

    person.presses("find it and look at it", "slash", "'openfield'", "Return")
    person.reads("Opens here.", "Body parts: snout, leftear, rightear, tailbase", "Open in DeepLabCut")

    person.presses("open it", "ctrl+Return")
    person.until(lambda: person.in_front().startswith(f"DeepLabCut - {OPENFIELD}"), "its project is loaded")
    person.reads("Running", f"DeepLabCut · {OPENFIELD}")

    person.presses("close DeepLabCut", "alt+F4")
    person.until(lambda: person.in_front() == "Quit", "DeepLabCut asks whether it shall")
    person.presses("tell DeepLabCut that it shall", "alt+y")
    person.until(lambda: person.in_front() == LAUNCHER, "the launcher is in front again")
    person.sees_whether_it_is_saved()

    person.presses("save", "F9")
    person.reads("All results saved", "healthy · saved")
    assert len(person.actions) <= MOST_ACTIONS
    assert any(key.endswith("/config.yaml") for key in site.objects(site.home_bucket))
    assert person.closes_the_program() == 0
    assert person.ends_the_session().code == 0


def test_the_robot_in_sleap_by_mouse(person: Newcomer, site: Site) -> None:
    person.starts_the_program()
    person.reads(f"{ROBOT}, SLEAP")

    person.clicks("look at it", "list item", ROBOT)
    person.reads("Opens here.", "Open in SLEAP")
    person.clicks("open it", "push button", "Open in SLEAP")
    person.until(lambda: f"{ROBOT}.slp - SLEAP v" in person.in_front(), "its project is loaded")

    person.presses("close SLEAP", "alt+F4")
    person.until(lambda: person.in_front() == LAUNCHER, "the launcher is in front again")
    person.sees_whether_it_is_saved()

    person.clicks("save", "push button", "Save results to home bucket")
    person.reads("All results saved")
    assert len(person.actions) <= MOST_ACTIONS
    assert any(key.endswith(f"/{ROBOT}.slp") for key in site.objects(site.home_bucket))
