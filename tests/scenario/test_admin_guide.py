"""Every command block of the admin's guide is run, in its order, against the rehearsal's services."""

from __future__ import annotations

import json
import shlex
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.rehearsal import stack_resources
from installer.rehearsal.images import add_image
from installer.rehearsal.place import Place
from installer.rehearsal.story import KIND, ROLES
from launcher.config.site import load_site
from tests.conftest import ROOT
from tests.guide_blocks import blocks
from tests.scenario.guide_place import guide_place

GUIDE = ROOT / "docs" / "admin-guide.md"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with guide_place(tmp_path / "place", "pose-2026-11") as made:
        yield made


def quota_was_granted(place: Place) -> None:
    place.world.quotas |= {KIND: 4, f"builder {KIND}": 1}
    for name in ROLES:
        place.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")


def images_were_made(place: Place) -> None:
    for image in ("pose-2026-11", "pose-2026-12"):
        add_image(place.world, image, family="graphics.g5")


def advisories_were_fetched(folder: Path) -> None:
    """What the page tells to bring: one entry, about nothing of ours."""
    part = {"package": {"ecosystem": "PyPI", "name": "django"}, "versions": ["1.0"]}
    entry = {"id": "PYSEC-2026-1", "modified": datetime.now(UTC).isoformat(), "affected": [part]}
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("PYSEC-2026-1.json", json.dumps(entry))


def fleet_was_made(place: Place) -> None:
    from installer.fleet.template import template

    stack_resources.make(place, template(load_site(place.site).site), "pose-2026-11")
    s3 = place.client("s3")
    s3.create_bucket(Bucket=place.world.report_bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})


def ten_minutes_passed(place: Place) -> None:
    place.world.clock.pass_time(minutes=11)
    place.world.settle()


#: What AWS, or an hour of waiting, does after a command of the page.
AFTERWARDS: dict[str, Callable[[Place], None]] = {
    "pose-admin preflight": quota_was_granted,
    "pose-admin image test image.toml --root built --junit report.xml --only site-file no-secret": images_were_made,
    "pose-admin deploy": fleet_was_made,
    "pose-admin deploy --start": ten_minutes_passed,
}


def test_every_command_of_the_guide_does_what_it_says(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    advisories_were_fetched(tmp_path)
    afterwards, ran = dict(AFTERWARDS), 0
    for block in blocks(GUIDE):
        if block.kind != "sh":
            (tmp_path / block.about).write_text(block.text)
            continue
        for line in block.text.splitlines():
            program, *words = shlex.split(line)
            assert program == "pose-admin", line
            code = main([*words, "--site", str(place.site), "--endpoint", place.plane.url])
            assert code == block.exit_code, f"{line}: {capsys.readouterr().err[-600:]}"
            ran += 1
            if happens := afterwards.pop(line, None):
                happens(place)
    assert ran >= 25
    assert not afterwards, "the page says what it is for"


def test_every_command_has_its_place_in_the_contract() -> None:
    from installer.cli.main import COMMANDS

    contract = (ROOT / "docs" / "admin-contract.md").read_text()
    guide = GUIDE.read_text()
    assert [name for name in COMMANDS if f"`{name}" not in contract] == []
    assert [name for name in COMMANDS if f"pose-admin {name}" not in guide] == []
