"""Folders that are not a project's alone: of names that others chose in the bucket, and one project's in another's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher.desk.parts import JOURNAL
from tests.conftest import Site
from tests.scenario.watching import LABELS, bring, project_id, small_project

PROJECT = small_project(2)
MORE = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"


def put(site: Site, bucket: str, prefix: str) -> None:
    """The project, by another client."""
    for path, data in PROJECT.items():
        site.s3.put_object(Bucket=bucket, Key=f"{prefix}{path}", Body=data)


def test_one_that_somebody_copied_to_where_projects_are_saved_is_saved_as_one_of_its_own(site: Site) -> None:
    """Under the name that it has there, no list of it could be read again, and a lost journal knew it no more."""
    theirs = f"{site.home_uri}projects/My Project/"
    put(site, site.home_bucket, "person/projects/My Project/")
    folder = Path(site.run("stage", theirs, "--json").json["dir"])
    (folder / LABELS).write_bytes(MORE)
    saved = f"{site.home_uri}projects/{project_id(folder)}/"
    assert (site.run("save", folder).code, project_id(folder)[:11]) == (0, "My-Project-")
    proof = site.run("verify", saved, "--json")
    assert (proof.code, proof.json["checked"]) == (0, len(PROJECT)), proof.err
    assert site.objects(site.home_bucket, f"person/projects/My Project/{LABELS}").popitem()[1] == PROJECT[LABELS]
    assert (site.run("verify", theirs).code, site.run("restore", theirs, "--list").code) == (0, 0)
    (folder / LABELS).write_bytes(MORE * 2)
    for tail in ("", "-wal", "-shm"):
        (site.state / f"{JOURNAL}{tail}").unlink(missing_ok=True)
    assert site.run("finish").code == 0
    assert site.objects(site.home_bucket, f"person/projects/{project_id(folder)}/{LABELS}").popitem()[1] == MORE * 2
    there = Path(site.another_computer().run("stage", saved, "--json").json["dir"])
    assert (there / LABELS).read_bytes() == MORE * 2


@pytest.mark.parametrize("where", ["reaching/inner", "reaching/videos", "."])
def test_no_project_is_brought_into_the_folder_of_another_nor_around_it(site: Site, where: str) -> None:
    """Work in the inner one was saved as the other's, and as nothing of its own."""
    folder = bring(site, PROJECT)
    put(site, site.data_bucket, "second/")
    before = {path for path in site.folder.rglob("*") if site.state not in path.parents}
    refused = site.run("stage", f"{site.data_uri}second/", site.folder / where, "--json")
    assert (refused.code, refused.json["problems"][0]["next"]) == (
        2,
        "Nothing was written. Name another folder, or none.",
    )
    assert {path for path in site.folder.rglob("*") if site.state not in path.parents} == before
    assert site.run("stage", f"{site.data_uri}second/", site.folder / "second").code == 0
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0


def test_nor_around_what_the_launcher_remembers(site: Site) -> None:
    """As with `stage URI .` in a home folder: all that lies there would be saved as the project's."""
    put(site, site.data_bucket, "reaching/")
    refused = site.run("stage", f"{site.data_uri}reaching/", site.folder, "--json")
    assert (refused.code, "own memory" in refused.err) == (2, True), refused.err
    assert not (site.folder / "config.yaml").exists()


def test_nor_into_one_whose_name_is_no_text(site: Site) -> None:
    put(site, site.data_bucket, "reaching/")
    odd = os.fsdecode(os.fsencode(site.folder) + b"/\xff")
    refused = site.run("stage", f"{site.data_uri}reaching/", odd, "--json")
    assert (refused.code, "is not valid text" in refused.err) == (2, True), refused.err
    assert not Path(odd).exists()
