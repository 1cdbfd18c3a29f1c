"""What is shipped: the bill in its own schema, hashes that check, and the same wheel twice."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion

from installer.cli.main import main
from installer.image.plan import ROOT
from installer.probing import answers, variables
from installer.supply.bill import bill, packages_in, safe_cell
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
    rows = (shipped / "licences.csv").read_text().splitlines()
    assert rows[0] == "package,version,licence"
    assert [row for row in rows if row.startswith("boto3,") and "Apache" in row]


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
