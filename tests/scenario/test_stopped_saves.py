"""What a command that could not do all it should leaves undone is named, in its document too, with cause and code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from launcher.storage.http import Patience
from tests.conftest import ROOT, Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import open_uploads
from tests.scenario.projects import LARGE
from tests.scenario.watching import (
    LABELS,
    PICTURE,
    bring,
    one_of_home,
    project_id,
    save,
    small_project,
    until,
    watching,
)

OTHER_PICTURE = "labeled-data/mouse/img003.png"
NOTES = "notes.txt"


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Brought, saved once, and worked on since."""
    folder = bring(site, small_project())
    save(site, folder)
    for path in (PICTURE, OTHER_PICTURE):
        (folder / path).write_bytes((folder / path).read_bytes().replace(b"IEND", b"+IEND"))
    (folder / NOTES).write_bytes(b"a note\n")
    return folder


def refused(path: str, method: str = "*") -> Rule:
    """Rights that are not there."""
    return Rule(Fault.REFUSED, path=path, method=method, status=403, code="AccessDenied")


def test_a_save_that_has_to_stop_names_each_file_that_it_did_not_come_to(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    proxy.rules.append(refused("*/lease/*", "PUT"))
    done = site.run("save", folder, "--json")
    assert done.code == 5, (done.out, done.err)
    assert {row["path"] for row in done.json["failed"]} == {PICTURE, OTHER_PICTURE, NOTES}
    assert {row["cause"] for row in done.json["failed"]} == {"You do not have access"}
    assert [(row["exit_code"], "s3:PutObject" in row["next"]) for row in done.json["problems"]] == [(5, True)]
    proxy.rules.clear()
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["failed"], "problems" in done.json) == (0, [], False)


