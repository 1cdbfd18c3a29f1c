"""What the demo does besides calling the desk: finding files, describing projects, standing in for a pose tool."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import h5py
import pytest

from launcher.desk.demo import SAMPLE, describe, project_files
from launcher.desk.simulated_edit import edit
from launcher.projects.parsing import Parsers


def test_only_files_of_projects_go_up(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (tmp_path / "data" / "stray.txt").write_text("not of a project")
    with Parsers(1) as parsers:
        found = project_files(tmp_path / "data", parsers)
    assert found
    assert "stray.txt" not in found
    assert all((tmp_path / "data" / path).is_file() for path in found)
    assert {Path(path).name for path in found} >= {"config.yaml"}
    assert any(path.endswith(".slp") for path in found)


def test_an_empty_folder_has_no_projects(tmp_path: Path) -> None:
    with Parsers(1) as parsers:
        assert project_files(tmp_path, parsers) == set()


@pytest.mark.parametrize(("frames", "words"), [(7, "7 labelled frames"), (None, "? labelled frames")])
def test_a_project_in_half_a_line(frames: int | None, words: str) -> None:
    project: dict[str, Any] = {"name": "m", "tool": "sleap", "body_parts": ["a", "b"], "labelled_frames": frames}
    assert describe(project) == f"m (sleap, 2 body parts, {words})"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Task: x\r\ndotsize: 12\r\n# note\r\n", b"Task: x\r\ndotsize: 8\r\n# note\r\n"),
        (b"dotsize: 8\n", b"dotsize: 9\n"),
        (b"Task: x\n", b"Task: x\ndotsize: 8\n"),
    ],
)
def test_a_stand_in_changes_one_line_of_a_configuration(before: bytes, after: bytes, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(before)
    edit(file)
    assert file.read_bytes() == after


def test_a_stand_in_changes_a_sleap_file_each_time_and_it_stays_sound(tmp_path: Path) -> None:
    sample = next(SAMPLE.rglob("*.slp"))
    file = tmp_path / "labels.slp"
    shutil.copyfile(sample, file)
    seen = []
    for _ in range(3):
        with h5py.File(file, "r") as labels:
            seen.append(float(labels["points"][0]["x"]))
        edit(file)
    assert seen[0] != seen[1] != seen[2]
    assert max(seen) - min(seen) <= 0.5
    with Parsers(1) as parsers:
        parsers.check("sleap", file)
