"""What is here is not what is saved under the file's name: an earlier content comes back all the same, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, project_id, save, small_project

NOTES = "notes.md"
PROJECT = small_project(2) | {NOTES: b"first\n"}


def home_of(site: Site, folder: Path) -> str:
    return f"{site.home_uri}projects/{project_id(folder)}/"


def save_theirs(site: Site, mine: Path) -> None:
    """Another computer brings what was saved, and changes the notes."""
    other = site.another_computer()
    theirs = other.folder / "theirs"
    assert other.run("stage", home_of(site, mine), theirs).code == 0
    (theirs / NOTES).write_bytes(b"theirs\n")
    save(other, theirs)


def conflict(site: Site) -> Path:
    """Two computers changed the notes; ours lies beside the other's."""
    mine = bring(site, PROJECT)
    save(site, mine)
    save_theirs(site, mine)
    (mine / NOTES).write_bytes(b"mine\n")
    assert site.run("save", mine).code == 3
    return mine


def restored(site: Site, folder: Path) -> Any:
    """The notes as of the first state."""
    states = site.run("restore", home_of(site, folder), "--list", "--json").json["states"]
    done = site.run("restore", f"{home_of(site, folder)}{NOTES}", "--at", states[-1]["at"], "--json")
    assert done.json["restored"] == [NOTES], (done.code, done.out)
    return done


def state_of(site: Site, folder: Path) -> str:
    (status,) = site.run("status", folder, "--json").json["projects"]
    (state,) = [row["state"] for row in status["items"] if row["path"] == NOTES]
    return str(state)


def test_a_rehearsal_names_what_would_come_back_and_changes_nothing(site: Site) -> None:
    mine = bring(site, PROJECT)
    for content in (b"first\n", b"second\n"):
        (mine / NOTES).write_bytes(content)
        save(site, mine)
    (mine / NOTES).write_bytes(b"third, not saved\n")
    first = site.run("restore", home_of(site, mine), "--list", "--json").json["states"][-1]["at"]
    before = site.objects(site.home_bucket)

    done = site.run("restore", home_of(site, mine), "--at", first, "--dry-run", "--json")
    assert (done.code, done.json["restored"], done.json["at"], done.json["save"]) == (0, [NOTES], first, None)
    told = site.run("restore", f"{home_of(site, mine)}{NOTES}", "--at", first, "--dry-run")
    assert told.code == 0 and NOTES in told.out and "Nothing was changed" in told.err
    elsewhere = site.another_computer().run("restore", home_of(site, mine), "--at", first, "--dry-run", "--json")
    assert NOTES in elsewhere.json["restored"] and not Path(elsewhere.json["dir"]).exists(), elsewhere.err
    ending = site.run("session", "end", "--dry-run", "--json")
    assert [row["path"] for row in ending.json["projects"][0]["would_save"]] == [NOTES]

    assert site.objects(site.home_bucket) == before
    assert (mine / NOTES).read_bytes() == b"third, not saved\n"


@pytest.mark.parametrize(("keep", "here"), [("mine", b"first\n"), ("theirs", b"theirs\n"), ("both", b"theirs\n")])
def test_after_going_back_by_hand_a_conflict_can_be_decided(site: Site, keep: str, here: bytes) -> None:
    """What both began with is no longer what lies under the file's name: it is our version now, and goes beside it."""
    mine = conflict(site)
    (mine / NOTES).write_bytes(b"first\n")
    again = site.run("save", mine, "--json")
    assert (again.code, [row["path"] for row in again.json["conflicts"]]) == (3, [NOTES])
    assert state_of(site, mine) == "saved as a conflict copy"
    decided = site.run("conflicts", mine, NOTES, "--keep", keep)
    assert decided.code == 0, decided.err
    assert (mine / NOTES).read_bytes() == here
    assert site.run("conflicts", "--json").json["conflicts"] == []
    kept = site.objects(site.home_bucket)
    assert {b"first\n", b"mine\n", b"theirs\n"} <= set(kept.values())
    assert kept[f"person/projects/{project_id(mine)}/{NOTES}"] == here
    assert site.run("verify", mine).code == 0


