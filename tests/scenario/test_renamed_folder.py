"""A person gives a project's folder another name, and works on in it: nobody looked there, and it is saved."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.desk.parts import JOURNAL
from launcher.desk.renamed import Renamed
from launcher.journal import Journal
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import (
    bring,
    in_home,
    one_of_home,
    project_id,
    save,
    small_project,
    until,
    watching,
)

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}
WORK = b"work of today\n"


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


def renamed(folder: Path) -> Path:
    (folder.parent / "another project").mkdir()
    return folder.rename(folder.with_name("mouse 3, reaching"))


@pytest.mark.parametrize("command", [["save"], ["finish"], ["session", "end"]], ids=" ".join)
def test_what_is_worked_on_there_is_saved(site: Site, folder: Path, command: list[str]) -> None:
    there = renamed(folder)
    (there / NOTES).write_bytes(WORK)
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), False)
    done = site.run(*command)
    assert done.code == 0, done.err
    assert one_of_home(site, there, NOTES) == WORK
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), True)


def test_a_saver_that_runs_goes_on_there(site: Site, folder: Path) -> None:
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), 20)
        there = renamed(folder)
        (there / NOTES).write_bytes(WORK)
        until(lambda: one_of_home(site, there, NOTES) == WORK, 45)
        (status,) = site.run("status", there, "--json").json["projects"]
        assert (status["dir"], status["problem"]) == (str(there), None)


@pytest.mark.parametrize("place", ["Desktop", "Documents", "."])
def test_a_folder_that_was_dragged_elsewhere_is_saved_there(site: Site, folder: Path, place: str) -> None:
    home = site.folder / "account"
    (home / place).mkdir(parents=True, exist_ok=True)
    there, environ = folder.rename(home / place / "reaching"), {"HOME": str(home)}
    (there / NOTES).write_bytes(WORK)
    (there / "new.md").write_bytes(b"nobody has heard of it")
    ended = site.run("finish", "--deadline", "30", "--json", environ=environ)
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert one_of_home(site, there, NOTES) == WORK
    assert one_of_home(site, there, "new.md") == b"nobody has heard of it"
    (status,) = site.run("status", "--json", environ=environ).json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), True)


@pytest.fixture
def made_here(site: Site) -> Path:
    """One that is in no lab, and of which nothing is saved yet."""
    found = site.folder / "made here"
    for path, data in PROJECT.items():
        (found / path).parent.mkdir(parents=True, exist_ok=True)
        (found / path).write_bytes(data)
    kept = site.run("stray", "keep", found, "--json")
    assert kept.code == 0, kept.err
    return Path(kept.json["dir"])


@pytest.mark.parametrize("command", [["save"], ["finish"], ["session", "end"]], ids=" ".join)
def test_one_of_which_nothing_is_saved_yet_is_saved_there(site: Site, made_here: Path, command: list[str]) -> None:
    there = renamed(made_here)
    (there / NOTES).write_bytes(WORK)
    done = site.run(*command)
    assert done.code == 0, done.err
    assert one_of_home(site, there, NOTES) == WORK


def test_where_several_say_so_it_is_named_as_gone(site: Site, made_here: Path) -> None:
    there = renamed(made_here)
    shutil.copytree(there, there.with_name("a copy of it"))
    ended = site.run("finish", "--json")
    assert (ended.code, ended.json["complete"]) == (4, False), ended.err
    assert made_here.name in ended.out
    save(site, there)
    assert site.run("finish").code == 0


def test_one_of_which_nothing_is_saved_yet_is_named_when_it_is_gone(site: Site, made_here: Path) -> None:
    made_here.rename(site.folder.parent / "where nobody looks")
    for command, code in ((["save"], 10), (["finish"], 4), (["session", "end"], 4)):
        done = site.run(*command)
        assert done.code == code, (command, done.err)
        assert made_here.name in done.err
    assert site.run("put-away", made_here).code == 0
    assert site.run("finish").code == 0


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """Of memory; to another disk a folder is moved by a copy, after which the first one goes."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert Path(folder).stat().st_dev != Path(tempfile.gettempdir()).stat().st_dev
        yield Path(folder)


