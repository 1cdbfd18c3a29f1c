"""A second computer brought the project from the lab again: what lies there is older than what is saved, and sound."""

from __future__ import annotations

from tests.conftest import Site
from tests.scenario.watching import LABELS, bring, save, small_project

PROJECT = small_project(2)


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
