"""A folder of this computer as a place with projects."""

from __future__ import annotations

from pathlib import Path

from launcher.projects.source import LocalSource


def test_what_is_not_to_be_looked_into_is_not_entered(tmp_path: Path) -> None:
    """A mount that stands still would hold whoever looks into it."""
    for path in ("labels.slp", "videos/a.mp4", "nas/b.mp4", "videos/nas/c.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    listed = {file.path for file in LocalSource(tmp_path, [str(tmp_path / "nas")]).files()}
    assert listed == {"labels.slp", "videos/a.mp4", "videos/nas/c.mp4"}
    assert {file.path for file in LocalSource(tmp_path).files()} == {*listed, "nas/b.mp4"}
