"""Somebody puts something else in the place of one of our lists in the home bucket: work is saved all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project

PROJECT = small_project(2)
MORE = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved, and then worked on."""
    folder = bring(site, PROJECT)
    save(site, folder)
    (folder / LABELS).write_bytes(MORE)
    return folder


def replace(site: Site, place: str, data: bytes) -> None:
    """As another client does it."""
    site.s3.put_object(Bucket=site.home_bucket, Key=f"person/.pose-launcher/{place}", Body=data)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\0", DEEP, b'{"schema": 2, "files": [{"path": "../../x"}]}'])
def test_a_damaged_list_of_what_was_saved_does_not_keep_work_here(site: Site, folder: Path, data: bytes) -> None:
    replace(site, f"state/{project_id(folder)}.json", data)
    done = site.run("save", folder, "--json")
    assert (done.code, [row["path"] for row in done.json["saved"]]) == (0, [LABELS]), done.err
    assert in_home(site, folder)[LABELS] == MORE
    proof = site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert (proof.code, proof.json["bad"], proof.json["checked"]) == (0, [], len(PROJECT)), proof.err
    kept = site.objects(site.home_bucket, f"person/.pose-launcher/history/{project_id(folder)}/doubtful/")
    assert list(kept.values()) == [data], "what was replaced can be looked at"


def test_nor_does_it_on_a_new_computer(site: Site, folder: Path) -> None:
    replace(site, f"state/{project_id(folder)}.json", b"null")
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.data_uri}reaching/", there).code == 0
    (there / "notes.txt").write_bytes(b"seen on a new computer")
    done = other.run("save", there, "--json")
    assert (done.code, done.json["conflicts"], done.json["failed"]) == (0, [], []), done.err
    home = in_home(site, folder)
    assert (home["notes.txt"], home[LABELS]) == (b"seen on a new computer", PROJECT[LABELS])


def test_a_list_of_conflicts_that_is_nested_too_deeply_is_none(site: Site, folder: Path) -> None:
    replace(site, f"conflicts/{project_id(folder)}.json", DEEP)
    done = site.run("conflicts", "--json")
    assert (done.code, done.json["conflicts"]) == (0, []), done.err
