"""Published weaknesses of what is locked, as an admin hears of them; the snapshot comes from somewhere else."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.version import Version

from installer.cli.audit import SHIPPED
from installer.cli.main import main
from installer.supply.advisories import Affected
from installer.supply.audit import is_affected
from installer.supply.bill import packages_in
from tests.conftest import ROOT

TODAY = datetime.now(UTC)
URLLIB3 = next(one.version for one in packages_in((ROOT / "requirements.lock").read_text()) if one.name == "urllib3")


def advisory(name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    """One entry as osv.dev exports it."""
    part = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}
    written = {"id": "PYSEC-2026-1", "modified": TODAY.isoformat(), "aliases": ["CVE-2026-1"], "affected": [part]}
    return {"summary": "Bodies follow redirects", "details": "long", **written, **more}


def snapshot(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "all.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for number, entry in enumerate(entries):
            archive.writestr(f"{number}.json", json.dumps(entry))
    return file


def audited(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any, str]:
    capsys.readouterr()
    code = main(["audit", *map(str, words), "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def test_nothing_published_is_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mended = advisory("urllib3", {"introduced": "0"}, {"fixed": "2.0.7"})
    code, told, err = audited(capsys, "--advisories", snapshot(tmp_path, mended))
    assert (code, told["ok"], told["findings"]) == (0, True, [])
    assert told["packages"] > 400
    assert "1 advisories, the newest of" in err


def test_a_weakness_is_told_with_its_lock_and_its_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = snapshot(tmp_path, advisory("URLlib3", {"introduced": "2.0"}, {"fixed": "999.1"}))
    code, told, err = audited(capsys, "--advisories", file)
    assert (code, told["ok"]) == (4, False)
    mine = [one for one in told["findings"] if one["lock"] == "launcher"]
    assert [(one["package"], one["version"], one["id"], one["fixed"]) for one in mine] == [
        ("urllib3", URLLIB3, "PYSEC-2026-1", ["999.1"])
    ]
    assert f"urllib3 {URLLIB3} (launcher): PYSEC-2026-1 CVE-2026-1 Bodies follow redirects" in err
    assert "mended in 999.1" in err
    code, told, err = audited(capsys, "--advisories", file, "--accept", "CVE-2026-1")
    assert (code, told["ok"], told["findings"][0]["accepted"]) == (0, True, True)
    assert "accepted: urllib3" in err


def test_what_is_kept_says_the_same_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, other = advisory("urllib3", {"introduced": "2.0"}), advisory("django", {"introduced": "0"}, id="PYSEC-2026-2")
    kept = tmp_path / "advisories.json"
    first = audited(capsys, "--advisories", snapshot(tmp_path, ours, other), "--keep", kept)
    again = audited(capsys, "--advisories", kept)
    assert again[:2] == first[:2]
    text = kept.read_text()
    assert "PYSEC-2026-1" in text and "PYSEC-2026-2" not in text, "only what is about us"
    assert "long" not in text


def test_a_folder_of_yaml_as_the_packaging_authority_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vulns" / "urllib3").mkdir(parents=True)
    entry = advisory("urllib3", {"introduced": "2.0"})
    (tmp_path / "vulns" / "urllib3" / "PYSEC-2026-1.yaml").write_text(yaml.safe_dump(entry))
    code, told, _ = audited(capsys, "--advisories", tmp_path)
    assert (code, told["findings"][0]["id"]) == (4, "PYSEC-2026-1")


@pytest.mark.parametrize(
    "more",
    [
        {"withdrawn": TODAY.isoformat()},
        {"affected": [{"package": {"ecosystem": "npm", "name": "urllib3"}, "versions": [URLLIB3]}]},
        {"affected": [{"package": {"ecosystem": "PyPI", "name": "urllib4"}, "versions": [URLLIB3]}]},
    ],
    ids=["withdrawn", "another-ecosystem", "another-package"],
)
def test_what_is_none_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: dict[str, Any]) -> None:
    file = snapshot(tmp_path, advisory("urllib3", {"introduced": "0"}, **more))
    assert audited(capsys, "--advisories", file)[0] == 0


def test_an_old_snapshot_does_not_say_that_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = (TODAY - timedelta(days=31)).isoformat()
    code, told, err = audited(capsys, "--advisories", snapshot(tmp_path, advisory("django", modified=old)))
    assert (code, told["advisories"]["too_old"], told["ok"]) == (4, True, False)
    assert "too old" in err


def test_none_is_shipped_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not SHIPPED.exists()
    code, _, err = audited(capsys)
    assert (code, "No advisories came with this launcher" in err) == (2, True)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"{}", b"x" * 100])
def test_what_is_no_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    for name in ("all.zip", "all.json"):
        (tmp_path / name).write_bytes(data)
        code, _, err = audited(capsys, "--advisories", tmp_path / name)
        assert (code, "no snapshot of advisories" in err) == (2, True)
    for path in (tmp_path / "missing", "/dev/zero"):
        assert audited(capsys, "--advisories", path)[0] == 2


def test_entries_that_cannot_be_read_are_counted_and_bombs_are_not_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.json", json.dumps(advisory("django")))
        archive.writestr("deep.json", "[" * 100_000)
        archive.writestr("bomb.json", b" " * 50_000_000)
        archive.writestr("laughs.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nid: [*b,*b]\n")
        archive.writestr("evil.json", json.dumps(advisory("urllib3", id="\x1b[2J; rm -rf /")))
        archive.writestr("../../outside.json", "{}")
    code, told, err = audited(capsys, "--advisories", file)
    assert (code, told["advisories"]["read"], told["advisories"]["unread"]) == (0, 1, 5)
    assert "\x1b" not in err


def affected(events: list[dict[str, str]], versions: list[str] | None = None) -> Affected:
    given = {"package": {"ecosystem": "PyPI", "name": "x"}, "versions": versions or []}
    return Affected.model_validate({**given, "ranges": [{"type": "ECOSYSTEM", "events": events}]})


@pytest.mark.parametrize(
    ("version", "is_hit"),
    [("1.26.17", True), ("1.26.18", False), ("2.0.0", True), ("2.0.6", True), ("2.0.7", False), ("2.7.1", False)],
)
def test_two_branches_that_were_mended_apart(version: str, is_hit: bool) -> None:
    """The ranges of PYSEC-2023-212, in the order in which they were published."""
    events = [{"introduced": "2.0.0"}, {"fixed": "2.0.7"}, {"introduced": "0"}, {"fixed": "1.26.18"}]
    assert is_affected(version, affected(events)) is is_hit


@pytest.mark.parametrize(
    ("version", "is_hit"), [("1.0", True), ("1.0.0", True), ("1.1", True), ("1.1.1", False), ("2.0rc1", False)]
)
def test_versions_that_are_named_and_a_last_one(version: str, is_hit: bool) -> None:
    assert is_affected(version, affected([{"introduced": "1.1"}, {"last_affected": "1.1"}], ["1.0"])) is is_hit


_VERSIONS = st.builds("{}.{}".format, st.integers(0, 9), st.integers(0, 9))


@given(_VERSIONS, _VERSIONS, _VERSIONS)
def test_a_range_is_from_its_first_to_before_its_mend(ours: str, first: str, mended: str) -> None:
    assume(first != mended)
    low, high = sorted([first, mended], key=Version)
    expected = Version(low) <= Version(ours) < Version(high)
    assert is_affected(ours, affected([{"fixed": high}, {"introduced": low}])) is expected
