"""The saver, as a person lives with it: nothing to press, and what goes quiet is in the home bucket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import psutil
import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import Versions, open_uploads
from tests.scenario.projects import LARGE, png
from tests.scenario.watching import (
    LABELS,
    PICTURE,
    bring,
    in_home,
    is_complete,
    one_of_home,
    project_id,
    save,
    small_project,
    until,
    watching,
)

PROJECT = small_project()
#: Staged, quiet after 8 s, sent; on a machine that does other things too.
FIRST_TIME_S = 40.0


@pytest.fixture
def folder(site: Site) -> Path:
    """A project that was brought here."""
    return bring(site, PROJECT)


def test_a_changed_label_file_is_in_the_bucket_within_ten_seconds_of_going_quiet(site: Site, folder: Path) -> None:
    with watching(site) as saver:
        until(lambda: is_complete(site, folder, PROJECT), FIRST_TIME_S)
        assert site.run("status", "--json").json["saver"] == {"running": True, "pid": saver.pid}
        again = site.run("watch")
        assert (again.code, f"process {saver.pid}" in again.err) == (0, True)
        new = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
        (folder / LABELS).write_bytes(new)
        until(lambda: one_of_home(site, folder, LABELS) == new, 10)
    status = site.run("status", "--json").json
    assert status["saver"] == {"running": False, "pid": None}
    assert status["projects"][0]["all_saved"]


def test_a_file_that_is_written_in_place_for_seconds_is_never_sent_torn(site: Site, folder: Path) -> None:
    rows = [f"labeled-data/mouse/img{number:03}.png,{number}.5,2.5\n".encode() for number in range(400)]
    save(site, folder)
    with watching(site):
        seen = set()
        with (folder / LABELS).open("r+b", buffering=0) as file:
            file.truncate(0)
            for number, row in enumerate(rows):
                file.write(row)
                time.sleep(5 / len(rows))
                if number % 25 == 0:
                    seen.add(one_of_home(site, folder, LABELS))
        until(lambda: one_of_home(site, folder, LABELS) == b"".join(rows), 12)
    assert seen == {PROJECT[LABELS]}


@pytest.mark.parametrize("size", [LARGE, 12 * 1024 * 1024])
def test_label_files_do_not_wait_for_a_large_upload(site: Site, cloud: SeaweedFS, folder: Path, size: int) -> None:
    save(site, folder)
    with FaultProxy(cloud.url) as proxy:
        site.write(endpoint=proxy.url)
        slow = Rule(Fault.DELAY, path="*/model.bin*", method="PUT", seconds=60)
        proxy.rules.append(slow)
        large = Random(2).randbytes(size)
        with watching(site):
            (folder / "model.bin").write_bytes(large)
            until(lambda: slow.used > 0, FIRST_TIME_S)
            new = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
            (folder / LABELS).write_bytes(new)
            until(lambda: one_of_home(site, folder, LABELS) == new, 10)
            assert one_of_home(site, folder, "model.bin") is None
            proxy.rules.clear()
        began = len(proxy.seen)
        with watching(site):  # told to end it left the upload, and its next start goes on with it
            until(lambda: one_of_home(site, folder, "model.bin") == large, 60)
        assert not [one for one in proxy.seen[began:] if one.method == "POST" and one.path.endswith("?uploads")]
    assert open_uploads(site) == []


@pytest.mark.parametrize("kills", [5, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_killed_at_any_moment_it_goes_on_without_a_question(site: Site, folder: Path, kills: int) -> None:
    chance, versions = Random(kills), Versions(PROJECT)
    for number in range(kills):
        saver = site.start("watch")
        for path, data in {
            LABELS: PROJECT[LABELS] + b"labeled-data/mouse/img050.png,%d,2.5\n" % number,
            PICTURE: png(chance, 50_000),
            "model.bin": chance.randbytes(7 * 1024 * 1024),  # its parts go ahead
        }.items():
            (folder / path).write_bytes(data)
            versions.add(path, data)
        with pytest.raises(subprocess.TimeoutExpired):
            saver.wait(chance.uniform(1.0, 12.0))
        saver.kill()
        saver.wait()
        assert versions.wrong_in_bucket(in_home(site, folder), folder) == []
    paths = ["model.bin", *(path for path in PROJECT if not path.endswith(".mp4"))]
    with watching(site):
        until(lambda: versions.missing_in_bucket(in_home(site, folder), paths) == [], FIRST_TIME_S)
    assert set(in_home(site, folder)) == set(paths), "no conflict with ourselves"
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"]
    assert open_uploads(site) == []


def test_in_the_background_it_outlives_who_started_it(site: Site, folder: Path) -> None:
    started = site.run("watch", "--background", "--json")
    assert started.code == 0, started.err
    saver = psutil.Process(started.json["saver"]["pid"])
    try:
        until(lambda: one_of_home(site, folder, LABELS) is not None, FIRST_TIME_S)
        assert site.run("watch", "--background", "--json").json["saver"]["pid"] == saver.pid
    finally:
        saver.terminate()
        psutil.wait_procs([saver], 15)
    assert not saver.is_running() or saver.status() == psutil.STATUS_ZOMBIE
    assert os.stat(site.state / "saver.log").st_mode & 0o077 == 0


def test_the_same_project_on_two_computers_has_one_writer(site: Site, folder: Path) -> None:
    save(site, folder)
    ours = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
    with watching(site):
        (folder / LABELS).write_bytes(ours)
        until(lambda: one_of_home(site, folder, LABELS) == ours, FIRST_TIME_S)
        second = site.another_computer()
        there = second.folder / "reaching"
        staged = second.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", there)
        assert staged.code == 0, staged.err
        (there / LABELS).write_bytes(ours + b"labeled-data/mouse/img051.png,1.5,2.5\n")
        refused = second.run("save", there, "--json")
        assert refused.code == 8
        assert "is working on this project at" in refused.err
        assert one_of_home(site, folder, LABELS) == ours
        # On the first computer a click and the saver do not stand in each other's way.
        (folder / PICTURE).write_bytes(png(Random(1), 1000))
        assert site.run("save", folder).code == 0
        assert second.run("save", there).code == 8, "the lease is still the saver's"
    saved = second.run("save", there, "--json")
    assert (saved.code, [row["path"] for row in saved.json["saved"]]) == (0, [LABELS]), saved.err


def test_ctrl_c_ends_it_softly(site: Site, folder: Path) -> None:
    saver = site.start("watch")
    until(lambda: (site.state / "saver.json").exists(), 20)
    saver.send_signal(signal.SIGINT)
    assert saver.wait(15) == 0


def test_without_its_memory_it_ends_by_itself(site: Site, folder: Path) -> None:
    saver = site.start("watch")
    try:
        until(lambda: (site.state / "saver.json").exists(), 20)
        shutil.rmtree(site.state)
        saver.wait(30)
    finally:
        saver.kill()
        saver.wait()
    assert (folder / LABELS).is_file()
