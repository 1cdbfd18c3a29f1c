"""A project that is brought into another folder while a tool goes on writing in the first one: that work is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, in_home, save, small_project

PROJECT = small_project()
LEFT = "This folder was left when its project was brought into another one, and was worked on since"


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
