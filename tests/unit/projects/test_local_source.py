"""A folder of this computer as a place with projects."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launcher.projects.source import LocalSource


def test_what_is_not_to_be_looked_into_is_not_entered(tmp_path: Path) -> None:
    """A mount that stands still would hold whoever looks into it."""
    for path in ("labels.slp", "videos/a.mp4", "nas/b.mp4", "videos/nas/c.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    listed = {file.path for file in LocalSource(tmp_path, [str(tmp_path / "nas")]).files()}
    assert listed == {"labels.slp", "videos/a.mp4", "videos/nas/c.mp4"}
    assert {file.path for file in LocalSource(tmp_path).files()} == {*listed, "nas/b.mp4"}


@pytest.mark.parametrize("seconds", [2.0**45, -(2.0**45)])
def test_a_file_of_a_time_that_no_calendar_has_is_one_all_the_same(
    tmp_path: Path, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disks differ in the years that they hold; NTFS has thirty thousand of them."""
    (tmp_path / "labels.slp").write_bytes(b"x")
    real = Path.stat

    def stat(path: Path, **how: Any) -> Any:
        found = real(path, **how)
        if not path.is_relative_to(tmp_path / "labels.slp"):
            return found
        told = {name: getattr(found, name) for name in dir(os.stat_result) if name.startswith("st_")}
        return SimpleNamespace(**{**told, "st_mtime": seconds})

    monkeypatch.setattr(Path, "stat", stat)
    (listed,) = LocalSource(tmp_path).files()
    assert (listed.path, listed.modified) == ("labels.slp", "")
