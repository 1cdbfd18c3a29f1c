"""What an image is asked to hold: what cannot work, why, and what cannot be understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.image.compatibility import verdicts
from installer.image.plan import ROOT
from installer.image.spec import judge, load_spec
from installer.image.wheel_lock import stand_in
from launcher import errors
from tests.unit.installer.at_the_desk import Admin
from tests.unit.installer.images import spec, spec_text


@pytest.mark.parametrize(
    "data",
    [
        "a = " + "[" * 3_900,
        "a." * 40_000 + "b = 1",
        "a = " + "\n[" * 50_000,
        'name = "' + "x" * 2_000_000 + '"',
        "\x00",
    ],
    ids=["lists", "dots", "lines", "long", "nul"],
)
def test_a_bomb_is_refused_in_words(admin: Admin, tmp_path: Path, data: str) -> None:
    """The same three files of an admin's, by the same reader."""
    file = tmp_path / "bomb.toml"
    file.write_text(data)
    for words, name in (
        (("image", "check", file), "description of the image"),
        (("usage", "--prices", file), "table of prices"),
    ):
        said = admin.run(*words)
        assert (said.code, f"The {name} cannot be used" in said.err) == (2, True), said.err


@pytest.mark.parametrize(
    ("changes", "ok", "words"),
    [
        ({}, True, "CUDA 13.0 needs 580.65.06"),
        ({"gpu": "g4dn"}, True, "compute capability 7.5"),
        ({"gpu": "g7"}, True, "the service itself does not name this GPU"),
        ({"gpu": "g6e"}, False, "imported images"),
        ({"system": "windows-server-2016"}, False, "Qt 6 needs Windows 10 1809"),
        ({"system": "amazon-linux-2"}, False, "15 April 2026"),
        ({"system": "ubuntu-pro-24.04"}, False, "no GPU"),
        ({"system": "windows-server-2019", "gpu": "g6"}, False, "images for g4dn, g5"),
        ({"system": "windows-server-2022"}, True, "without CUDA"),
        ({"system": "windows-server-2019"}, False, "driver 539.19 [IMG]; CUDA 13.0 needs 580"),
        ({"tools": '["sleap==1.0.0"]'}, False, "lock holds 1.6.6"),
        ({"tools": '["sleap==1.6.6"]'}, True, "1.6.6"),
    ],
)
def test_what_can_work_and_why_not(tmp_path: Path, changes: dict[str, str], ok: bool, words: str) -> None:
    found = judge(spec(tmp_path, **changes))
    assert all(one.ok is not False for one in found) is ok
    assert words in " / ".join(one.why for one in found)


def test_a_driver_that_is_too_old_is_refused_with_both_numbers(tmp_path: Path) -> None:
    found = judge(spec(tmp_path, system="windows-server-2019", tools="[]"))
    (driver,) = [one for one in found if one.what == "driver"]
    assert (driver.ok, "539.19" in driver.why, "580" in driver.why) == (False, True, True)


def test_what_nobody_knows_is_told_before_it_is_built(admin: Admin, tmp_path: Path) -> None:
    stand_in(tmp_path / "pose_launcher-1-py3-none-any.whl", ROOT / "requirements.lock")
    file = tmp_path / "image.toml"
    file.write_text(spec_text(gpu="g7"))
    words = ("image", "build", file, "--wheel", tmp_path / "pose_launcher-1-py3-none-any.whl", "--dry-run")
    assert "?   compute capability: g7 is NVIDIA RTX PRO 4500 Blackwell" in admin.run(*words).err
    file.write_text(spec_text(gpu="g5"))
    assert "?  " not in admin.run(*words).err


def test_a_gpu_that_is_younger_than_its_cuda() -> None:
    (found,) = [one for one in verdicts("rocky-8", "g7", "12.6") if one.what == "compute capability"]
    assert (found.ok, "needs CUDA 12.8" in found.why) == (False, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('name = "aws-pose"', "line 2"),
        ('name = "pose; rm -rf /"', "line 2"),
        ('name = "' + "x" * 101 + '"', "line 2"),
        ('name = "pose"\ntitle = "$(reboot)"', "line 3"),
        ('name = "pose"\ntools = ["../sleap"]', "line 3"),
        ('name = "pose"\nmount = true', "mounts"),
        ("name = ", "line 2: this is not TOML"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "image.toml"
    file.write_text(f'schema = 1\n{line}\nsystem = "rocky-8"\ngpu = "g5"\n')
    with pytest.raises(errors.BadUsage, match=words):
        load_spec(file)