def test_a_folder_that_was_dragged_to_another_disk_is_saved_there(site: Site, folder: Path, other_disk: Path) -> None:
    (folder / NOTES).write_bytes(b"nobody has heard of it\n")
    (other_disk / "Desktop").mkdir()
    there = Path(shutil.move(folder, other_disk / "Desktop" / "reaching"))
    (there / "new.md").write_bytes(WORK)
    ended = site.run("finish", "--deadline", "30", "--json", environ={"HOME": str(other_disk)})
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert one_of_home(site, there, NOTES) == b"nobody has heard of it\n"
    assert one_of_home(site, there, "new.md") == WORK


def test_an_older_copy_on_another_disk_brings_nothing_back(site: Site, folder: Path, other_disk: Path) -> None:
    (other_disk / "Desktop").mkdir()
    shutil.copytree(folder, other_disk / "Desktop" / "reaching of yesterday")
    later = time.time() + 60
    (folder / NOTES).write_bytes(WORK)
    os.utime(folder / NOTES, (later, later))
    save(site, folder)
    shutil.rmtree(folder)
    environ = {"HOME": str(other_disk)}
    ended = site.run("finish", "--deadline", "30", "--json", environ=environ)
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert site.run("status", "--json", environ=environ).json["projects"] == []
    (notes,) = (data for key, data in site.objects(site.home_bucket).items() if key.endswith(f"/{NOTES}"))
    assert notes == WORK


@pytest.mark.parametrize("by", ["save", "finish", "watch"])
def test_two_that_change_their_names_are_saved_each_as_itself(site: Site, folder: Path, by: str) -> None:
    """A project lies under the first one's name then, and it is the other one."""
    for path, data in PROJECT.items():
        site.put(f"grasping/{path}", data)
    other = site.folder / "grasping"
    assert site.run("stage", f"{site.data_uri}grasping/", other).code == 0
    save(site, other)
    first = folder.with_name("reaching of last year")

    def change_names() -> None:
        folder.rename(first)
        other.rename(folder)
        (first / NOTES).write_bytes(b"work in the first\n")
        (folder / NOTES).write_bytes(b"work in the other\n")

    def is_saved() -> bool:
        saved = [one_of_home(site, there, NOTES) for there in (first, folder)]
        return saved == [b"work in the first\n", b"work in the other\n"]

    if by == "watch":
        with watching(site):
            until(lambda: (site.state / "saver.json").exists(), 20)
            change_names()
            until(is_saved, 45)
    else:
        change_names()
        done = site.run(by)
        assert done.code == 0, done.err
    assert is_saved()
    status = site.run("status", "--json").json["projects"]
    assert {(row["dir"], row["all_saved"]) for row in status} == {(str(first), True), (str(folder), True)}
    assert b"work in the other\n" not in in_home(site, first).values()


def test_where_a_project_lies_in_anothers_place_its_own_work_is_saved(site: Site, folder: Path) -> None:
    """It was brought on another computer, and copied here in the place of the one that is gone."""
    elsewhere = site.another_computer()
    for path, data in PROJECT.items():
        site.put(f"grasping/{path}", data)
    other = elsewhere.folder / "grasping"
    assert elsewhere.run("stage", f"{site.data_uri}grasping/", other).code == 0
    (folder / NOTES).write_bytes(b"saved before\n")
    save(site, folder)
    before = in_home(site, folder)
    first = project_id(folder)
    shutil.rmtree(folder)
    shutil.copytree(other, folder)
    (folder / NOTES).write_bytes(WORK)
    save(site, folder)
    assert one_of_home(site, folder, NOTES) == WORK
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["home"]) == (str(folder), f"{site.home_uri}projects/{project_id(folder)}/")
    assert (site.run("save").code, site.run("finish").code) == (0, 0), "all of the first one was saved"
    assert site.objects(site.home_bucket, f"person/projects/{first}/") == {
        f"person/projects/{first}/{path}": data for path, data in before.items()
    }


def test_no_project_is_brought_into_the_folder_of_another(site: Site, folder: Path) -> None:
    """Work in it would be taken for work in the one that came."""
    (folder / NOTES).write_bytes(WORK)
    for path, data in PROJECT.items():
        site.put(f"grasping/{path}", data)
    refused = site.run("stage", f"{site.data_uri}grasping/", folder)
    assert refused.code == 2 and "Another project lies in this folder" in refused.err, refused.err
    save(site, folder)
    assert one_of_home(site, folder, NOTES) == WORK


