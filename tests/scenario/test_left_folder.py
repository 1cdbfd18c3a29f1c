"""A project that is brought into another folder while a tool goes on writing in the first one: that work is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.test_full_disk import on_disk_of
from tests.scenario.watching import LABELS, bring, in_home, save, small_project

PROJECT = small_project()
_NO_ROOM = """
import subprocess, sys
done = subprocess.run(sys.argv[2:], capture_output=True, text=True, cwd=sys.argv[1])
assert (done.returncode, "Nothing was written" in done.stderr) == (6, True), done
"""
LEFT = "The earlier folder, left when the project was brought into another one, was worked on since"


@pytest.fixture
def first(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


def bring_again(site: Site, first: Path) -> Path:
    second = first.with_name("second")
    site.run("stage", f"{site.data_uri}reaching/", second)
    assert site.run("status", "--json").json["projects"][0]["dir"] == str(second)
    return second


def work_in_the_first_is_named(site: Site, first: Path) -> None:
    (first / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"2"))
    (row,) = site.run("status", "--json").json["projects"]
    assert (row["all_saved"], row["problem"]["what"]) == (False, LEFT)
    to_delete = f"then delete {first}."
    assert to_delete in row["problem"]["next"], "the row is of the folder where the project lies now: not that one"
    status = site.run("status")
    assert to_delete in status.out + status.err
    for words in ("save",), ("finish", "--deadline", "40"):
        done = site.run(*words)
        assert done.code == 4 and LEFT in done.out + done.err and str(first) in done.out + done.err, (words, done)
    assert not site.run("finish", "--deadline", "40", "--json").json["complete"]


def test_work_there_is_named_until_the_folder_is_gone(site: Site, first: Path) -> None:
    second = bring_again(site, first)
    assert site.run("save").code == 0, "as long as nobody works there"
    assert site.run("status", "--json").json["projects"][0]["all_saved"]
    work_in_the_first_is_named(site, first)
    (second / LABELS).write_bytes((first / LABELS).read_bytes())
    shutil.rmtree(first)
    for words in ("save",), ("finish", "--deadline", "40"):
        assert site.run(*words).code == 0, words
    assert site.run("status", "--json").json["projects"][0]["all_saved"]
    assert in_home(site, second)[LABELS] == (second / LABELS).read_bytes()


def test_a_project_that_could_not_be_brought_elsewhere_does_not_hide_it(
    site: Site, first: Path, proxy: FaultProxy
) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, path="*/reaching/*.png", method="GET", status=403))
    second = bring_again(site, first)
    assert not list(second.rglob("*.png"))
    work_in_the_first_is_named(site, first)


def test_a_project_that_comes_back_to_its_first_folder_is_saved_there(site: Site, first: Path) -> None:
    bring_again(site, first)
    assert site.run("stage", f"{site.data_uri}reaching/", first).code == 0
    (first / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"2"))
    assert site.run("save").code == 0
    assert site.run("status", "--json").json["projects"][0]["all_saved"]
    assert in_home(site, first)[LABELS] == (first / LABELS).read_bytes()


def test_a_folder_stays_the_projects_where_there_is_no_room_for_another(site: Site, first: Path) -> None:
    """Nothing was written, and nothing is forgotten: it is known to be saved, and is found under another name."""
    disk = site.folder / "disk"
    disk.mkdir()
    elsewhere = site.command("stage", f"{site.data_uri}reaching/", disk / "second")
    done = on_disk_of(32 * 1024, disk, _NO_ROOM, str(ROOT), *elsewhere)
    assert done.returncode == 0, done.stderr
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(first), True)
    renamed = first.rename(first.with_name("another name"))
    (renamed / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"2"))
    ended = site.run("finish", "--deadline", "40")
    assert ended.code == 0, ended.err
    assert in_home(site, renamed)[LABELS] == (renamed / LABELS).read_bytes()
