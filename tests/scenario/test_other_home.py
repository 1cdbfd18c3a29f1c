"""The site names another home prefix than the one in which a project was saved until now."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.oracle import final_files
from tests.scenario.projects import VIDEO
from tests.scenario.watching import bring, project_id, save, small_project

NOTES = "notes.md"
PROJECT = small_project(2) | {NOTES: b"first\n"}


@pytest.fixture
def elsewhere(site: Site) -> Iterator[str]:
    """Another bucket of the same lab."""
    bucket = f"elsewhere-{secrets.token_hex(6)}"
    site.s3.create_bucket(Bucket=bucket)
    yield bucket
    for key in site.objects(bucket):
        site.s3.delete_object(Bucket=bucket, Key=key)
    site.s3.delete_bucket(Bucket=bucket)


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved, and worked on since; a file is new here, and one was changed and saved."""
    folder = bring(site, PROJECT)
    (folder / "own.txt").write_text("my own\n")
    (folder / NOTES).write_text("second\n")
    save(site, folder)
    (folder / NOTES).write_text("third\n")
    return folder


def test_nothing_is_written_to_a_home_that_is_not_the_sites(site: Site, folder: Path, elsewhere: str) -> None:
    before = site.objects(site.home_bucket)
    site.write(home_bucket=elsewhere)
    refused = site.run("save", folder)
    assert refused.code == 2, refused.err
    assert site.home_bucket in refused.err and "pose-launcher stage" in refused.err
    ended = site.run("finish", "--deadline", "20", "--json")
    assert ended.code == 4, ended.err
    (missing,) = ended.json["projects"][0]["failed"]
    assert missing["path"] == NOTES and "not in the home prefix of this site" in missing["cause"]
    assert site.objects(site.home_bucket) == before
    assert not any("/state/" in key or "/projects/" in key for key in site.objects(elsewhere))


def test_brought_again_it_is_saved_whole_in_the_new_home(site: Site, folder: Path, elsewhere: str) -> None:
    site.write(home_bucket=elsewhere)
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code in (0, 4)
    assert (folder / NOTES).read_text() == "third\n"
    (status,) = site.run("status", folder, "--json").json["projects"]
    assert (status["all_saved"], status["last_saved"]) == (False, None)
    saved = site.run("save", folder, "--json")
    assert (saved.code, saved.json["failed"], saved.json["conflicts"]) == (0, [], [])
    prefix = f"person/projects/{project_id(folder)}/"
    there = {key.removeprefix(prefix): data for key, data in site.objects(elsewhere, prefix).items()}
    here = {path: data for path, data in final_files(folder).items() if path != VIDEO}
    assert there.keys() == here.keys()
    assert {path: there[path] for path in (NOTES, "own.txt")} == {path: here[path] for path in (NOTES, "own.txt")}
    (listed,) = site.objects(elsewhere, "person/.pose-launcher/state/").values()
    assert json.loads(listed)["files"].keys() == here.keys()
    assert site.run("verify", folder).code == 0
    (status,) = site.run("status", folder, "--json").json["projects"]
    assert status["all_saved"] is True
    site.write()
    assert site.run("save", folder).code == 2


def test_what_was_not_asked_for_is_part_of_it_in_the_new_home_too(site: Site, elsewhere: str) -> None:
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    lab, folder = f"{site.data_uri}reaching/", site.folder / "reaching"
    assert site.run("stage", lab, folder, "--profile", "label").code == 0
    assert not (folder / VIDEO).exists()
    save(site, folder)
    site.write(home_bucket=elsewhere)
    assert site.run("stage", lab, folder, "--profile", "label").code == 0
    save(site, folder)
    state = json.loads(site.objects(elsewhere)[f"person/.pose-launcher/state/{project_id(folder)}.json"])
    assert {VIDEO, NOTES} <= state["references"].keys()
