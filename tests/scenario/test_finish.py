"""The end of a session: in time, by importance, and with the truth about the rest in the home bucket."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.projects import VIDEO
from tests.scenario.watching import LABELS, PICTURE, bring, in_home, is_complete, project_id, small_project, until

PROJECT = small_project()
SLOW = [f"labeled-data/mouse/img{number:03}.png" for number in range(4)]


@pytest.fixture
def folder(site: Site) -> Path:
    return bring(site, PROJECT)


@pytest.fixture
def proxy(folder: Path, proxy: FaultProxy) -> FaultProxy:
    """The project is here before it comes."""
    return proxy


def session_file(site: Site) -> dict[str, Any]:
    """What the home bucket says of the session."""
    (data,) = site.objects(site.home_bucket, "person/.pose-launcher/sessions/").values()
    found: dict[str, Any] = json.loads(data)
    return found


def test_everything_goes_and_the_session_is_complete(site: Site, folder: Path) -> None:
    ended = site.run("finish", "--deadline", "55", "--json")
    assert ended.code == 0, ended.err
    (report,) = ended.json["projects"]
    assert {row["path"] for row in report["saved"]} == set(PROJECT) - {VIDEO}
    assert (report["failed"], report["by_reference"], ended.json["complete"]) == ([], [VIDEO], True)
    assert is_complete(site, folder, PROJECT)
    assert session_file(site)["state"] == "complete"
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"]

    again = site.run("finish", "--deadline", "55", "--json")
    assert (again.code, again.json["projects"][0]["saved"]) == (0, [])
    assert again.json["projects"][0]["unchanged"] == len(PROJECT) - 1
    assert session_file(site)["state"] == "complete"


@pytest.mark.parametrize(
    ("path", "cut"), [("notes.json", b'{"frames": [1, 2'), (PICTURE, PROJECT[PICTURE][:-9])], ids=["json", "picture"]
)
def test_what_does_not_open_replaces_nothing_and_is_not_lost(site: Site, folder: Path, path: str, cut: bytes) -> None:
    whole = PROJECT.get(path, b'{"frames": [1]}')
    (folder / path).write_bytes(whole)
    assert site.run("save", folder, "--json").code == 0
    (folder / path).write_bytes(cut)
    ended = site.run("finish", "--deadline", "55", "--json")
    assert (ended.code, ended.json["complete"]) == (4, False)
    (failed,) = ended.json["projects"][0]["failed"]
    assert failed["path"] == path and "did not replace what was saved before" in failed["cause"]

    assert site.run("save", folder, "--json").code == 4
    kept = site.objects(site.home_bucket)
    assert [key for key, data in kept.items() if data == cut] == [key for key in kept if "/doubtful/" in key]
    (where,) = [key for key, data in kept.items() if data == cut]
    assert [data for key, data in kept.items() if key.endswith(f"projects/{project_id(folder)}/{path}")] == [whole]

    rescued = site.folder / "rescued"
    rescued.mkdir()
    assert site.run("download", f"s3://{site.home_bucket}/{where}", rescued).code == 0
    assert (rescued / Path(path).name).read_bytes() == cut


def test_a_file_that_a_tool_never_stops_writing_is_named_with_that_cause_and_not_with_the_time(
    site: Site, folder: Path
) -> None:
    is_over = threading.Event()

    def write() -> None:
        with (folder / "train.log").open("ab", buffering=0) as log:
            while not is_over.wait(0.001):
                log.write(b"epoch\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        ended = site.run("finish", "--deadline", "55", "--json")
    finally:
        is_over.set()
        writer.join()
    (failed,) = ended.json["projects"][0]["failed"]
    assert failed["path"] == "train.log"
    assert "being written" in failed["cause"] or "changed again" in failed["cause"], failed
    assert [row["cause"] for row in session_file(site)["missing"]] == [failed["cause"]]


def test_it_takes_over_from_the_saver(site: Site, folder: Path) -> None:
    saver = site.start("watch")
    try:
        until(lambda: (site.state / "saver.json").exists(), 20)
        ended = site.run("finish", "--deadline", "55", "--json")
        assert (ended.code, ended.json["complete"]) == (0, True), ended.err
        assert saver.wait(5) == 0
    finally:
        saver.kill()
        saver.wait()
    assert is_complete(site, folder, PROJECT)
    assert site.run("status", "--json").json["saver"] == {"running": False, "pid": None}


def test_too_slow_a_server_costs_no_time_label_files_are_safe_and_the_rest_is_listed_there(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    proxy.rules.append(Rule(Fault.DELAY, path="*/img00[0-3].png", method="PUT", seconds=60))
    began = time.monotonic()
    ended = site.run("finish", "--deadline", "16", "--json")
    assert time.monotonic() - began < 12
    assert ended.code in (4, 12), ended.err
    assert not ended.json["complete"]
    assert sorted(row["path"] for row in ended.json["projects"][0]["failed"]) == SLOW
    home = in_home(site, folder)
    assert LABELS in home
    assert "config.yaml" in home
    told = session_file(site)
    assert told["state"] == "incomplete"
    assert sorted(row["path"] for row in told["missing"]) == SLOW
    assert {row["project"] for row in told["missing"]} == {project_id(folder)}
    assert all(row["cause"] for row in told["missing"])

    proxy.rules.clear()
    later = site.run("finish", "--deadline", "55", "--json")
    assert (later.code, later.json["complete"], session_file(site)["state"]) == (0, True, "complete"), later.err


def test_the_list_comes_first(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """A session that is cut off in the middle has left its list, three seconds after it was asked to end."""
    proxy.rules.append(Rule(Fault.DELAY, path="*/projects/*", method="PUT", seconds=60))
    ending = site.start("finish", "--deadline", "55")
    try:
        until(lambda: bool(site.objects(site.home_bucket, "person/.pose-launcher/sessions/")), 6)
    finally:
        ending.kill()
        ending.wait()
    told = session_file(site)
    assert told["state"] == "ending"
    assert {row["path"] for row in told["missing"]} == set(PROJECT) - {VIDEO}


def test_twice_at_the_same_time_is_as_good_as_once(site: Site, folder: Path) -> None:
    both = [site.start("finish", "--deadline", "55") for _ in range(2)]
    try:
        assert [one.wait(60) for one in both] == [0, 0]
    finally:
        for one in both:
            one.kill()
            one.wait()
    assert is_complete(site, folder, PROJECT)
    assert session_file(site)["state"] == "complete"
    assert site.run("verify", folder, "--json").json["bad"] == []


def test_without_a_server_it_ends_in_time_and_says_so(site: Site, folder: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.RESET))
    began = time.monotonic()
    ended = site.run("finish", "--deadline", "12", "--json")
    assert time.monotonic() - began < 9
    assert ended.code == 12
    assert ended.json["session_file"] is None
    assert "What is missing could not be written down" in ended.err
    assert not ended.json["complete"]
    assert {row["path"] for row in ended.json["projects"][0]["failed"]} == set(PROJECT) - {VIDEO}


def test_a_project_that_another_session_writes_is_named_with_who_has_it(site: Site, folder: Path) -> None:
    assert site.run("finish", "--deadline", "55").code == 0
    lease = {"writer": "other:1", "who": "ben", "where": "host-b", "since": "2026-01-31T14:05:00Z", "is_over": False}
    key = f"person/.pose-launcher/lease/{project_id(folder)}"
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=json.dumps(lease).encode())
    (folder / PICTURE).write_bytes(PROJECT[PICTURE][:-12] + b"x" + PROJECT[PICTURE][-12:])
    ended = site.run("finish", "--deadline", "30", "--json")
    assert ended.code == 8
    assert "ben is working on this project at host-b" in session_file(site)["missing"][0]["cause"]


def test_a_vanished_project_is_named_only_if_something_of_it_was_not_saved(site: Site, folder: Path) -> None:
    aside = site.folder / "aside"
    folder.rename(aside)
    assert site.run("finish", "--deadline", "30").code == 0, "only what lies in the data bucket was in it"
    aside.rename(folder)
    (folder / PICTURE).write_bytes(b"not a picture")
    assert site.run("save", folder).code == 4
    shutil.rmtree(folder)
    ended = site.run("finish", "--deadline", "30", "--json")
    assert (ended.code, ended.json["missing_files"]) == (4, 1)
    assert "folder is gone" in session_file(site)["missing"][0]["cause"]


def test_a_folder_in_which_nothing_is_left_is_named_as_status_and_save_name_it(site: Site, folder: Path) -> None:
    """Somebody cleared it away, work that was not saved with it."""
    for path in folder.iterdir():
        if path.name != ".pose-launcher":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    ended = site.run("finish", "--deadline", "20", "--json")
    assert (ended.code, ended.json["complete"], ended.json["missing_files"]) == (4, False, 1), ended.err
    assert "empty" in ended.json["projects"][0]["failed"][0]["cause"]
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["all_saved"], status["problem"]["kind"]) == (False, "emptied")
    assert site.run("save", folder).code == 4


def test_a_rehearsal_sends_nothing(site: Site, folder: Path) -> None:
    rehearsed = site.run("finish", "--dry-run", "--json")
    assert rehearsed.code == 0
    assert {row["path"] for row in rehearsed.json["projects"][0]["would_save"]} == set(PROJECT) - {VIDEO}
    assert site.objects(site.home_bucket) == {}


@pytest.mark.parametrize("deadline", ["0", "-5", "soon", "nan"])
def test_a_deadline_that_is_none_is_refused(site: Site, deadline: str) -> None:
    assert site.run("finish", "--deadline", deadline).code == 2


def test_a_killed_end_is_gone_on_with(site: Site, folder: Path) -> None:
    for pause in (1.5, 2.5):
        ending = site.start("finish", "--deadline", "55")
        try:
            ending.wait(pause)
        except subprocess.TimeoutExpired:
            ending.kill()
            ending.wait()
    ended = site.run("finish", "--deadline", "55", "--json")
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert is_complete(site, folder, PROJECT)


def test_the_next_session_on_a_new_machine_shows_what_is_missing(site: Site, folder: Path, proxy: FaultProxy) -> None:
    site.environ = {"AppStream_Session_ID": "session-of-monday"}
    proxy.rules.append(Rule(Fault.DELAY, path="*/img00[0-3].png", method="PUT", seconds=60))
    assert site.run("finish", "--deadline", "14").code in (4, 12)
    assert site.run("earlier", "--json").json["sessions"] == [], "nothing to tell while it is this one"
    proxy.rules.clear()

    tuesday = site.another_computer()
    tuesday.environ = {"AppStream_Session_ID": "session-of-tuesday"}
    (left,) = tuesday.run("earlier", "--json").json["sessions"]
    assert (left["session"], left["state"], left["missing_files"]) == ("session-of-monday", "incomplete", 4)
    assert sorted(row["path"] for row in left["missing"]) == SLOW
    assert "4 files could not be saved" in tuesday.run("earlier").out
    brought = tuesday.run("stage", f"{site.home_uri}projects/{project_id(folder)}/")
    assert brought.code == 0, brought.err
    assert "could not save" in brought.err and SLOW[0] in brought.err

    seen = tuesday.run("earlier", "--seen", "session-of-monday", "--json")
    assert (seen.code, seen.json) == (0, {"seen": "session-of-monday"})
    assert tuesday.run("earlier", "--json").json["sessions"] == []
    assert [tuesday.run("earlier", "--seen", odd).code for odd in ("no such session", "../../odd")] == [10, 10]


def test_a_time_in_which_no_server_may_answer_is_no_fault_of_the_network(site: Site, proxy: FaultProxy) -> None:
    bring(site, small_project(2))
    proxy.rules.append(Rule(Fault.DELAY, "*/sessions/*", "PUT", 9, seconds=9.0))
    ended = site.run("finish", "--deadline", "8", "--json")
    assert ended.code == 4, ended.err
    assert ended.json["session_file"] is None
    assert "The time was too short" in ended.err
    assert "network" not in ended.err


def test_an_end_that_the_computer_slept_through_is_no_fault_of_the_network(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    """It stands still while it sends, and goes on when its time is over."""
    proxy.rules.append(Rule(Fault.DELAY, path="*/projects/*", method="PUT", seconds=4))
    ending = site.start("finish", "--deadline", "16", messages=subprocess.PIPE)
    try:
        until(lambda: bool(site.objects(site.home_bucket, "person/.pose-launcher/sessions/")), 8)
        ending.send_signal(signal.SIGSTOP)
        time.sleep(14)
        ending.send_signal(signal.SIGCONT)
        words = ending.communicate(timeout=10)[1].decode()
    finally:
        ending.kill()
        ending.wait()
    assert (ending.returncode, "The time was too short" in words) == (4, True), words
    assert "network" not in words
    assert session_file(site)["missing"], "the list from its beginning"
    assert "What was missing when it began is listed; what is missing now could not be written down" in words


def test_where_only_the_sessions_own_list_is_refused_the_words_are_of_that_alone(site: Site, proxy: FaultProxy) -> None:
    folder = bring(site, small_project(2))
    assert site.run("save", folder).code == 0
    proxy.rules.append(Rule(Fault.REFUSED, "*/sessions/*", "PUT", status=403, code="AccessDenied"))
    ended = site.run("finish", "--deadline", "20")
    assert ended.code == 5, ended.err
    assert "everything is saved" in ended.out
    assert "Everything is saved; only that the session is over could not be written down" in ended.err


@pytest.mark.parametrize(
    ("rule", "code"),
    [(Rule(Fault.DELAY, "*/state/*", "PUT", seconds=60), 4), (Rule(Fault.REFUSED, "*/state/*", "PUT", status=403), 5)],
    ids=["no answer", "refused"],
)
def test_a_project_whose_list_could_not_be_written_is_named_and_nothing_is_called_complete(
    site: Site, folder: Path, proxy: FaultProxy, rule: Rule, code: int
) -> None:
    """Its files are there, and no list says so yet: `status` does not call that all saved, either."""
    assert site.run("save", folder).code == 0
    (folder / "notes.md").write_bytes(b"the last of the session\n")
    proxy.rules.append(rule)
    ended = site.run("finish", "--deadline", "16", "--json")
    assert (ended.code, ended.json["complete"], ended.json["missing_files"]) == (code, False, 0), ended.err
    assert [row["project"] for row in ended.json["unlisted"]] == [project_id(folder)]
    assert "every file is in the home bucket, and the list of them is not" in ended.err
    assert not site.run("status", folder, "--json").json["projects"][0]["all_saved"]
    proxy.rules.clear()
    again = site.run("finish", "--deadline", "55", "--json")
    assert (again.code, again.json["complete"], again.json["unlisted"]) == (0, True, []), again.err
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"]
