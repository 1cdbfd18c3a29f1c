"""The lease of a click: taken with one request where nobody has had it since, and free as soon as the list is there."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project, until

PROJECT = small_project(2)
LIST, LEASE, STATES = "*/.pose-launcher/state/*.json", "*/.pose-launcher/lease/*", "*/history/*/states/*"


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Saved from here, and the day's look at what is too old in its history is over."""
    folder = bring(site, PROJECT)
    for content in (b"1", b"0"):
        edit(folder, content)
        save(site, folder)
    proxy.seen.clear()
    return folder


def edit(folder: Path, content: bytes) -> None:
    (folder / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", content))


def take_over(site: Site, folder: Path, who: str) -> None:
    """As another session does with a lease that nobody renews any more."""
    key = f"person/.pose-launcher/lease/{project_id(folder)}"
    lease = {"writer": "other:1", "who": who, "where": "host-b", "since": "2026-01-31T14:05:00Z", "is_over": False}
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=json.dumps(lease).encode())


def lease_of(site: Site, folder: Path) -> dict[str, object]:
    key = f"person/.pose-launcher/lease/{project_id(folder)}"
    found: dict[str, object] = json.loads(site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read())
    return found


def lease_is_over(site: Site, folder: Path) -> bool:
    return lease_of(site, folder)["is_over"] is True


def home_of(site: Site) -> str:
    """Where the project is saved."""
    (project,) = site.run("projects", site.home_uri, "--json").json["projects"]
    return str(project["uri"])


def elsewhere(site: Site) -> tuple[Site, Path]:
    """The project at another computer of the same person."""
    other = site.another_computer()
    return other, Path(other.run("stage", home_of(other), "--json").json["dir"])


def test_the_next_save_takes_it_without_a_look(site: Site, folder: Path, proxy: FaultProxy) -> None:
    edit(folder, b"2")
    save(site, folder)
    assert (proxy.count("GET", LEASE), proxy.count("PUT", LEASE)) == (0, 2)
    assert in_home(site, folder)[LABELS] == (folder / LABELS).read_bytes()
    assert lease_is_over(site, folder)


