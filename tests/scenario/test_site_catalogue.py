"""The admin offers a bucket; a launcher that runs shows it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from launcher.config.find import Found
from launcher.config.site import load_site
from launcher.desk.catalogue import EVERY_S, LiveSite
from launcher.desk.desk import Desk, Setup
from launcher.session.facts import session_facts
from launcher.storage.store import Store
from tests.conftest import ROOT, Result, Site

COMMENT = "# Ask Ann before you change this.\n"


def admin(site: Site, *words: str) -> Result:
    command = [sys.executable, "-P", "-m", "installer", "--site", str(site.file), "--region", "us-east-1", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def offering(site: Site) -> Site:
    """A site whose catalogue lies in its data bucket."""
    site.write(extra=f'[catalogue]\nuri = "s3://{site.data_bucket}/site.toml"')
    return site


def names(said: Result) -> list[str]:
    return [bucket["name"] for bucket in said.json["buckets"]]


def test_added_checked_and_removed(offering: Site) -> None:
    assert admin(offering, "site", "list", "--json").json["buckets"] == []
    dry = admin(offering, "site", "add", "Mice", f"s3://{offering.data_bucket}/mice", "--dry-run", "--json")
    assert (dry.code, dry.json["changed"], names(dry)) == (0, False, ["Mice"])
    assert "site.toml" not in offering.objects(offering.data_bucket)
    added = admin(offering, "site", "add", "Mice", f"s3://{offering.data_bucket}/mice", "--json")
    assert (added.code, added.json["changed"]) == (0, True)
    again = admin(offering, "site", "add", "Mice", f"s3://{offering.data_bucket}/mice", "--json")
    assert (again.code, again.json["changed"]) == (0, False)
    offering.put("site.toml", COMMENT.encode() + offering.objects(offering.data_bucket)["site.toml"])
    places = json.loads(offering.run("places", "--json").out)["places"]
    assert "Mice" in [place["name"] for place in places]
    checked = admin(offering, "site", "check", "--json")
    assert [row["name"] for row in checked.json["checks"]] == ["site file", "catalogue", "home", "Recordings", "Mice"]
    assert admin(offering, "site", "add", "Flies", f"s3://{offering.data_bucket}/flies/").code == 0
    assert names(admin(offering, "site", "remove", f"s3://{offering.data_bucket}/mice", "--json")) == ["Flies"]
    assert offering.objects(offering.data_bucket)["site.toml"].decode().startswith(COMMENT)
    assert admin(offering, "site", "remove", "Flies").code == 0
    assert admin(offering, "site", "remove", "Flies").code == 10


def test_a_running_launcher_sees_it_within_a_minute(offering: Site) -> None:
    facts = session_facts({}, account="ann")
    setup = Setup(Found(offering.file, "test"), Found(offering.state, "test"), facts)
    now = [0.0]
    with Desk(setup) as desk:
        desk.__dict__["_live_site"] = LiveSite(desk.loaded.site, desk.notices, lambda: now[0])
        assert [bucket.name for bucket in desk.site.bucket] == ["Recordings"]
        assert "is not there" in desk.notices[0]
        admin(offering, "site", "add", "Mice", f"s3://{offering.data_bucket}/mice/")
        now[0] += EVERY_S
        assert [bucket.name for bucket in desk.site.bucket] == ["Recordings", "Mice"]
        offering.put("site.toml", b"[[bucket]\n")
        now[0] += EVERY_S
        assert [bucket.name for bucket in desk.site.bucket] == ["Recordings", "Mice"], "what was read last counts"
        (told,) = desk.notices
        assert "cannot be used now" in told, "and that is said, in place of what was said before"
        offering.put("site.toml", b"")
        now[0] += EVERY_S
        assert [bucket.name for bucket in desk.site.bucket] == ["Recordings"]
        assert desk.notices == [], "it was mended"
        assert EVERY_S + 30 < 60


def test_two_admins_at_once_lose_nothing(offering: Site) -> None:
    done: list[Result] = []
    uri = f"s3://{offering.data_bucket}"
    threads = [
        threading.Thread(target=lambda n=n: done.append(_until_done(offering, f"Bucket {n}", f"{uri}/{n}/")))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(admin(offering, "site", "list", "--json"))) == [f"Bucket {n}" for n in range(4)]


def _until_done(site: Site, name: str, uri: str) -> Result:
    """What the message says to do: run the same command again."""
    while True:
        said = admin(site, "site", "add", name, uri)
        if said.code != 4:
            return said
        assert "same command again" in said.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["add", "x\x1b[2J", "s3://lab-data/"], "name"),
        (["add", "", "s3://lab-data/"], "name"),
        (["add", "x", "s3://Lab-Data/"], "s3://bucket/prefix/"),
        (["add", "x", "s3://lab-data/../other/"], "s3://bucket/prefix/"),
        (["add", "x", "https://lab-data.example.org/"], "s3://bucket/prefix/"),
        (["add", "x", "s3://lab-data/", "--mount", "relative"], "full path"),
        (["add", "Recordings", "s3://lab-data/"], ""),
        (["remove", 'x"]\n[home]'], "has"),
    ],
)
def test_what_cannot_be_a_bucket(offering: Site, words: list[str], hint: str) -> None:
    said = admin(offering, "site", *words)
    assert said.code in ((0,) if words[1] == "Recordings" else (2, 10))
    assert hint in said.err
    assert "Traceback" not in said.err


def test_a_check_names_every_doubt(site: Site, tmp_path: Path) -> None:
    site.write(extra='[catalogue]\nuri = "s3://no-such-bucket-here/site.toml"')
    text = site.file.read_text().replace(f"{site.home_bucket}/person/", f"{site.data_bucket}/homes/")
    site.file.write_text(text)
    said = admin(site, "site", "check", "--json")
    wrong: dict[str, Any] = {row["name"]: row["message"] for row in said.json["checks"] if not row["ok"]}
    assert (said.code, said.json["ok"]) == (4, False)
    assert set(wrong) == {"catalogue", "home", "Recordings"}
    assert "everybody would have the same home" in wrong["home"]
    assert "lie in one another" in wrong["Recordings"]


def test_the_live_site_asks_for_no_store_without_a_catalogue(site: Site) -> None:
    def no_store() -> Store:
        raise AssertionError("asked for")

    assert LiveSite(load_site(site.file).site, []).now(no_store).bucket[0].name == "Recordings"