def test_one_whose_place_another_has_taken_is_brought_to_a_place_of_its_own(site: Site, folder: Path) -> None:
    home = site.run("status", "--json").json["projects"][0]["home"]
    for path, data in PROJECT.items():
        site.put(f"grasping/{path}", data)
    other = site.folder / "grasping"
    assert site.run("stage", f"{site.data_uri}grasping/", other).code == 0
    shutil.rmtree(folder)
    other.rename(folder)
    (folder / NOTES).write_bytes(WORK)
    brought = site.run("stage", home, "--json")
    assert brought.code == 0, brought.err
    first = Path(brought.json["dir"])
    assert first != folder and (first / NOTES).read_bytes() == PROJECT[NOTES]
    assert (folder / NOTES).read_bytes() == WORK
    save(site, folder)
    save(site, first)
    assert (one_of_home(site, folder, NOTES), one_of_home(site, first, NOTES)) == (WORK, PROJECT[NOTES])


def test_a_copy_is_not_taken_for_the_folder_that_is_gone(site: Site, folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy of reaching"))
    shutil.rmtree(folder)
    assert site.run("save").code == 0
    assert site.run("status", "--json").json["projects"] == []


@pytest.mark.parametrize("answers", [1, 7, 12])
def test_a_save_that_goes_on_meanwhile_leaves_nothing_under_the_old_name(
    site: Site, folder: Path, proxy: FaultProxy, answers: int
) -> None:
    changed = [path for path in PROJECT if path.endswith((".md", ".csv", ".png", ".yaml", ".pt"))]
    for path in changed:
        (folder / path).write_bytes(PROJECT[path] + b"\n")
    proxy.rules.append(Rule(Fault.DELAY, seconds=0.2))
    site.write(endpoint=proxy.url)
    with (site.folder / "words").open("wb") as words:
        saving = site.start("save", folder, messages=words.fileno())
    proxy.wait_until_seen(answers, 30)
    there = renamed(folder)
    code = saving.wait(60)
    told = (site.folder / "words").read_text()
    assert code in (0, 4, 6), told
    assert "Traceback" not in told
    proxy.rules.clear()
    saved = site.run("save", "--json")
    assert saved.code == 0, saved.err
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), True)
    home = in_home(site, there)
    assert not [path for path in home if "conflict" in path]
    assert one_of_home(site, there, NOTES) == b"first\n\n"
    assert not folder.exists()


@pytest.mark.parametrize(("command", "answers"), [("stage", 1), ("stage", 4), ("restore", 1), ("restore", 12)])
def test_what_brings_it_meanwhile_does_not_hide_the_work_there(
    site: Site, folder: Path, proxy: FaultProxy, command: str, answers: int
) -> None:
    (folder / NOTES).write_bytes(b"second\n")
    save(site, folder)
    (folder / NOTES).write_bytes(WORK)
    (status,) = site.run("status", "--json").json["projects"]
    proxy.rules.append(Rule(Fault.DELAY, seconds=0.2))
    site.write(endpoint=proxy.url)
    place = [folder] if command == "stage" else []
    with (site.folder / "words").open("wb") as words:
        begun = site.start(command, status["home"], *place, messages=words.fileno())
    proxy.wait_until_seen(len(proxy.seen) + answers, 30)
    there = renamed(folder)
    code, told = begun.wait(60), (site.folder / "words").read_text()
    assert "Traceback" not in told
    proxy.rules.clear()
    done = site.run("finish", "--deadline", "30")
    assert done.code == 0, (code, told, done.err)
    assert WORK in site.objects(site.home_bucket).values(), (code, told)
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), True)


def test_where_a_save_under_way_writes_the_old_name_back_it_is_found_again(site: Site, folder: Path) -> None:
    """The saver, which looks into each place once, would call it gone for as long as it runs."""
    with Journal(site.state / JOURNAL) as journal:
        saver = Renamed(journal)
        (before,) = saver.projects()
        there = renamed(folder)
        assert [record.dir for record in saver.projects()] == [there]
        journal.end_saving(before, journal.begin_listing(before.id))
        assert [record.dir for record in saver.projects()] == [there]
