"""An admin at a desk, for each test anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.image.plan import ROOT, Sources
from installer.image.wheel_lock import stand_in
from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.world import World
from tests.unit.installer.at_the_desk import SITE, Admin
from tests.unit.installer.images import IN_A_PREFIX, documents, spec_text


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


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    file = tmp_path / "image.toml"
    file.write_text(spec_text())
    return file


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    for name, text in (("pose_launcher-1-py3-none-any.whl", "wheel"), ("site.toml", SITE), ("winfsp.msi", "driver")):
        (tmp_path / name).write_text(text)
    return Sources(tmp_path / "pose_launcher-1-py3-none-any.whl", tmp_path / "site.toml", tmp_path / "winfsp.msi")


@pytest.fixture
def prefix(admin: Admin, tmp_path: Path, spec_file: Path) -> Path:
    """An image in a folder, as far as it needs no network."""
    stand_in(tmp_path / "pose_launcher-1-py3-none-any.whl", ROOT / "requirements.lock")
    root = tmp_path / "image"
    words: list[str | Path] = [
        "image",
        "build",
        spec_file,
        "--root",
        root,
        "--wheel",
        tmp_path / "pose_launcher-1-py3-none-any.whl",
    ]
    (root / "etc" / "appstream").mkdir(parents=True)
    (root / "etc" / "appstream" / "appstream.conf").write_text("# the service's own\n[webcam]\npermission = 0\n")
    dry = admin.run(*words, "--only", *IN_A_PREFIX, "--dry-run")
    assert not (root / "opt").exists()
    real = admin.run(*words, "--only", *IN_A_PREFIX)
    assert (dry.code, real.code) == (0, 0)
    assert documents(dry) == documents(real)
    assert [row["step"] for row in documents(dry)] == IN_A_PREFIX
    assert documents(admin.run(*words, "--only", *IN_A_PREFIX)) == [], "nothing the second time"
    return root