def test_what_is_saved_when_the_server_goes_is_not_named_and_the_rest_is(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    proxy.rules.append(Rule(Fault.RESET, path=f"*{Path(PICTURE).name}", method="PUT"))
    done = site.run("save", folder, "--json")
    assert done.code == 12, (done.out, done.err)
    named = {row["path"] for row in done.json["failed"]}
    assert PICTURE in named
    there = {path for path in (PICTURE, OTHER_PICTURE, NOTES) if in_bucket(site, folder, path)}
    assert named == {PICTURE, OTHER_PICTURE, NOTES} - there


def test_a_file_for_which_the_server_has_an_error_of_its_own_keeps_no_other_from_being_saved(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    """SeaweedFS answers so, each time, to names of more than 245 bytes in a bucket with versions."""
    for path in (LABELS, NOTES):
        (folder / path).write_bytes((folder / path).read_bytes() + b"\n")
    proxy.rules.append(
        Rule(Fault.REFUSED, path=f"*{Path(PICTURE).name}", method="PUT", status=500, code="InternalError")
    )
    done = site.run("save", folder, "--json")
    assert done.code == 12, (done.out, done.err)
    assert [row["path"] for row in done.json["failed"]] == [PICTURE]
    assert all(in_bucket(site, folder, path) for path in (OTHER_PICTURE, LABELS, NOTES))
    listed = site.objects(site.home_bucket, f"person/.pose-launcher/state/{project_id(folder)}.json")
    assert [NOTES in json.loads(data)["files"] for data in listed.values()] == [True]
    assert [row["path"] for row in done.json["saved"] if row["path"] == NOTES] == [NOTES]
    proxy.rules.clear()
    assert site.run("save", folder).code == 0
    assert in_bucket(site, folder, PICTURE)


def test_a_server_that_has_an_error_of_its_own_for_one_file_after_another_is_not_asked_about_all(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    paths = [f"labeled-data/mouse/many{number:03d}.png" for number in range(150)]
    for path in paths:
        (folder / path).write_bytes((folder / PICTURE).read_bytes())
    proxy.rules.append(Rule(Fault.REFUSED, path="*/many*", method="PUT", status=500, code="InternalError"))
    done = site.run("save", folder, "--json")
    assert done.code == 12, (done.out, done.err)
    assert {row["path"] for row in done.json["failed"]} >= set(paths)
    # All are sent once and quickly; patiently the first 32, and those that were under way when the last of them failed.
    patiently = proxy.count("PUT", "*/many*") - len(paths)
    assert patiently < 0.75 * len(paths) * Patience().attempts
    proxy.rules.clear()
    assert site.run("save", folder).code == 0
    assert all(in_bucket(site, folder, path) for path in paths)


def in_bucket(site: Site, folder: Path, path: str) -> bool:
    """Is the present content there, as another client sees it?"""
    return one_of_home(site, folder, path) == (folder / path).read_bytes()


def test_verify_without_the_right_to_read_is_a_matter_of_rights(site: Site, proxy: FaultProxy, folder: Path) -> None:
    proxy.rules.append(refused(f"*/{LABELS}", "GET"))
    done = site.run("verify", folder, "--json")
    assert done.code == 5, (done.out, done.err)
    assert ["You do not have access" in row["message"] for row in done.json["bad"] if row["path"] == LABELS] == [True]


def test_verify_says_that_there_is_no_bucket_and_does_not_take_every_file_for_deleted(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, path=f"/{site.home_bucket}/*", status=404, code="NoSuchBucket"))
    done = site.run("verify", folder, "--json")
    assert done.code == 4, (done.out, done.err)
    at_home = {row["message"] for row in done.json["bad"] if row["path"] == "config.yaml"}
    assert at_home == {"the object cannot be read: This bucket does not exist"}
    assert "sends again" not in done.err


@pytest.mark.parametrize("by", ["a click", "the saver"])
def test_a_folder_that_goes_after_a_save_that_had_to_stop_is_missed(
    site: Site, proxy: FaultProxy, folder: Path, by: str
) -> None:
    """Which work was in it, the disk alone knew; the session's end called everything saved."""
    proxy.rules.append(refused("*/lease/*", "PUT"))
    if by == "a click":
        assert site.run("save", folder).code == 5
    else:
        with watching(site):
            until(lambda: any(one.fault for one in proxy.seen), 40)
    proxy.rules.clear()
    (site.folder / "a stick").mkdir()
    shutil.move(folder, site.folder / "a stick" / "reaching")
    (row,) = site.run("status", "--json").json["projects"]
    assert not row["all_saved"]
    assert "folder is gone" in row["problem"]["what"]
    ended = site.run("finish", "--deadline", "30", "--json")
    assert (ended.code, ended.json["complete"]) == (4, False), ended.err

    shutil.move(site.folder / "a stick" / "reaching", folder)
    assert site.run("finish", "--deadline", "30").code == 0
    shutil.move(folder, site.folder / "a stick" / "reaching")
    assert site.run("finish", "--deadline", "30").code == 0, "all of it was saved by then"


def test_put_away_is_put_away_also_after_a_save_that_had_to_stop(site: Site, proxy: FaultProxy, folder: Path) -> None:
    proxy.rules.append(refused("*/lease/*", "PUT"))
    assert site.run("save", folder).code == 5
    proxy.rules.clear()
    shutil.rmtree(folder)
    assert site.run("finish", "--deadline", "30").code == 4
    assert site.run("put-away", folder).code == 0
    assert site.run("finish", "--deadline", "30").code == 0
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    shutil.rmtree(folder)
    assert site.run("finish", "--deadline", "30").code == 0


@pytest.mark.parametrize("is_all_gone", [False, True], ids=["the file is gone", "the project is put away"])
def test_what_a_killed_save_began_of_a_file_that_is_deleted_then_is_ended(
    site: Site, proxy: FaultProxy, folder: Path, is_all_gone: bool
) -> None:
    save(site, folder)
    (folder / "scratch.bin").write_bytes(os.urandom(LARGE))
    proxy.rules.append(Rule(Fault.DELAY, path="*partNumber=3*", seconds=60))
    begun = len(proxy.seen)
    process = site.start("save", folder)
    until(lambda: proxy.wait_until_seen(begun + 1, 1) and proxy.count("PUT", "*partNumber=1*") > 0, 60)
    process.kill()
    process.wait()
    proxy.rules.clear()
    assert len(open_uploads(site)) == 1
    if is_all_gone:
        shutil.rmtree(folder)
        assert site.run("put-away", folder).code == 0
    else:
        (folder / "scratch.bin").unlink()
        save(site, folder)
    assert open_uploads(site) == []


def test_an_end_that_may_not_be_written_down_says_which_right_is_missing(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    proxy.rules.append(refused("*/sessions/*", "PUT"))
    done = site.run("finish", "--deadline", "30", "--json")
    assert (done.code, done.json["complete"], done.json["missing_files"]) == (5, False, 0), (done.out, done.err)
    assert "s3:PutObject" in done.err and "Check the network" not in done.err


def test_an_interrupted_command_still_prints_its_one_document(site: Site, proxy: FaultProxy, folder: Path) -> None:
    proxy.rules.append(Rule(Fault.DELAY, path="*/lease/*", seconds=3))
    begun = len(proxy.seen)
    process = subprocess.Popen(
        site.command("save", folder, "--json"),
        cwd=ROOT,
        env={**os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert proxy.wait_until_seen(begun + 1, 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (130, False), err
    told = json.loads(out)
    assert (told["exit_code"], [row["what"] for row in told["problems"]]) == (130, ["Interrupted"])


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Fault.REFUSED, status=200, code="Welcome"),
        Rule(Fault.REFUSED, path="*/projects/*", method="PUT", status=200, code="Welcome"),
        Rule(Fault.REFUSED, path="*/projects/*", status=200, code="Welcome"),
    ],
    ids=["everything", "writing", "files"],
)
def test_a_network_that_says_yes_to_everything_saves_nothing(
    rule: Rule, site: Site, proxy: FaultProxy, folder: Path
) -> None:
    """As that of a hotel does until somebody has agreed to its terms."""
    proxy.rules.append(rule)
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["saved"]) == (12, []), (done.out, done.err)
    assert {row["path"] for row in done.json["failed"]} == {PICTURE, OTHER_PICTURE, NOTES}
    (project,) = site.run("status", folder, "--json").json["projects"]
    assert (project["all_saved"], project["unsaved_files"]) == (False, 3)
    ended = site.run("finish", "--deadline", "12", "--json")
    assert (ended.code, ended.json["complete"], ended.json["missing_files"]) == (12, False, 3), (ended.out, ended.err)
    proxy.rules.clear()
    save(site, folder)
    assert all(in_bucket(site, folder, path) for path in (PICTURE, OTHER_PICTURE, NOTES))


def test_a_save_that_the_system_ends_gives_the_project_back(site: Site, proxy: FaultProxy, folder: Path) -> None:
    slow = Rule(Fault.DELAY, path="*/projects/*", method="PUT", seconds=2)
    proxy.rules.append(slow)
    elsewhere = site.another_computer()
    brought = elsewhere.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    (Path(brought.json["dir"]) / "there.txt").write_bytes(b"from another computer\n")
    with (site.folder / "messages").open("wb") as messages:
        process = site.start("save", folder, messages=messages.fileno())
    until(lambda: slow.used > 0, 60)  # it holds the project, and files are on their way
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130, (site.folder / "messages").read_text()
    assert "Interrupted. What was done so far is kept" in (site.folder / "messages").read_text()
    done = elsewhere.run("save", brought.json["dir"])
    assert (done.code, "broke off" in done.err) == (0, False), "it does not have to wait for it"


@pytest.mark.parametrize("told_by", [signal.SIGINT, signal.SIGTERM])
def test_a_save_that_waits_for_a_silent_server_ends_soon_when_it_is_told_to(
    told_by: signal.Signals, site: Site, proxy: FaultProxy, folder: Path
) -> None:
    proxy.rules.append(Rule(Fault.SILENCE, after=-10_000))
    begun = len(proxy.seen)
    with subprocess.Popen(
        site.command("save", folder, "--json"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert proxy.wait_until_seen(begun + 1, 60)
        process.send_signal(told_by)
        out, err = process.communicate(timeout=35)  # a request is patient for 55 s
    assert (process.returncode, json.loads(out)["exit_code"], "Traceback" in err) == (130, 130, False), err
    assert "Interrupted. What was done so far is kept" in err
    proxy.rules.clear()
    save(site, folder)
    assert in_bucket(site, folder, PICTURE)


def test_what_cannot_be_saved_does_not_keep_earlier_contents_from_coming_back(site: Site, folder: Path) -> None:
    save(site, folder)
    (folder / "link").symlink_to("/etc/hostname")
    (folder / OTHER_PICTURE).write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    changed = (folder / PICTURE).read_bytes()
    done = site.run("restore", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert done.code == 4, (done.out, done.err)
    assert done.json["restored"] == [PICTURE]
    assert (folder / PICTURE).read_bytes() != changed
    assert [row["path"] for row in done.json["failed"]] == [OTHER_PICTURE]
    assert (folder / OTHER_PICTURE).read_bytes() == b"\x89PNG\r\n\x1a\n cut off"
    assert (folder / "link").is_symlink()
