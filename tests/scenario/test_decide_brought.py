"""Deciding where both versions were brought here as plain files: what is kept lies under the file's name then."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, one_of_home, project_id, save, small_project

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}


def home_of(site: Site, folder: Path) -> str:
    """The project's saved place."""
    (row,) = site.run("status", folder, "--json").json["projects"]
    return str(row["home"])


def in_two_versions(site: Site) -> Path:
    """The other's under the file's name, and beside it ours, both saved; the folder of the one that was first."""
    first, second = bring(site, PROJECT), site.another_computer()
    folder = bring(second, PROJECT)
    (first / NOTES).write_bytes(b"first's\n")
    save(site, first)
    (folder / NOTES).write_bytes(b"second's\n")
    assert second.run("save", folder).code == 3
    return first


def decide(site: Site, folder: Path, keep: str, path: str = NOTES) -> tuple[int, str]:
    done = site.run("conflicts", folder, path, "--keep", keep)
    return done.code, done.err


def check_refused_then_decided(site: Site, folder: Path, keep: str, wanted: dict[str, bytes]) -> None:
    """Nothing is changed until this computer has what is saved; after what the words say, it is as was asked for."""
    before = site.objects(site.home_bucket, "person/projects/")
    here = (folder / NOTES).read_bytes()
    code, words = decide(site, folder, keep)
    assert code == 4 and "Nothing was changed" in words, words
    assert site.objects(site.home_bucket, "person/projects/") == before
    assert (folder / NOTES).read_bytes() == here
    assert len(site.run("conflicts", folder, "--json").json["conflicts"]) == 1
    bring_it = shlex.split(words.split("`")[1])
    assert site.run(*bring_it).code == 0, bring_it
    assert decide(site, folder, keep)[0] == 0
    assert (folder / NOTES).read_bytes() == one_of_home(site, folder, NOTES) == wanted[keep]
    assert site.run("conflicts", folder, "--json").json["conflicts"] == []


@pytest.mark.parametrize("keep", ["mine", "theirs", "both"])
def test_what_is_older_here_than_what_is_saved_decides_nothing(site: Site, keep: str) -> None:
    """It came from the lab, as it was before anybody worked on it: whoever decides has not seen what is saved."""
    first = in_two_versions(site)
    third = site.another_computer()
    folder = bring(third, PROJECT)
    save(third, folder)
    (copy,) = [key for key in site.objects(site.home_bucket, "person/projects/") if "(conflict " in key]
    restored = third.run("restore", f"{home_of(site, first)}{Path(copy).name}")
    assert restored.code == 0, restored.err
    assert (folder / Path(copy).name).read_bytes() == b"second's\n"
    assert (folder / NOTES).read_bytes() == PROJECT[NOTES]
    check_refused_then_decided(
        third, folder, keep, {"mine": b"first's\n", "theirs": b"second's\n", "both": b"first's\n"}
    )


@pytest.mark.parametrize("keep", ["mine", "theirs", "both"])
def test_nor_does_what_another_session_has_replaced_since(site: Site, keep: str) -> None:
    first = in_two_versions(site)
    home = home_of(site, first)
    assert site.run("stage", home, first).code == 0
    third = site.another_computer()
    there = third.folder / "reaching"
    assert third.run("stage", home, there).code == 0
    (there / NOTES).write_bytes(b"newer\n")
    save(third, there)
    check_refused_then_decided(site, first, keep, {"mine": b"newer\n", "theirs": b"second's\n", "both": b"newer\n"})


@pytest.mark.parametrize("keep", ["mine", "both"])
def test_what_somebody_deleted_under_the_name_is_there_again(site: Site, keep: str) -> None:
    first = in_two_versions(site)
    assert site.run("stage", home_of(site, first), first).code == 0
    key = f"person/projects/{project_id(first)}/{NOTES}"
    site.s3.delete_object(Bucket=site.home_bucket, Key=key)
    code, words = decide(site, first, keep)
    assert code == 0, words
    assert (first / NOTES).read_bytes() == one_of_home(site, first, NOTES) == b"first's\n"


def test_what_another_program_put_there_is_told_as_a_version_and_decided_about_first(site: Site) -> None:
    first = in_two_versions(site)
    assert site.run("stage", home_of(site, first), first).code == 0
    site.s3.put_object(
        Bucket=site.home_bucket, Key=f"person/projects/{project_id(first)}/{NOTES}", Body=b"another program's\n"
    )
    rows = site.run("conflicts", first, "--json").json["conflicts"]
    assert decide(site, first, "mine", rows[0]["copy"])[0] == 4
    code, words = decide(site, first, "mine", rows[0]["copy"])
    (own,) = [row["copy"] for row in site.run("conflicts", first, "--json").json["conflicts"] if row not in rows]
    assert code == 4 and own in words, words
    assert decide(site, first, "mine", own)[0] == 0
    assert one_of_home(site, first, NOTES) == b"first's\n"
    assert decide(site, first, "mine", rows[0]["copy"])[0] == 0
