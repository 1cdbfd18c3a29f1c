"""The site's mounts as real processes on the real server: started apart, frozen, killed, healed, and bypassed.

Where this computer has no FUSE, the first thing that each test asserts is that the program says so in words and that
everything works without mounts; the rules themselves are tested as tables everywhere.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from launcher.config.site import load_site
from launcher.desk.mounting import Mounts
from launcher.storage import mount_rules
from tests.conftest import Site
from tests.scenario.watching import has_ended, until, watching

VIDEO = secrets.token_bytes(3_000_000)
HAS_FUSE = Path("/dev/fuse").exists() and shutil.which("fusermount3") is not None
#: Noticed within five seconds and healed within ten is what is promised; a busy computer gets more.
NOTICED_S, HEALED_S = 30, 60


@pytest.fixture
def point(site: Site) -> Iterator[Path]:
    """A bucket with a video, and where it is to be mounted; nothing stays mounted afterwards."""
    place = site.folder / "mnt" / "openfield"
    place.parent.mkdir()
    site.put("videos/mouse.mp4", VIDEO)
    site.put("notes.txt", b"hello")
    site.write(extra=f'mount = "{place}"')
    yield place
    site.run("mounts", "stop")
    for left in mounts_below(site.folder):
        subprocess.run(["fusermount3", "-u", "-z", left], check=False)


def mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(str(folder))]


def start(site: Site) -> dict[str, Any]:
    """Mount, and the one row of the answer. Without FUSE: the words for that, and the end of the test."""
    started = site.run("mounts", "start", "--json")
    (row,) = started.json["mounts"]
    if not HAS_FUSE:
        assert (started.code, row["state"]) == (4, "not mounted")
        assert "everything works from S3 without mounts" in row["message"]
        assert site.run("ls", site.data_uri).code == 0
    else:
        assert (started.code, row["state"]) == (0, "mounted"), started.out + started.err
    return dict(row)


def state(site: Site) -> str:
    """As `mounts status` says, which is never late."""
    began = time.monotonic()
    (row,) = site.run("mounts", "status", "--json").json["mounts"]
    assert time.monotonic() - began < 30, "a frozen mount froze the question"
    return str(row["state"])


def place(site: Site, kind: str) -> dict[str, Any]:
    rows = site.run("places", "--json").json["places"]
    return next(dict(row) for row in rows if row["kind"] == kind)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_bucket_is_mounted_read_only_by_a_process_that_outlives_its_starter(site: Site, point: Path) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    assert (row["path"], row["name"]) == (str(point), "Recordings")
    assert (point / "videos" / "mouse.mp4").read_bytes() == VIDEO
    assert (point / "notes.txt").stat().st_mode & 0o777 == 0o400
    with pytest.raises(OSError, match="Read-only"):
        (point / "mine.txt").write_text("x")
    command = Path(f"/proc/{row['pid']}/cmdline").read_bytes()
    assert site.secret_key.encode() not in command
    assert site.access_key.encode() not in command
    assert (place(site, "data")["path"], place(site, "mount")["reachable"]) == (str(point), True)
    assert place(site, "mount")["durability"] == "shared read-only"
    (line,) = (line for line in site.run("places").out.splitlines() if line.startswith("Recordings (mount)"))
    assert line.endswith(str(point)), "by command a mount is named by its path"

    again = start(site)
    assert again["pid"] == row["pid"], "one process for each mount"
    assert site.run("mounts", "stop").code == 0
    assert mounts_below(site.folder) == []
    until(lambda: has_ended(row["pid"]), 10)
    assert state(site) == "not mounted"


def test_a_frozen_mount_stalls_nothing_and_is_begun_anew(site: Site, point: Path) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    with frozen(row["pid"]):
        assert state(site) == "hung"
        bucket = place(site, "data")
        assert (bucket["reachable"], bucket["path"]) == (True, None), "read from S3 directly meanwhile"
        assert place(site, "mount")["reachable"] is False
        assert site.run("ls", site.data_uri).code == 0
        healed = start(site)
        assert healed["pid"] != row["pid"]
        assert (point / "notes.txt").read_bytes() == b"hello"


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_the_saver_notices_a_fault_and_brings_the_mount_back(site: Site, point: Path, fault: signal.Signals) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), NOTICED_S)
        os.kill(row["pid"], fault)
        until(lambda: has_ended(row["pid"]), NOTICED_S)
        until(lambda: state(site) == "mounted", HEALED_S)
        assert (point / "notes.txt").read_bytes() == b"hello"


def test_a_killed_mount_is_named_and_its_place_is_kept(site: Site, point: Path) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    os.kill(row["pid"], signal.SIGKILL)
    until(lambda: has_ended(row["pid"]), 10)
    looked = site.run("mounts", "status", "--json")
    assert (looked.code, looked.json["mounts"][0]["state"]) == (4, "dead")
    assert "read from S3 directly" in looked.json["mounts"][0]["message"]
    assert place(site, "data")["reachable"] is True
    assert start(site)["state"] == "mounted"


def test_a_mount_whose_record_was_lost_is_cleared_away(site: Site, point: Path) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    shutil.rmtree(site.state)
    os.kill(row["pid"], signal.SIGKILL)
    until(lambda: has_ended(row["pid"]), 10)
    assert start(site)["path"] == str(point)


def test_the_mount_of_a_bucket_that_is_no_longer_offered_goes_with_the_others(site: Site, point: Path) -> None:
    row = start(site)
    if not HAS_FUSE:
        return
    site.write()
    assert site.run("mounts", "stop", "--json").json == {"mounts": []}
    until(lambda: not Path(f"/proc/{row['pid']}").exists(), 10)
    assert mounts_below(site.folder) == []


def test_a_mount_point_that_holds_files_is_left_alone_and_named(site: Site, point: Path) -> None:
    point.mkdir()
    (point / "mine.txt").write_text("x")
    site.environ["HOME"] = str(site.folder / "account")
    (site.folder / "account").mkdir()
    row = start(site)
    if not HAS_FUSE:
        return
    assert row["path"].startswith(f"{site.folder}/account/pose-data/Recordings-")
    assert "is a folder that is not empty" in row["message"]
    assert (Path(row["path"]) / "notes.txt").read_bytes() == b"hello"
    assert [file.name for file in point.iterdir()] == ["mine.txt"]


def test_without_the_program_for_mounts_everything_else_works(site: Site, point: Path) -> None:
    nowhere = {"PATH": str(site.folder)}
    started = subprocess.run(
        site.command("mounts", "start", "--json"),
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert started.returncode == 4
    assert "everything works from S3 without mounts" in started.stdout
    assert site.run("ls", site.data_uri).code == 0


def test_a_site_without_mounts_has_nothing_to_do(site: Site) -> None:
    for action in ("start", "status", "stop"):
        ended = site.run("mounts", action, "--json")
        assert (ended.code, ended.json) == (0, {"mounts": []})


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A real disk of 24 MiB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> None:
    """To the last byte, as a tool does that writes videos."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


