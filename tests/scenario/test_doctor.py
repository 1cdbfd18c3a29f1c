"""`doctor` names each fault that is injected, by its check, in words, and in time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer

from launcher.session.home_folder import STATUS_FILE
from tests.conftest import Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import has_ended, until

STREAM = {"AppStream_UserName": "ann@x.org", "AppStream_Stack_Name": "pose", "AppStream_User_Access_Mode": "saml"}
#: Without a screen on the machine that runs the tests, the one that this names is not there either.
NO_SCREEN = ":98"
CHECKS = (
    "site catalogue",
    "state dir",
    "credentials",
    "clock",
    "who this is",
    "session limits",
    "Home Folder",
    "place Home",
    "place Recordings",
    "storage server keeps its word",
    "disk for projects",
    "path length",
    "links",
    "display",
    "fonts",
    "locale",
    "GPU driver",
    "tool DeepLabCut",
    "tool SLEAP",
    "tool Lightning Pose",
    "mounts",
    "saver",
    "what is never saved",
    "reading of other people's files is fenced off",
)


def examined(site: Site, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Every check by its name."""
    given = {"DISPLAY": "", "LC_ALL": "C.UTF-8", **(environ or {})}
    done = site.run("doctor", "--json", environ=given)
    document = done.json
    assert done.code == (0 if document["ok"] else 4), done.err
    assert document["ok"] is all(check["ok"] for check in document["checks"])
    return {check["name"]: check for check in document["checks"]}


def test_a_healthy_computer_is_told_to_be_well(site: Site) -> None:
    site.put("a.txt", b"x")
    found = examined(site)
    assert tuple(found) == CHECKS
    assert [name for name, check in found.items() if not check["ok"]] == []
    assert found["place Recordings"]["message"] == "reachable, listable and readable; shared read-only"
    in_words = site.run("doctor", environ={"DISPLAY": "", "LC_ALL": "C.UTF-8"})
    assert in_words.code == 0
    assert "ok  clock: " in in_words.out
    assert "?   display: there is no screen here" in in_words.out


def test_a_pattern_that_leaves_work_out_of_every_save_is_told(site: Site) -> None:
    site.write(extra='[save]\nexclude = ["*.tmp", "labeled-data", "*.yaml"]')
    told = examined(site)["what is never saved"]
    assert (told["ok"], told["severity"]) == (True, "warning")
    assert "labeled-data, *.yaml" in told["message"] and "*.tmp" not in told["message"]
    site.write(extra='[save]\nexclude = ["*.tmp"]')
    assert examined(site)["what is never saved"]["message"] == "the site leaves out *.tmp"


def test_a_wrong_secret_is_named(site: Site) -> None:
    site.write(secret_key="wrong")
    found = examined(site)
    for name, words in (
        ("place Recordings", "the secret key is wrong"),
        ("storage server keeps its word", "refuses our signature"),
    ):
        assert found[name]["ok"] is False, name
        assert words in found[name]["message"]
        assert found[name]["hint"]


def test_oddities_of_the_session_are_told_by_their_checks(site: Site) -> None:
    found = examined(site, {**STREAM, "LC_ALL": "C", "AppStream_User_Access_Mode": "kerberos"})
    assert "no screen" in found["display"]["message"]
    assert (found["display"]["ok"], found["display"]["severity"]) == (False, "error")
    for name, words in {"locale": "cannot write every name", "who this is": "kerberos"}.items():
        assert words in found[name]["message"]
        assert found[name]["hint"]
        assert (found[name]["ok"], found[name]["severity"]) == (True, "warning")


def test_an_address_that_was_written_with_other_capitals_before_is_found(site: Site) -> None:
    home = f"s3://{site.home_bucket}/{{user}}/"
    site.file.write_text(site.file.read_text().replace(f"s3://{site.home_bucket}/person/", home))
    site.s3.put_object(Bucket=site.home_bucket, Key="ann@x.org/projects/a", Body=b"x")
    check = examined(site, {**STREAM, "AppStream_UserName": "Ann@x.org"})["who this is"]
    assert "There is a home of ann@x.org with files in it" in check["hint"]


def test_a_home_folder_that_is_not_there_yet_is_told(site: Site) -> None:
    status = site.folder / STATUS_FILE
    status.parent.mkdir(parents=True)
    status.write_text("appstream_home_folder_mount_status=False")
    site.write(extra="[session]\nmax_minutes = 900\nidle_minutes = 60\n")
    begun = {**STREAM, "AppStream_Session_Reservation_DateTime": "2026-03-01T09:30:00Z", "HOME": str(site.folder)}
    found = examined(site, begun)
    check = found["Home Folder"]
    assert (check["ok"], check["severity"]) == (True, "warning")
    assert "being mounted" in check["message"]
    assert "disconnected after 60 minutes" in found["session limits"]["message"], "a night of training would be cut"
    assert "does not count as work" in found["session limits"]["hint"]


def test_a_server_that_does_not_answer_makes_nothing_wait_and_is_said_to_be_slow(site: Site, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.DELAY, seconds=60))
    began = time.monotonic()
    found = examined(site)
    assert time.monotonic() - began < 20, "nor does it wait itself, when all is said"
    for name in ("place Home", "place Recordings", "storage server keeps its word"):
        assert found[name]["message"].startswith("slow: "), found[name]
    assert found["locale"]["ok"]
    assert found["disk for projects"]["ok"]


def test_a_place_that_may_be_listed_but_not_read_is_named(site: Site, proxy: FaultProxy) -> None:
    site.put("a.txt", b"x")
    proxy.rules.append(Rule(Fault.REFUSED, path="*a.txt", method="GET", status=403))
    check = examined(site)["place Recordings"]
    assert check["ok"] is False
    assert "You do not have access" in check["message"]


def test_a_place_that_should_be_writable_and_is_not_is_named(site: Site, proxy: FaultProxy) -> None:
    site.write(endpoint=proxy.url, extra='access = "writable"')
    well = examined(site)["place Recordings"]
    assert "writable" in well["message"]
    assert site.objects(site.data_bucket) == {}, "asked without writing"
    proxy.rules.append(Rule(Fault.REFUSED, path="*write-check", method="PUT", status=403))
    check = examined(site)["place Recordings"]
    assert check["ok"] is False


def test_a_weak_server_is_named(site: Site) -> None:
    weak = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    weak.start()
    try:
        host, port = weak.get_host_and_port()
        other = s3_client(f"http://{host}:{port}", "anybody", "anything")
        other.create_bucket(Bucket=site.home_bucket)
        site.write(endpoint=f"http://{host}:{port}")
        check = examined(site)["storage server keeps its word"]
        other.close()
    finally:
        weak.stop()
    assert check["ok"] is False
    assert "it stores content whose checksum is wrong" in check["message"]


def test_a_frozen_mount_is_named(site: Site) -> None:
    point = site.folder / "mnt"
    site.write(extra=f'mount = "{point}"')
    assert "not mounted" in examined(site)["mounts"]["message"]
    has_fuse = Path("/dev/fuse").exists() and shutil.which("fusermount3") is not None
    started = site.run("mounts", "start", "--json")
    assert (started.code == 0) is has_fuse
    if not has_fuse:
        return
    pid = started.json["mounts"][0]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        check = examined(site)["mounts"]
        assert check["ok"] is False
        assert "does not answer" in check["message"]
    finally:
        site.run("mounts", "stop")
        subprocess.run(["fusermount3", "-u", "-z", str(point)], check=False, capture_output=True)
    until(lambda: has_ended(pid), 20)
