"""A video that is saved by reference is replaced where it lies: whoever brings it says so to everybody else."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.projects import VIDEO
from tests.scenario.watching import LABELS, bring, in_home, save, small_project

NEW = b"recorded again" * 1000


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, small_project())
    save(site, folder)
    return folder


def test_brought_anew_and_saved_it_comes_to_every_other_computer(site: Site, folder: Path) -> None:
    """The list went on to name the one that was gone, and no other computer had any."""
    site.put(f"reaching/{VIDEO}", NEW)
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    assert (folder / VIDEO).read_bytes() == NEW
    assert not site.run("status", "--json").json["projects"][0]["all_saved"], "the list names another one"
    save(site, folder)
    (status,) = site.run("status", "--json").json["projects"]
    assert status["all_saved"]
    other = site.another_computer()
    brought = other.run("stage", status["home"], other.folder / "there", "--json")
    assert (brought.code, brought.json["skipped"]) == (0, []), brought.err
    assert (other.folder / "there" / VIDEO).read_bytes() == NEW


def test_nor_is_a_video_left_out_that_the_lab_has_since(site: Site, folder: Path) -> None:
    another = "videos/another mouse.mp4"
    site.put(f"reaching/{another}", NEW)
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    assert (folder / another).read_bytes() == NEW
    save(site, folder)
    (status,) = site.run("status", "--json").json["projects"]
    other = site.another_computer()
    brought = other.run("stage", status["home"], other.folder / "there", "--json")
    assert (brought.code, brought.json["skipped"]) == (0, []), brought.err
    assert (other.folder / "there" / another).read_bytes() == NEW


def test_the_same_video_brought_again_leaves_nothing_to_be_done(site: Site, folder: Path) -> None:
    (folder / VIDEO).unlink()
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    assert (folder / VIDEO).is_file()
    assert site.run("status", "--json").json["projects"][0]["all_saved"]


def test_whoever_brings_the_saved_project_first_is_told_what_to_do(site: Site, folder: Path) -> None:
    """It was to look at both versions, and to save again; nothing came of that, however often."""
    (status,) = site.run("status", "--json").json["projects"]
    site.put(f"reaching/{VIDEO}", NEW)
    other = site.another_computer()
    there = other.folder / "there"
    brought = other.run("stage", status["home"], there, "--json")
    (skipped,) = brought.json["skipped"]
    assert (brought.code, skipped["key"]) == (4, VIDEO)
    assert f"{site.data_uri}reaching/{VIDEO}, where somebody replaced it since" in skipped["reason"]
    (words,) = re.findall(r"`pose-launcher (.*?)`", skipped["reason"])
    assert other.run(*shlex.split(words)).code == 0
    assert (there / VIDEO).read_bytes() == NEW
    save(other, there)
    third = site.another_computer()
    assert third.run("stage", status["home"], third.folder / "there").code == 0
    assert (third.folder / "there" / VIDEO).read_bytes() == NEW


def test_of_one_that_was_deleted_it_is_told_where_it_was(site: Site, folder: Path) -> None:
    (status,) = site.run("status", "--json").json["projects"]
    site.s3.delete_object(Bucket=site.data_bucket, Key=f"reaching/{VIDEO}")
    other = site.another_computer()
    brought = other.run("stage", status["home"], other.folder / "there", "--json")
    (skipped,) = brought.json["skipped"]
    assert f"{site.data_uri}reaching/{VIDEO}, where somebody deleted it since" in skipped["reason"]


def test_one_that_was_deleted_in_the_lab_is_saved_itself_after_verify_has_found_that(site: Site, folder: Path) -> None:
    """It was called saved by reference ever after, and was on this computer alone."""
    site.s3.delete_object(Bucket=site.data_bucket, Key=f"reaching/{VIDEO}")
    found = site.run("verify", folder)
    assert found.code == 4 and "sends again what is gone" in found.err
    saved = site.run("save", folder, "--json")
    assert (saved.code, [row["path"] for row in saved.json["saved"]], saved.json["by_reference"]) == (0, [VIDEO], [])
    assert in_home(site, folder)[VIDEO] == (folder / VIDEO).read_bytes()
    assert site.run("verify", folder).code == 0
    (status,) = site.run("status", "--json").json["projects"]
    assert status["all_saved"] and site.run("verify", status["home"]).code == 0
    other = site.another_computer()
    assert other.run("stage", status["home"], other.folder / "there").code == 0
    assert (other.folder / "there" / VIDEO).read_bytes() == (folder / VIDEO).read_bytes()


def test_what_another_session_made_of_a_file_that_the_lab_has_no_more_is_not_replaced(site: Site, folder: Path) -> None:
    """Here it lies as the lab had it, and was never worked on: that is older than what is saved."""
    other = site.another_computer()
    there = other.folder / "there"
    assert other.run("stage", f"{site.data_uri}reaching/", there).code == 0
    theirs = small_project()[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
    (folder / LABELS).write_bytes(theirs)
    save(site, folder)
    (there / "notes.txt").write_text("of the other")
    assert other.run("save", there).code == 0
    site.s3.delete_object(Bucket=site.data_bucket, Key=f"reaching/{VIDEO}")
    site.s3.delete_object(Bucket=site.data_bucket, Key=f"reaching/{LABELS}")
    assert other.run("verify", there).code == 4
    saved = other.run("save", there, "--json")
    assert (saved.code, saved.json["conflicts"]) == (0, []), saved.err
    assert in_home(site, folder)[LABELS] == theirs
    assert in_home(site, folder)[VIDEO] == (there / VIDEO).read_bytes(), "of that nothing was saved"
