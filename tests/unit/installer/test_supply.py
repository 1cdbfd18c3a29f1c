"""What is shipped: the bill in its own schema, hashes that check, and the same wheel twice."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from installer.cli.main import main
from installer.image.plan import ROOT
from installer.probing import answers, variables
from installer.supply.bill import bill, packages_in
from installer.supply.licences import NOT_DECLARED, NOT_HERE, licences, safe_cell
from installer.supply.wheel import build_wheel


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    assert main(["supply", "-o", str(folder)]) == 0
    return folder


def test_every_locked_package_is_in_the_bill_with_its_hashes(shipped: Path) -> None:
    text = (shipped / "sbom.cdx.json").read_text()
    components = json.loads(text)["components"]
    packages = packages_in((ROOT / "requirements.lock").read_text())
    names = {(one["name"], one["version"]) for one in components if one["group"] == "launcher"}
    assert names == {(one.name, one.version) for one in packages}
    assert len(packages) > 40
    assert {"sleap", "deeplabcut"} <= {one["group"] for one in components}
    assert all(one["hashes"] and one["purl"].startswith("pkg:pypi/") for one in components)


def test_the_bill_is_what_its_schema_says(shipped: Path) -> None:
    text = (shipped / "sbom.cdx.json").read_text()
    document = json.loads(text)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"library"', '"books"')) is not None
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", SchemaVersion.V1_6.to_version())


def test_the_same_locks_give_the_same_bill() -> None:
    locks = {"launcher": ROOT / "requirements.lock"}
    assert bill(locks) == bill(locks)


def test_the_hashes_check(shipped: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=shipped, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.count(": OK")) == (0, 3)


def test_two_builds_of_one_commit_are_the_same(shipped: Path, tmp_path: Path) -> None:
    (first,) = shipped.glob("*.whl")
    assert build_wheel(ROOT, tmp_path).read_bytes() == first.read_bytes()


def test_licences_are_declared(shipped: Path) -> None:
    with (shipped / "licences.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["package", "version", "licence", "lock"]
    assert {row[3] for row in rows} == {"launcher"}, "no pose tool is installed for this test"
    assert len(rows) == len(packages_in((ROOT / "requirements.lock").read_text()))
    assert [row for row in rows if row[2] in (NOT_HERE, NOT_DECLARED)] == []
    assert [row[2] for row in rows if row[0] == "boto3"] == ["Apache-2.0"]


def test_the_licences_of_the_pose_tools_come_from_where_they_are_installed(tmp_path: Path) -> None:
    """Another version than the locked one is told, a licence of many lines is one, and a missing one is named."""
    lock = tmp_path / "linux.lock"
    lock.write_text("torch==2.0\nodd==1.0\nbare==1.0\ngone==1.0\n")
    site = tmp_path / "tools" / "sleap" / "1.0-x" / "lib" / "python3.11" / "site-packages"
    for name, version, more in (
        ("torch", "2.0+cpu", "License-Expression: BSD-3-Clause"),
        ("odd", "1.0", "License: Apache License\n        Version 2.0"),
        ("bare", "1.0", "License: UNKNOWN\nClassifier: License :: OSI Approved"),
    ):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{more}\n")
    text = licences({"sleap": lock}, {"sleap": [str(site)]})
    assert text.splitlines()[1:] == [
        f"bare,1.0,{NOT_DECLARED},sleap",
        f"gone,1.0,{NOT_HERE},sleap",
        "odd,1.0,Apache License,sleap",
        "torch,2.0,BSD-3-Clause (of 2.0+cpu),sleap",
    ]


@pytest.mark.parametrize(("text", "cell"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-2", "'-2"), ("MIT", "MIT"), ("", "")])
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


def test_every_question_has_an_answer_or_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    assert main(["probe", "-o", str(file)]) == 0
    rows = json.loads(file.read_text())["answers"]
    assert [row["number"] for row in rows] == list(range(1, 15))
    assert all(row["found"] is not None or row["by_hand"] for row in rows)
    assert len(list(answers())) == 14


def test_no_secret_is_an_answer() -> None:
    given = {"AppStream_UserName": "ann", "APPSTREAM_TOKEN": "x", "AWS_SECRET_ACCESS_KEY": "y", "PATH": "z"}
    assert variables(given) == {"AppStream_UserName": "ann"}