def test_since_when_it_is_held_is_by_the_servers_clock(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """Another session tells it to its person; the clock here is five hours slow."""
    other, there = elsewhere(site)
    other.write(endpoint=proxy.url)
    proxy.rules.append(Rule(Fault.CLOCK, seconds=5 * 3600))
    edit(there, b"2")
    save(other, there)
    since = datetime.fromisoformat(str(lease_of(site, folder)["since"]))
    assert abs(since - datetime.now(UTC) - timedelta(hours=5)) < timedelta(minutes=2)


def test_where_another_computer_saved_since_it_looks_and_keeps_both(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    there = both_changed(site, folder)
    assert proxy.count("GET", LEASE) > 0
    contents = list(in_home(site, folder).values())
    assert {(folder / LABELS).read_bytes(), (there / LABELS).read_bytes()} <= set(contents)


def test_where_another_computer_has_it_now_nothing_is_written(site: Site, folder: Path, proxy: FaultProxy) -> None:
    take_over(site, folder, "ben")
    edit(folder, b"2")
    held = site.run("save", folder)
    assert held.code == 8, held.err
    assert "ben is working on this project at host-b" in held.err
    assert in_home(site, folder)[LABELS] == PROJECT[LABELS].replace(b"1", b"0")
    assert proxy.count("PUT", "*/projects/*") == 0


def test_a_session_that_does_not_know_its_server_yet_looks(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """Only of a server that is known to keep to conditions can anything be expected."""
    edit(folder, b"2")
    done = site.run("save", folder, environ={"AppStream_Session_ID": "another"})
    assert done.code == 0, done.err
    assert proxy.count("GET", LEASE) == 1


def test_the_other_computer_may_begin_while_the_state_is_still_on_its_way(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    other, there = elsewhere(site)
    edit(folder, b"2")
    proxy.rules.append(Rule(Fault.DELAY, STATES, "PUT", 1, seconds=5))
    first = site.start("save", str(folder))
    until(lambda: proxy.count("PUT", LIST) == 1 and lease_is_over(site, folder), 15)
    assert first.poll() is None, "its state is not kept yet"
    (there / "notes.txt").write_text("theirs")
    save(other, there)
    assert first.wait(60) == 0
    assert {LABELS: (folder / LABELS).read_bytes(), "notes.txt": b"theirs"}.items() <= in_home(site, folder).items()
    states = other.run("restore", home_of(other), "--list", "--json").json["states"]
    assert len(states) == 4


def test_killed_after_it_was_given_back_the_next_save_writes_what_was_left(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    edit(folder, b"2")
    proxy.rules.append(Rule(Fault.DELAY, STATES, "PUT", 1, seconds=5))
    killed = site.start("save", str(folder))
    until(lambda: proxy.count("PUT", LIST) == 1 and lease_is_over(site, folder), 15)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    again = site.run("save", folder, "--json").json
    assert (again["failed"], again["conflicts"]) == ([], [])
    assert again["manifest"]
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"] is True


def test_it_is_held_until_the_list_is_there(site: Site, folder: Path, proxy: FaultProxy) -> None:
    edit(folder, b"2")
    proxy.rules.append(Rule(Fault.DELAY, LIST, "PUT", 1, seconds=2))
    save(site, folder)
    puts = [one.path for one in proxy.seen if one.method == "PUT"]
    where = [number for number, path in enumerate(puts) if "/lease/" in path]
    the_list = next(number for number, path in enumerate(puts) if "/state/" in path)
    assert where[0] < the_list < where[-1]
    assert len(where) == 2


def test_who_took_it_over_while_a_save_stood_still_is_told(site: Site, folder: Path, proxy: FaultProxy) -> None:
    edit(folder, b"2")
    proxy.rules.append(Rule(Fault.DELAY, "*/projects/*", "PUT", 1, seconds=3))
    slow = site.start("save", str(folder), messages=subprocess.PIPE)
    until(lambda: proxy.count("PUT", LEASE) == 1, 15)
    take_over(site, folder, "ben")
    _, told = slow.communicate(timeout=60)
    assert slow.returncode == 0, "what it sent is confirmed, and replaced nothing of theirs"
    assert "ben began to work on this project at host-b" in told.decode()
    assert in_home(site, folder)[LABELS] == (folder / LABELS).read_bytes()
    key = f"person/.pose-launcher/lease/{project_id(folder)}"
    lease = json.loads(site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read())
    assert (lease["who"], lease["is_over"]) == ("ben", False), "it is theirs now"


@pytest.mark.parametrize("verb", ["mine", "theirs", "both", "restore"])
def test_while_another_session_holds_it_nothing_takes_the_place_of_anything(
    site: Site, folder: Path, verb: str
) -> None:
    """Here there is nothing to save first: the decision was noted, or carried out, and then called not done."""
    both_changed(site, folder)
    take_over(site, folder, "ben")
    here, home = (folder / LABELS).read_bytes(), in_home(site, folder)
    decision = ["restore", home_of(site)] if verb == "restore" else ["conflicts", folder, LABELS, "--keep", verb]
    done = site.run(*decision)
    assert (done.code, "Nothing was changed" in done.err) == (8, True), done.err
    assert (folder / LABELS).read_bytes() == here
    assert len(site.run("conflicts", "--json").json["conflicts"]) == 1
    give_back(site, folder)
    assert site.run("save").code == 0
    assert in_home(site, folder) == home
    assert site.run(*decision).code in (0, 3)


def both_changed(site: Site, folder: Path) -> Path:
    """Here and on another computer, whose folder it returns; both are saved, side by side."""
    other, there = elsewhere(site)
    edit(there, b"3")
    save(other, there)
    edit(folder, b"2")
    assert site.run("save", folder).code == 3
    return there


def give_back(site: Site, folder: Path) -> None:
    key = f"person/.pose-launcher/lease/{project_id(folder)}"
    lease = json.loads(site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read())
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=json.dumps(lease | {"is_over": True}).encode())
