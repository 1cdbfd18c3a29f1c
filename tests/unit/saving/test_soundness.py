"""What counts as a whole file, before it may replace one that was saved."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from launcher import errors
from launcher.projects.parsing import Parsers
from launcher.saving.soundness import check
from tests.scenario.projects import reaching

LIGHTNING = b"# This project's settings\nschema_version: 1\nkeypoint_names:\n- paw\n- wrist\nview_names: []\n"


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("L", (32, 24), 90).save(drawn, "PNG")
    return drawn.getvalue()


@pytest.mark.parametrize("tail", [b"", b"\0" * 512, picture()[-40:], b"made by a camera"])
def test_a_picture_with_something_behind_it_is_whole(tail: bytes, tmp_path: Path) -> None:
    """Every reader opens it: it must not be kept from the home bucket."""
    Image.open(io.BytesIO(picture() + tail)).load()
    with Parsers() as parsers:
        check(parsers, "sleap", "frames/img.png", picture() + tail, tmp_path)


@pytest.mark.parametrize("length", [0, 1, 20, 40, 50])
@pytest.mark.parametrize(
    ("tool_id", "name", "text"),
    [("deeplabcut", "config.yaml", reaching(1)["config.yaml"]), ("lightning_pose", "project.yaml", LIGHTNING)],
)
def test_a_configuration_that_is_cut_off_before_its_first_setting_or_after_it_is_not(
    tool_id: str, name: str, text: bytes, length: int, tmp_path: Path
) -> None:
    with Parsers() as parsers:
        check(parsers, tool_id, name, text, tmp_path)
        with pytest.raises(errors.Damaged, match="does not open"):
            check(parsers, tool_id, name, text[:length], tmp_path)


@pytest.mark.parametrize("tool_id", ["deeplabcut", "lightning_pose", "sleap"])
def test_labels_of_sleap_that_are_cut_off_are_not_whatever_the_projects_tool(
    tool_id: str, real_data: Path, tmp_path: Path
) -> None:
    whole = (real_data / "sleap-samples" / "small_robot_minimal.slp").read_bytes()
    with Parsers() as parsers:
        check(parsers, tool_id, "exports/labels.slp", whole, tmp_path)
        for cut in (whole[: len(whole) // 2], whole[:-1], b""):
            with pytest.raises(errors.Damaged, match="does not open"):
                check(parsers, tool_id, "exports/labels.slp", cut, tmp_path)


@pytest.mark.parametrize("data", [b"", picture()[:-1], picture()[:40], picture()[8:], picture()[:-12] + b"\0" * 12])
def test_a_picture_that_is_cut_off_is_not(data: bytes, tmp_path: Path) -> None:
    with Parsers() as parsers, pytest.raises(errors.Damaged, match="cut off"):
        check(parsers, "sleap", "frames/img.png", data, tmp_path)