class OnceRoomyDisk:
    """There was room for a cache when the mount was made."""

    def __init__(self) -> None:
        self.is_filled = False

    def __call__(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free if self.is_filled else mount_rules.LITTLE_SPACE


def test_a_cache_disk_that_fills_is_named_and_the_mount_goes_on_without_a_cache(site: Site, point: Path) -> None:
    assert mount_rules.is_full(0)
    if not (HAS_FUSE and os.geteuid() == 0):
        return  # a disk of one's own takes root
    site_file, room = load_site(site.file).site, OnceRoomyDisk()
    with small_disk(site.folder / "disk") as disk:
        mounts = Mounts(site_file.s3, site_file.bucket, disk, site.folder, room=room)
        try:
            (made,) = mounts.start()
            assert made.mounted is not None
            assert made.mounted.has_cache
            assert (point / "videos" / "mouse.mp4").read_bytes() == VIDEO
            room.is_filled = True
            fill(disk)
            with pytest.raises(OSError, match="Input/output"):
                (point / "notes.txt").read_bytes()
            (found,) = mounts.status()
            assert (found.state, found.is_faulty) == ("cache disk full", True)
            assert "no room left; the bucket is read from S3 directly" in found.message
            healed = mounts.heal(found.bucket)
            assert healed.is_well, healed.message
            assert healed.mounted is not None
            assert not healed.mounted.has_cache
            assert (point / "notes.txt").read_bytes() == b"hello"
            assert (point / "videos" / "mouse.mp4").read_bytes() == VIDEO
            assert mounts.status()[0].is_well, "a disk that is still full is no fault any more"
        finally:
            mounts.stop()
