"""Tables and settings that no reader of ours takes for whole: they are saved as they are, if nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import LABELS, bring, project_id, small_project

ODD = {
    "results/remarks.csv": b"# drawn by the rig\na,b,c\n1,2,3\n",
    "results/letters.csv": "temperature \u00b0C,\u00b5m\n1,2\n".encode("latin-1"),
    "rig.json": b"// volts\n{}\n",
    "rig.yaml": b"a:\n\t- b\n",
    "trace.h5": b"in a form of its own",
}


@pytest.fixture
def folder(site: Site) -> Path:
    return bring(site, {**small_project(), **ODD})


def saved(site: Site, folder: Path) -> dict[str, bytes]:
    """What the home bucket holds of the project, by path."""
    prefix = f"person/projects/{project_id(folder)}/"
    return {key.removeprefix(prefix): data for key, data in site.objects(site.home_bucket, prefix).items()}


def test_they_are_saved_whether_new_or_changed(site: Site, folder: Path) -> None:
    assert site.run("save", folder).code == 0
    now = {path: data + b"\n" for path, data in ODD.items()} | {f"new/{path}": data for path, data in ODD.items()}
    for path, data in now.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    done = site.run("save", folder, "--json")
    assert done.code == 0, done.out
    assert {path: saved(site, folder)[path] for path in now} == now
    assert site.run("verify", folder, "--json").json["bad"] == []


def test_one_that_opened_before_is_not_replaced_by_one_that_does_not(site: Site, folder: Path) -> None:
    whole = {path: b"a,b\n1,2\n" if path.endswith(".csv") else b"{}" for path in ODD if not path.endswith(".h5")}
    for path, data in whole.items():
        (folder / path).write_bytes(data)
    assert site.run("save", folder).code == 0
    for path in whole:
        (folder / path).write_bytes(ODD[path] + b"\n")
    done = site.run("save", folder, "--json")
    assert done.code == 4 and {row["path"] for row in done.json["failed"]} == set(whole)
    assert {path: saved(site, folder)[path] for path in whole} == whole


def test_labels_have_to_open_also_where_none_were_saved_before(site: Site, folder: Path) -> None:
    (folder / LABELS).with_name("CollectedData_New.csv").write_bytes(b"scorer,New\nbodyparts\n")
    done = site.run("save", folder, "--json")
    assert done.code == 4
    assert [Path(row["path"]).name for row in done.json["failed"]] == ["CollectedData_New.csv"]
    assert not [path for path in saved(site, folder) if path.endswith("CollectedData_New.csv")]