def test_an_earlier_content_comes_back_while_a_conflict_is_open(site: Site) -> None:
    mine = conflict(site)
    assert restored(site, mine).code == 3
    assert (mine / NOTES).read_bytes() == b"first\n"
    assert state_of(site, mine) == "saved as a conflict copy"
    assert {b"first\n", b"mine\n", b"theirs\n"} <= set(site.objects(site.home_bucket).values())


def test_the_list_names_what_was_put_back_in_the_place_of_the_others(site: Site) -> None:
    """The very bytes that we had saved before the other: by their ETag they are those of then."""
    mine = bring(site, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    save_theirs(site, mine)
    for content in (b"more\n", b"mine\n"):
        (mine / NOTES).write_bytes(content)
        assert site.run("save", mine).code == 3
    assert site.run("conflicts", mine, NOTES, "--keep", "mine").code == 0
    key = f"person/projects/{project_id(mine)}/{NOTES}"
    assert site.objects(site.home_bucket, key)[key] == b"mine\n"
    proof = site.run("verify", home_of(site, mine), "--json")
    assert (proof.code, proof.json["bad"]) == (0, [])


def test_what_another_computer_saved_comes_back_over_the_older_one_here(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    assert state_of(other, there) == "older than what is saved"
    assert restored(other, there).code == 0
    assert (there / NOTES).read_bytes() == b"mine\n"
    assert state_of(other, there) == "saved"


def test_what_another_program_replaced_in_the_bucket_is_not_replaced_here(site: Site) -> None:
    """It is on this computer alone then; after a save it is not, and gives way."""
    folder = bring(site, PROJECT)
    save(site, folder)
    (folder / NOTES).write_bytes(b"second\n")
    save(site, folder)
    key = f"person/projects/{project_id(folder)}/{NOTES}"
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=b"by another program\n")
    first = site.run("restore", home_of(site, folder), "--list", "--json").json["states"][-1]["at"]
    again = ("restore", f"{home_of(site, folder)}{NOTES}", "--at", first, "--json")
    refused = site.run(*again)
    assert ([row["path"] for row in refused.json["failed"]], refused.json["restored"]) == ([NOTES], [])
    assert refused.code == 4 and (folder / NOTES).read_bytes() == b"second\n"
    assert site.run("save", folder).code == 3
    assert b"second\n" in site.objects(site.home_bucket).values()
    assert site.run(*again).json["restored"] == [NOTES]
    assert (folder / NOTES).read_bytes() == b"first\n"


def test_theirs_does_not_take_the_place_of_what_was_deleted_in_the_bucket(site: Site) -> None:
    mine = conflict(site)
    (copy,) = [key for key, content in site.objects(site.home_bucket).items() if content == b"mine\n"]
    site.s3.delete_object(Bucket=site.home_bucket, Key=copy)
    refused = site.run("conflicts", mine, NOTES, "--keep", "theirs")
    assert refused.code == 4, refused.err
    assert (mine / NOTES).read_bytes() == b"mine\n"
    assert site.run("save", mine).code == 3
    assert b"mine\n" in site.objects(site.home_bucket).values()
    assert site.run("conflicts", mine, NOTES, "--keep", "theirs").code == 0
    assert (mine / NOTES).read_bytes() == b"theirs\n"


def test_what_a_program_goes_on_to_write_into_an_open_file_is_not_lost(site: Site) -> None:
    """A log that a program holds open: its next lines would go into a file that has no name any more."""
    mine = bring(site, PROJECT)
    save(site, mine)
    with (mine / NOTES).open("ab", buffering=0) as log:
        log.write(b"second\n")
        save(site, mine)
        done = site.run("restore", home_of(site, mine), "--json")
        assert done.code == 4, done.err
        assert [row["path"] for row in done.json["failed"]] == [NOTES]
        assert "Close it there" in done.err
        log.write(b"third\n")
    assert (mine / NOTES).read_bytes() == b"first\nsecond\nthird\n"
    save(site, mine)
    restored(site, mine)
    assert (mine / NOTES).read_bytes() == b"first\n"
