"""A second computer brought the project from the lab again: what lies there is older than what is saved, and sound."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Site
from tests.scenario.test_list_by_lines import wrong_in_list
from tests.scenario.test_lost_memory import lose_journal
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project

NOTES = "notes.md"
PROJECT = small_project(2) | {NOTES: b"first\n"}


def test_what_was_brought_is_whole_although_a_newer_one_is_saved(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"5\n")
    save(site, mine)
    newer = (mine / LABELS).read_bytes()
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    assert (there / LABELS).read_bytes() == PROJECT[LABELS]
    assert other.run("verify", there).code == 0
    saved = site.objects(site.home_bucket)
    assert newer in [data for key, data in saved.items() if key.endswith(LABELS)]


def test_damage_to_it_is_found(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"5\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    (there / LABELS).write_bytes(PROJECT[LABELS][:-1] + b"\0")
    looked = other.run("verify", there, "--json")
    assert looked.code == 4
    assert [(row["path"], row["side"]) for row in looked.json["bad"]] == [(LABELS, "local")]


def test_work_on_it_does_not_replace_the_newer_one(site: Site) -> None:
    """That one was never here: whoever changes the older one makes a second version, and both are kept."""
    mine = bring(site, PROJECT)
    (mine / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"5\n")
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    (there / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"7\n")
    (there / NOTES).write_bytes(b"theirs\n")
    saved = other.run("save", there, "--json")
    assert saved.code == 3, saved.err
    kept = site.objects(site.home_bucket)
    for path in (LABELS, NOTES):
        (conflict,) = [row for row in saved.json["conflicts"] if row["path"] == path]
        assert kept[conflict["key"]] == (mine / path).read_bytes()
        assert kept[conflict["copy"]] == (there / path).read_bytes()
    listed = [json.loads(data)["files"] for key, data in kept.items() if "/.pose-launcher/state/" in key]
    assert [NOTES in files for files in listed] == [True]
    assert other.run("verify", there).code == 0
    save(other, there)


@pytest.mark.parametrize("keeps_versions", [False, True])
def test_nor_when_the_journal_is_lost_meanwhile(site: Site, keeps_versions: bool) -> None:
    if keeps_versions:
        site.s3.put_bucket_versioning(Bucket=site.home_bucket, VersioningConfiguration={"Status": "Enabled"})
    mine = bring(site, PROJECT)
    (mine / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"5\n")
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    for more in (b"first\n", b"second\n"):
        (there / "more.md").write_bytes(more)
        save(other, there)
    lose_journal(other)
    saved = other.run("save", there, "--json")
    assert (saved.code, saved.json["saved"], saved.json["conflicts"]) == (0, [], []), saved.err
    assert {path: in_home(site, mine)[path] for path in (LABELS, NOTES)} == {
        path: (mine / path).read_bytes() for path in (LABELS, NOTES)
    }
    assert other.run("verify", there).code == 0
    (there / NOTES).write_bytes(b"theirs\n")
    saved = other.run("save", there, "--json")
    assert saved.code == 3, saved.err
    kept = site.objects(site.home_bucket)
    assert [kept[row["key"]] for row in saved.json["conflicts"]] == [b"mine\n"]
    assert [kept[row["copy"]] for row in saved.json["conflicts"]] == [b"theirs\n"]
    assert in_home(site, mine)[LABELS] == (mine / LABELS).read_bytes()


def test_nor_when_it_is_lost_after_the_work(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    (there / NOTES).write_bytes(b"theirs\n")
    lose_journal(other)
    saved = other.run("save", there, "--json")
    assert saved.code == 3, saved.err
    kept = site.objects(site.home_bucket)
    assert [(kept[row["key"]], kept[row["copy"]]) for row in saved.json["conflicts"]] == [(b"mine\n", b"theirs\n")]


def test_the_list_goes_on_to_name_the_newest_of_what_is_left_alone(site: Site) -> None:
    """However often the other session saves it, and this one its own work, of which some lies beside the other's."""
    mine, other = bring(site, PROJECT), site.another_computer()
    there = bring(other, PROJECT)
    for path in ("plan.md", NOTES):
        (mine / path).write_bytes(b"mine\n")
    save(site, mine)
    (there / "plan.md").write_bytes(b"theirs\n")
    assert other.run("save", there).code == 3
    for number in range(2):
        (mine / NOTES).write_bytes(b"newer %d\n" % number)
        save(site, mine)
        for again in range(3):
            (there / "more.md").write_bytes(b"%d %d" % (number, again))
            save(other, there)
            assert wrong_in_list(site, there) == []


