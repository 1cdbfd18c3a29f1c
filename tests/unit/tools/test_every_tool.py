"""What holds for every pose tool, the ones to come included."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from launcher.errors import BadUsage, Damaged
from launcher.tools import TOOLS, tool
from launcher.tools.protocol import Listing, Part, PoseTool
from tests.unit.tools.made_projects import CONFIG, card_of, files, listing_of, members_of, recognised, slp

EVERY = pytest.mark.parametrize("kind", TOOLS, ids=lambda kind: kind.tool_id)
MADE = {"deeplabcut": "p/config.yaml", "sleap": "p/a.slp", "lightning_pose": "p/project.yaml"}
LIGHTNING_POSE = "keypoint_names:\n- paw\n- wrist\nschema_version: 1\nview_names: []\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files(tmp_path, {"p/config.yaml": CONFIG, "p/videos/left.mp4": "v", "p/x/readme.txt": "x"})
    files(tmp_path, {"p/project.yaml": LIGHTNING_POSE})
    slp(tmp_path / "p/a.slp", videos=[{"backend": {"filename": "/old/left.mp4"}}])
    return tmp_path


@EVERY
def test_names_and_markers(kind: PoseTool) -> None:
    assert kind.tool_id.isidentifier() and kind.title
    assert kind.markers
    assert tool(kind.tool_id) is kind


def test_an_unknown_tool_is_a_plain_mistake() -> None:
    with pytest.raises(BadUsage, match="Known: deeplabcut, sleap, lightning_pose"):
        tool("third")


@EVERY
def test_every_candidate_carries_a_marker_in_its_own_folder(kind: PoseTool, folder: Path) -> None:
    found = list(kind.candidates(listing_of(folder)))
    assert [candidate.marker for candidate in found] == [MADE[kind.tool_id]]
    assert all(any(fnmatch(one.marker.rpartition("/")[2], name) for name in kind.markers) for one in found)
    assert {(candidate.tool_id, candidate.folder) for candidate in found} == {(kind.tool_id, "p")}


@EVERY
def test_an_empty_listing_holds_no_project(kind: PoseTool) -> None:
    assert not list(kind.candidates(Listing([])))


@EVERY
def test_a_project_is_recognised_and_described(kind: PoseTool, folder: Path) -> None:
    marker = MADE[kind.tool_id]
    assert recognised(kind, folder, marker)
    card = card_of(kind, folder, marker)
    assert card.body_parts
    assert "videos/left.mp4" in {video.member for video in card.videos}
    assert all(health.code and health.message.endswith(".") for health in card.health)


@EVERY
def test_members_are_in_the_listing_and_end_with_the_videos(kind: PoseTool, folder: Path) -> None:
    members = members_of(kind, folder, MADE[kind.tool_id])
    assert set(members) <= set(listing_of(folder / "p"))
    assert len(set(members)) == len(members)
    assert MADE[kind.tool_id].removeprefix("p/") in members
    assert members[-1] == "videos/left.mp4"
    assert [kind.part_of(member) for member in members].count(Part.VIDEOS) == 1


@EVERY
def test_the_order_of_saving_names_what_matters_and_what_stays(kind: PoseTool) -> None:
    order = kind.saving_order()
    assert any(fnmatch(MADE[kind.tool_id].removeprefix("p/"), pattern) for pattern in order.first)
    for junk in (
        "a/.DS_Store",
        "x.lock",
        "code/__pycache__/a.pyc",
        "Thumbs.db",
        "labels.slp.partial-12ab",
        "a/.partial-0123456789abcdef",
    ):
        assert any(fnmatch(junk, pattern) for pattern in order.never)
    for work in (
        "config.yaml",
        "a.slp",
        "labeled-data/a/CollectedData_x.h5",
        "models/r/best.ckpt",
        "train.txt",
        "trial.partial-labels.csv",
        "data.partial-abcd.csv",
    ):
        assert not any(fnmatch(work, pattern) for pattern in order.never)


@EVERY
def test_a_marker_is_sound_and_a_cut_one_is_not(kind: PoseTool, folder: Path) -> None:
    file = folder / MADE[kind.tool_id]
    kind.is_sound(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Damaged):
        kind.is_sound(file)


def test_the_window_waits_for_no_reader_and_the_parser_has_them_all() -> None:
    code = """
import pkgutil, sys
import launcher.tools as tools
assert not {"h5py", "numpy", "yaml"} & set(sys.modules)
tools.load_readers()
names = {module.name for module in pkgutil.iter_modules(tools.__path__)}
readers = {f"launcher.tools.{name}" for name in names if not name.endswith("_writing")}
assert readers <= set(sys.modules), readers - set(sys.modules)
"""
    root = str(Path(__file__).parents[3])
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=root, check=True, timeout=60)
