"""A newcomer at the real window on a real server: by keyboard, and by mouse, from the start to everything saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.fakes.installed import FakeTools
from tests.ui.newcomer import Newcomer, newcomer

NAME = "small_robot_minimal"
MOST_ACTIONS = 6


@pytest.fixture
def person(site: Site, real_data: Path, tmp_path: Path) -> Iterator[Newcomer]:
    """Two projects in the bucket; on the computer a SLEAP that opens its window and closes when it is told to."""
    samples = real_data / "sleap-samples"
    for name in (f"{NAME}.slp", "small_robot.mp4", "minimal_instance.slp"):
        site.put(f"samples/{name}", (samples / name).read_bytes())
    tools = FakeTools(tmp_path / "tools")
    tools.install_sleap("opens")
    with newcomer(site, tools.root) as somebody:
        yield somebody


def test_by_keyboard_only_from_the_start_to_saved(person: Newcomer, site: Site) -> None:
    person.starts_the_program()
    person.reads(f"{NAME}, SLEAP", "minimal_instance, SLEAP", "Nothing is chosen.", "Nothing to save yet")
    person.reader.listen()

    person.presses("find it and look at it", "slash", "'robot'", "Return")
    said = person.reads("Opens here.", "Body parts: A, B", "small_robot.mp4", "Open in SLEAP")
    assert "minimal_instance" not in said

    person.presses("open it", "ctrl+Return")
    person.until(lambda: person.in_front().endswith("SLEAP v1.6.6"), "the tool is in front")
    assert any(title.endswith(f"{NAME}.slp - SLEAP v1.6.6") for title in person.titles())

    person.closes_the_tool()
    person.sees_whether_it_is_saved()

    person.presses("save", "F9")
    person.reads("Saving results to the home bucket")
    person.reads("All results saved", f"{NAME}, SLEAP", "healthy · saved")
    assert "All results saved" in person.reader.heard()
    assert len(person.actions) <= MOST_ACTIONS
    assert any(key.endswith(f"/{NAME}.slp") for key in site.objects(site.home_bucket))
    assert person.closes_the_program() == 0
    assert person.ends_the_session().code == 0


def test_by_mouse_from_the_start_to_saved(person: Newcomer, site: Site) -> None:
    person.starts_the_program()
    person.reads(f"{NAME}, SLEAP")

    person.clicks("look at it", "list item", NAME)
    person.reads("Opens here.", "Open in SLEAP")
    person.clicks("open it", "push button", "Open in SLEAP")
    person.until(lambda: person.in_front().endswith(f"{NAME}.slp - SLEAP v1.6.6"), "the tool is in front")

    person.closes_the_tool()
    person.sees_whether_it_is_saved()
    person.clicks("save", "push button", "Save results to home bucket")
    person.reads("All results saved")
    assert len(person.actions) <= MOST_ACTIONS
    assert any(key.endswith(f"/{NAME}.slp") for key in site.objects(site.home_bucket))
