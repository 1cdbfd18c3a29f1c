"""`session` and `places` in a stream, as the program tells them: the facts, the ends, and what survives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from launcher.session.home_folder import STATUS_FILE
from tests.conftest import Site
from tests.fakes.broker import FakeBroker
from tests.scenario.watching import bring, small_project, until

LIMITS = "[session]\nmax_minutes = 90\ndisconnect_minutes = 15\nidle_minutes = 60\n"


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as running:
        yield running


def stream(site: Site, started: datetime | None = None, user: str = "ann@x.org") -> dict[str, str]:
    """What the service puts into the environment of a session, and a home of its own for the account."""
    begun = started or datetime.now(UTC)
    home = site.folder / "account"
    home.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "AppStream_UserName": user,
        "AppStream_User_Access_Mode": "saml",
        "AppStream_Session_ID": "s-1",
        "AppStream_Stack_Name": "pose",
        "AppStream_Session_Reservation_DateTime": begun.isoformat(),
    }


def told(site: Site, environ: dict[str, str]) -> Any:
    ended = site.run("session", "--json", environ=environ)
    assert ended.code == 0, ended.err
    return ended.json


def ends(row: Any) -> datetime:
    return datetime.fromisoformat(row["ends"])


def test_the_maximum_ends_a_session_by_the_site_catalogue(site: Site) -> None:
    site.write(extra=LIMITS)
    begun = datetime.now(UTC) - timedelta(minutes=80)
    session = told(site, stream(site, begun))
    assert session["first"] == "maximum"
    assert abs((ends(session["limits"][0]) - begun).total_seconds() - 90 * 60) <= 1
    # The server tells whole seconds, so its clock may seem to be one behind.
    assert 9 * 60 <= session["limits"][0]["seconds_left"] <= 10 * 60 + 1
    assert session["warning"]["level"] == "told"
    assert (session["clock"]["source"], session["service"]) == (
        "server",
        "Amazon WorkSpaces Applications (formerly AppStream 2.0)",
    )
    assert abs(session["clock"]["skew"]) < 5
    assert session["idle"]["input_seen"] is False
    in_words = site.run("session", environ=stream(site, begun)).out
    assert "The session ends in 10 minutes" in in_words
    assert "disconnects at" in in_words


def test_a_program_that_starts_and_ends_a_session_reads_one_document(site: Site) -> None:
    bring(site, small_project())
    try:
        began = site.run("session", "start", "--json", environ=stream(site))
        assert began.code == 0, began.err
        assert began.json["session_id"] == "s-1"
        assert "The saver runs" in began.err
    finally:
        over = site.run("session", "end", "--json", "--deadline", "20", environ=stream(site))
    assert over.code == 0, over.err
    (project,) = over.json["projects"]
    assert project["failed"] == []
    assert "The session ends" in over.err


def test_the_broker_knows_the_real_end_and_whether_somebody_is_connected(site: Site, broker: FakeBroker) -> None:
    site.write(extra=f'{LIMITS}[broker]\nurl = "{broker.url}"\n')
    now = datetime.now(UTC).replace(microsecond=0)
    broker.answer = {"schema": 1, "ends": (now + timedelta(hours=3)).isoformat(), "credentials": {"secret": "s"}}
    session = told(site, stream(site))
    assert [(one["name"], ends(one)) for one in session["limits"]] == [("maximum", now + timedelta(hours=3))]
    assert session["warning"]["level"] == "none"
    assert broker.asked == ["/v1"], "it knows us by our address, and believes nothing that we could say"

    broker.answer["disconnected_since"] = (now - timedelta(minutes=11)).isoformat()
    session = told(site, stream(site))
    assert session["first"] == "disconnect"
    assert session["warning"]["level"] == "urgent"


def test_a_computer_whose_clock_is_hours_off_still_tells_the_right_end(site: Site, broker: FakeBroker) -> None:
    site.write(extra=f'{LIMITS}[broker]\nurl = "{broker.url}"\n')
    real = datetime.now(UTC) + timedelta(hours=5)
    broker.time = real
    session = told(site, stream(site, real - timedelta(minutes=30)))
    (limit,) = session["limits"]
    assert abs(limit["seconds_left"] - 3600) <= 30
    assert abs(ends(limit) - (real + timedelta(hours=1))) <= timedelta(seconds=30)
    assert abs(session["clock"]["skew"] + 5 * 3600) <= 30
    assert any("behind; times here are by the server's clock" in notice for notice in session["notices"])


@pytest.mark.parametrize("fault", ["away", "unknown", "nonsense"])
def test_a_broker_that_does_not_help_is_named_and_the_catalogue_counts(
    site: Site, broker: FakeBroker, fault: str
) -> None:
    url = "http://127.0.0.1:9" if fault == "away" else broker.url
    broker.status = 403 if fault == "unknown" else 200
    broker.body = b"<html>"
    site.write(extra=f'{LIMITS}[broker]\nurl = "{url}"\n')
    session = told(site, stream(site))
    assert [one["name"] for one in session["limits"]] == ["maximum"]
    assert any(notice.startswith("The broker") for notice in session["notices"])


def test_oddities_of_the_session_are_told_and_nothing_stops(site: Site) -> None:
    environ = {**stream(site, user="Ann@x.org"), "AppStream_User_Access_Mode": "kerberos"}
    session = told(site, environ)
    assert session["access_mode"] == "kerberos"
    assert any("kerberos" in notice for notice in session["notices"])
    assert any("letter case" in notice for notice in session["notices"])


def test_every_writable_place_says_what_survives(site: Site) -> None:
    environ = stream(site)
    status = Path(environ["HOME"]) / STATUS_FILE
    status.parent.mkdir(parents=True)
    for state, word in (("False", "mounting"), ("True", "ready")):
        status.write_text(f"appstream_home_folder_mount_status={state}\n")
        rows = site.run("places", "--json", environ=environ).json["places"]
        kinds = {row["kind"]: row for row in rows}
        assert {kind: row["durability"] for kind, row in kinds.items()} == {
            "home": "kept",
            "data": "shared read-only",
            "home-folder": "kept",
            "local": "lost at session end",
        }
        folder = kinds["home-folder"]
        assert (folder["path"], folder["state"]) == (f"{environ['HOME']}/MyFiles/HomeFolder", word)
        assert folder["reachable"] is (word == "ready")
    assert "home-folder" not in {row["kind"] for row in site.run("places", "--json").json["places"]}


def test_nothing_of_ours_is_written_into_the_home_folder(site: Site) -> None:
    for path, data in small_project(2).items():
        site.put(f"reaching/{path}", data)
    environ = stream(site)
    inside = Path(environ["HOME"]) / "MyFiles" / "HomeFolder"
    inside.mkdir(parents=True)
    staged = site.run("stage", f"{site.data_uri}reaching/", inside / "reaching", environ=environ)
    assert staged.code == 2
    assert "does not write into the Home Folder" in staged.err
    assert list(inside.iterdir()) == []


def test_what_lies_in_a_home_folder_that_is_not_there_yet_is_not_opened(site: Site) -> None:
    environ = stream(site)
    project = Path(environ["HOME"]) / "MyFiles" / "HomeFolder" / "reaching"
    opened = site.run("open", project, environ=environ)
    assert opened.code == 4
    assert "this stream has no Home Folder" in opened.err


def test_an_idle_limit_is_foreseen_with_what_would_be_saved_by_then(site: Site) -> None:
    site.write(extra=LIMITS)
    bring(site, small_project(2))
    idle = told(site, stream(site))["idle"]
    assert 59 * 60 < idle["seconds_left"] <= 60 * 60
    assert (idle["running"], idle["saved_by_then"]) == ([], False), "no saver runs"
    assert idle["unsaved_files"] > 0
    assert site.run("save").code == 0
    idle = told(site, stream(site))["idle"]
    assert (idle["unsaved_files"], idle["saved_by_then"]) == (0, True)


def test_what_no_time_is_enough_for_is_not_foreseen_as_saved(site: Site) -> None:
    """The saver runs, and gets nowhere with a link, with a file of another kind, or without the folder."""
    site.write(extra=LIMITS)
    folder = bring(site, small_project(2))
    assert site.run("save").code == 0
    saver = site.start("watch")
    try:
        until(lambda: site.run("status", "--json").json["saver"]["running"], 20)
        assert told(site, stream(site))["idle"]["saved_by_then"] is True
        (folder / "elsewhere.csv").symlink_to("/etc/hostname")
        idle = told(site, stream(site))["idle"]
        assert (idle["unsaved_files"], idle["unsaved_bytes"], idle["saved_by_then"]) == (1, 0, False)
        shutil.rmtree(folder)
        folder.mkdir()
        assert told(site, stream(site))["idle"]["saved_by_then"] is False
    finally:
        saver.terminate()
        saver.wait(20)
