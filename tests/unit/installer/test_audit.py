"""Published weaknesses of what is locked, as an admin hears of them; the snapshot comes from somewhere else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


def test_a_release_carries_what_was_kept_of_a_checkout(tmp_path: Path) -> None:
    """A checkout of the database, `--keep` into the tree, and from then on no snapshot has to be named."""
    checkout, tree = tmp_path / "advisory-database", tmp_path / "tree"
    for name, first in (("urllib3", "2.0"), ("django", "0")):
        entry = {**advisory(name, {"introduced": first}), "modified": TODAY, "id": f"PYSEC-2026-{len(name)}"}
        (checkout / "vulns" / name).mkdir(parents=True)
        (checkout / "vulns" / name / f"{entry['id']}.yaml").write_text(yaml.safe_dump(entry))
    (checkout / "README.md").write_text("no advisory")
    (checkout / ".git").mkdir()
    for part in ("installer", "launcher", "resources"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "sample"))
    shutil.copy(ROOT / "requirements.lock", tree)

    def audit(*words: str | Path) -> tuple[int, Any]:
        command = [sys.executable, "-P", "-m", "installer", "audit", "--json", *map(str, words)]
        environ = {**os.environ, "PYTHONPATH": str(tree)}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    kept = tree / "resources" / "advisories.json"
    code, told = audit("--advisories", checkout, "--keep", kept)
    assert (code, told["advisories"]["read"], told["advisories"]["unread"]) == (4, 2, 0)
    assert [one["id"] for one in json.loads(kept.read_text())["advisories"]] == ["PYSEC-2026-7"]
    assert audit() == (code, told)


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
        archive.writestr("laughs.yaml", laughs())
        archive.writestr("evil.json", json.dumps(advisory("urllib3", id="\x1b[2J; rm -rf /")))
        archive.writestr("../../outside.json", "{}")
    code, told, err = audited(capsys, "--advisories", file)
    assert (code, told["advisories"]["read"], told["advisories"]["unread"]) == (0, 1, 5)
    assert "\x1b" not in err


def laughs() -> str:
    """An advisory of a few kilobytes whose aliases stand for a milliard of events."""
    lines = ["e: &e {introduced: '0'}", "r: &r {type: ECOSYSTEM, events: [" + "*e, " * 1000 + "]}"]
    lines.append("p: &p {package: {ecosystem: PyPI, name: urllib3}, ranges: [" + "*r, " * 1000 + "]}")
    return "\n".join([*lines, "affected: [" + "*p, " * 1000 + "]", "id: X-1", "modified: 2026-01-01T00:00:00Z"])


@pytest.mark.parametrize("how", ["encrypted", "cut", "another method", "flipped"])
def test_an_archive_that_cannot_be_unpacked(tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.json", json.dumps(advisory("urllib3", {"introduced": "0"})) * 20)
    data = bytearray(file.read_bytes())
    central = data.index(b"PK\x01\x02")
    if how == "encrypted":
        data[6], data[central + 8] = 1, 1
    elif how == "another method":
        data[8] = data[central + 10] = 99
    elif how == "flipped":
        data[60:90] = bytes(30)
    else:
        del data[50:90]
    file.write_bytes(data)
    code, _, err = audited(capsys, "--advisories", file)
    assert (code, "no snapshot of advisories" in err) == (2, True), err


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