def test_what_another_session_saved_just_as_it_was_brought_here_gives_way_to_work(site: Site) -> None:
    """It has been seen here, so there are no two versions of it; one of a file that was never here stays."""
    mine, other = bring(site, PROJECT), site.another_computer()
    there = bring(other, PROJECT)
    (mine / "more.md").write_bytes(b"mine\n")
    save(site, mine)
    (there / NOTES).write_bytes(b"worked on\n")
    (there / "more.md").write_bytes(b"theirs\n")
    saved = other.run("save", there, "--json")
    assert saved.code == 3, saved.err
    kept = site.objects(site.home_bucket)
    assert [(kept[row["key"]], kept[row["copy"]]) for row in saved.json["conflicts"]] == [(b"mine\n", b"theirs\n")]
    assert in_home(site, mine)[NOTES] == b"worked on\n"
    assert wrong_in_list(site, there) == []
    (mine / NOTES).write_bytes(b"worked on here, too\n")
    assert site.run("save", mine).code == 3
    assert in_home(site, mine)[NOTES] == b"worked on\n"


def test_the_newer_one_can_be_brought_over_it_as_the_words_say(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"5\n")
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(other, there)
    (status,) = other.run("status", there, "--json").json["projects"]
    assert ["`stage`" in row["cause"] for row in status["items"] if row["path"] == LABELS] == [True]
    brought = other.run("stage", status["home"], there)
    assert brought.code == 0, brought.err
    assert (there / LABELS).read_bytes() == (mine / LABELS).read_bytes()
    (there / LABELS).write_bytes(PROJECT[LABELS].rstrip(b"\n") + b"7\n")
    save(other, there)
    saved = site.objects(site.home_bucket, f"person/projects/{project_id(there)}/")
    assert [data for key, data in saved.items() if "CollectedData" in key] == [(there / LABELS).read_bytes()]


def test_bringing_it_again_names_what_was_changed_here_and_then_elsewhere(site: Site) -> None:
    """What was changed here stays, also when it is saved; whoever brings the project is told so."""
    mine = bring(site, PROJECT)
    for path in (NOTES, "own.md", "only-mine.md"):
        (mine / path).write_bytes(b"mine\n")
    home = str(site.run("save", mine, "--json").json["home"])
    again = site.run("stage", home, mine, "--json")
    assert (again.code, again.json["skipped"]) == (0, [])
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", home, there).code == 0
    for path in (NOTES, "own.md"):
        (there / path).write_bytes(b"theirs\n")
    save(other, there)
    again = site.run("stage", home, mine, "--json")
    assert again.code == 0, again.err
    assert [row["key"] for row in again.json["skipped"]] == [NOTES, "own.md"]
    assert all("another version" in row["reason"] for row in again.json["skipped"])
    assert (mine / NOTES).read_bytes() == b"mine\n"
    (mine / NOTES).write_bytes(b"mine again\n")
    assert site.run("save", mine).code == 3
    again = site.run("stage", home, mine, "--json")
    assert NOTES not in [row["key"] for row in again.json["skipped"]], "that one is in conflict, and told as such"


def test_bringing_it_again_names_what_was_put_back_elsewhere_as_the_lab_has_it(site: Site) -> None:
    """The server calls it by the name that the lab's has, which was brought here once: that is no sign of its age."""
    mine = bring(site, PROJECT)
    was = (mine / NOTES).read_bytes()
    (mine / NOTES).write_bytes(b"mine\n")
    home = str(site.run("save", mine, "--json").json["home"])
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", home, there).code == 0
    (there / NOTES).write_bytes(was)
    save(other, there)
    again = site.run("stage", home, mine, "--json")
    assert [row["key"] for row in again.json["skipped"]] == [NOTES], again.err
    assert (mine / NOTES).read_bytes() == b"mine\n"


def test_what_was_only_touched_gives_way_to_the_newer_one(site: Site) -> None:
    """Its times are others, by a program that read it or after `chmod`, and its content is what was brought here."""
    mine = bring(site, PROJECT)
    save(site, mine)
    other = site.another_computer()
    there = bring(other, PROJECT)
    (there / NOTES).write_bytes(b"newer\n")
    save(other, there)
    (mine / NOTES).touch()
    home = f"{site.home_uri}projects/{project_id(mine)}/"
    brought = site.run("stage", home, mine, "--json")
    assert (brought.code, brought.json["skipped"]) == (0, []), brought.err
    assert (mine / NOTES).read_bytes() == b"newer\n"
    assert site.run("save", mine).code == 0


def test_what_was_changed_here_and_then_elsewhere_is_named_when_it_was_only_touched_since(site: Site) -> None:
    mine = bring(site, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    other = site.another_computer()
    home = f"{site.home_uri}projects/{project_id(mine)}/"
    assert other.run("stage", home, other.folder / "there").code == 0
    (other.folder / "there" / NOTES).write_bytes(b"newer\n")
    save(other, other.folder / "there")
    (mine / NOTES).touch()
    brought = site.run("stage", home, mine, "--json")
    assert [row["key"] for row in brought.json["skipped"]] == [NOTES]
    assert (mine / NOTES).read_bytes() == b"mine\n"
