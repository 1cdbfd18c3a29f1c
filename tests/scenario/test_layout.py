"""The version of what lies below a home prefix: written by the first who saves there, heeded by every later one."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Site
from tests.scenario.watching import LABELS, bring, project_id, small_project

PROJECT = small_project(2)
KEY = ".pose-launcher/schema"


def stored(site: Site) -> dict[str, bytes]:
    """What lies below the home prefix, but for the object by which the server is looked at."""
    objects = site.objects(site.home_bucket).items()
    return {key: data for key, data in objects if not key.endswith("Probe é.txt")}


def key_of(site: Site) -> str:
    home = site.run("session", "--json").json["home"]
    return f"{home.partition(site.home_bucket + '/')[2]}{KEY}"


def put(site: Site, text: bytes) -> None:
    site.s3.put_object(Bucket=site.home_bucket, Key=key_of(site), Body=text)


def test_the_first_save_says_it_and_later_ones_leave_it(site: Site) -> None:
    folder = bring(site, PROJECT)
    assert site.run("save", folder).code == 0
    first = stored(site)[key_of(site)]
    assert json.loads(first) == {"schema": 1}
    put(site, first + b" ")
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data,left,img9.png,1,2\n")
    site.run("save", folder)
    assert stored(site)[key_of(site)] == first + b" "


@pytest.mark.parametrize("text", [b'{"schema": 2}', b"7", b'{"schema": 99, "layout": {"files": "elsewhere"}}'])
def test_where_a_newer_launcher_was_nothing_is_written(site: Site, text: bytes) -> None:
    folder = bring(site, PROJECT)
    put(site, text)
    before = stored(site)
    result = site.run("save", folder)
    assert result.code == 2
    assert "newer Pose Launcher" in result.err
    assert stored(site) == before


def test_nor_is_what_lies_in_the_place_of_a_list_put_aside_there(site: Site) -> None:
    folder = bring(site, PROJECT)
    put(site, b'{"schema": 2}')
    where = f"person/.pose-launcher/state/{project_id(folder)}.json"
    site.s3.put_object(Bucket=site.home_bucket, Key=where, Body=b"no list of ours")
    before = stored(site)
    assert site.run("save", folder).code == 2
    assert stored(site) == before


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b"\xff\xfe", b'{"schema": "2"}', b"x" * 100_000])
def test_what_cannot_be_read_keeps_nobody_from_saving(site: Site, text: bytes) -> None:
    folder = bring(site, PROJECT)
    put(site, text)
    assert site.run("save", folder).code == 0
    assert stored(site)[key_of(site)] == text
