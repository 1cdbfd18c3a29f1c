"""Hazards around a person's files that no other page shows; `docs/hazards.md` lists all of them, with their tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.conftest import ROOT, Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.pages import is_there, named_tests, rows
from tests.scenario.oracle import open_uploads
from tests.scenario.projects import LARGE
from tests.scenario.watching import bring, in_home, project_id, save, small_project, until, watching

PROJECT = small_project(2)
TABLE = "labeled-data/mouse/CollectedData_Ada.h5"
PAGE = ROOT / "docs" / "hazards.md"


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved once, with a table in HDF5."""
    folder = bring(site, PROJECT)
    with h5py.File(folder / TABLE, "w") as file:
        file["points"] = list(range(2000))
    save(site, folder)
    return folder


@pytest.fixture
def proxy(folder: Path, proxy: FaultProxy) -> FaultProxy:
    """The project is here before it comes."""
    return proxy


_KILLED_WRITER = """
import h5py, os, sys
file = h5py.File(sys.argv[1], "w", libver="latest")
file["points"] = list(range(9))
file.swmr_mode = True
file.flush()
os._exit(9)
"""


@pytest.mark.parametrize("how", ["cut", "left open"])
def test_a_table_whose_writer_was_killed_never_replaces_a_good_one(site: Site, folder: Path, how: str) -> None:
    good = in_home(site, folder)[TABLE]
    if how == "cut":
        (folder / TABLE).write_bytes(good[: len(good) // 2])
    else:
        subprocess.run([sys.executable, "-c", _KILLED_WRITER, folder / TABLE], check=False, timeout=60)
    (folder / "notes.txt").write_text("by hand")
    saved = site.run("save", folder, "--json")
    assert saved.code == 4
    assert [row["path"] for row in saved.json["failed"]] == [TABLE]
    assert [row["path"] for row in saved.json["saved"]] == ["notes.txt"]
    assert in_home(site, folder)[TABLE] == good


def test_nor_does_one_that_is_too_large_to_be_held_in_memory(site: Site, folder: Path) -> None:
    points = folder / "analysis" / "points.h5"
    points.parent.mkdir()
    with h5py.File(points, "w") as file:
        file.create_dataset("tracks", data=np.zeros(LARGE, np.uint8))
    save(site, folder)
    good = points.read_bytes()
    for half in (good[:-1_000_000], bytes(512) + good[512:]):
        points.write_bytes(half)
        saved = site.run("save", folder, "--json")
        assert [(row["path"], "did not replace" in row["cause"]) for row in saved.json["failed"]] == [
            ("analysis/points.h5", True)
        ]
        assert saved.code == 4
        assert in_home(site, folder)["analysis/points.h5"] == good
    points.write_bytes(good + b"more than the file says")
    save(site, folder)
    assert in_home(site, folder)["analysis/points.h5"] == points.read_bytes()
    assert open_uploads(site) == []


def large_table() -> bytes:
    row = b"".join(b"%d.25," % number for number in range(200)) + b"0.5\n"
    return row * (LARGE // len(row) + 1)


@pytest.mark.parametrize(
    ("name", "good", "halves"),
    [
        ("points.csv", large_table(), lambda good: (good[:-700], good[:-5000] + bytes(5000), good + b"1,2\n")),
        ("settings.json", b'{"a": "' + b"x" * LARGE + b'"}\n', lambda good: (good[:-700],)),
    ],
)
def test_nor_does_half_of_a_large_table_or_text(
    site: Site, folder: Path, name: str, good: bytes, halves: Callable[[bytes], tuple[bytes, ...]]
) -> None:
    file = folder / "analysis" / name
    file.parent.mkdir()
    file.write_bytes(good)
    save(site, folder)
    for half in halves(good):
        file.write_bytes(half)
        saved = site.run("save", folder, "--json")
        assert [(row["path"], "did not replace" in row["cause"]) for row in saved.json["failed"]] == [
            (f"analysis/{name}", True)
        ]
        assert (saved.code, in_home(site, folder)[f"analysis/{name}"] == good) == (4, True)
    file.write_bytes(good.replace(b"0.5\n", b"0.7\n") if name.endswith(".csv") else good[:-2] + b"\n }")
    save(site, folder)
    assert in_home(site, folder)[f"analysis/{name}"] == file.read_bytes()


def path_of(length: int, site: Site, folder: Path) -> str:
    """A path whose key has so many bytes, in parts that every system takes; its letters have two bytes each."""
    left = length - len(f"person/projects/{project_id(folder)}/".encode())
    parts = []
    while left > 201:
        parts.append("é" * 50)
        left -= 101
    return "/".join([*parts, "x" * left])


def test_a_key_of_1024_bytes_is_saved_and_one_byte_more_is_named(site: Site, folder: Path) -> None:
    fits, too_long = path_of(1024, site, folder), path_of(1025, site, folder)
    for path in (fits, too_long):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"far away")
    saved = site.run("save", folder, "--json")
    assert saved.code == 7, saved.err
    assert [row["path"] for row in saved.json["failed"]] == [too_long]
    assert "1,024" in saved.json["failed"][0]["cause"]
    assert in_home(site, folder)[fits] == b"far away"
    (status,) = site.run("status", folder, "--json").json["projects"]
    assert not status["all_saved"]


def test_a_clock_that_the_server_does_not_accept_is_the_cause_that_is_told(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    (folder / "notes.txt").write_text("by hand")
    proxy.rules.append(Rule(Fault.REFUSED, status=403, code="RequestTimeTooSkewed"))
    saved = site.run("save", folder)
    assert saved.code == 5
    assert "clock of this computer is wrong" in saved.err
    proxy.rules.clear()
    assert site.run("save", folder).code == 0


@pytest.mark.parametrize("seconds", [-600, 600])
def test_on_a_computer_whose_clock_is_wrong_everything_is_saved_and_brought_by_the_servers(
    site: Site, folder: Path, proxy: FaultProxy, seconds: int
) -> None:
    """Small files, one that goes in parts, what is listed and what is brought: each way signs for itself."""
    proxy.rules.append(Rule(Fault.STRICT_CLOCK, seconds=seconds))
    (folder / "notes.txt").write_text("by hand")
    (folder / "network.bin").write_bytes(bytes(range(256)) * 4 * 1024 * 20)
    saved = site.run("save", folder, "--json")
    assert saved.code == 0, saved.err
    assert {"notes.txt", "network.bin"} <= {row["path"] for row in saved.json["saved"]}
    clock = site.run("status", "--json").json["clock"]
    assert clock["skew_seconds"] == pytest.approx(-seconds, abs=30)
    (status,) = site.run("status", folder, "--json").json["projects"]
    other = site.another_computer()
    brought = other.run("stage", status["home"], other.folder / "again", "--json")
    assert brought.code == 0, brought.err
    for name in ("notes.txt", "network.bin"):
        assert (other.folder / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_file_that_is_dated_in_another_century_is_saved_as_any(site: Site, folder: Path) -> None:
    """Nanoseconds of the year 2300 are more than a signed number of 64 bits holds."""
    for name, seconds in {"later.txt": 10_413_792_000, "earlier.txt": -2_000_000_000}.items():
        (folder / name).write_text(name)
        os.utime(folder / name, (seconds, seconds))
    saved = site.run("save", folder, "--json")
    assert saved.code == 0
    assert {row["path"] for row in saved.json["saved"]} >= {"later.txt", "earlier.txt"}
    again = site.run("save", folder, "--json")
    assert (again.code, again.json["saved"]) == (0, []), "and known to be saved"


def test_why_the_last_save_could_not_be_is_told_by_status_until_one_can(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    (folder / "notes.txt").write_text("by hand")
    proxy.rules.append(Rule(Fault.REFUSED, method="PUT", status=403))
    assert site.run("save", folder).code == 5
    told = site.run("status", folder)
    assert "You do not have access" in told.out and "s3:PutObject" in told.err and "notes.txt" in told.err
    proxy.rules.clear()
    assert site.run("save", folder).code == 0
    (folder / "notes.txt").write_text("more by hand")
    assert site.run("status", folder, "--json").json["projects"][0]["problem"] is None


def test_a_bucket_that_vanishes_is_named_and_work_goes_on_when_it_is_back(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    gone = Rule(Fault.REFUSED, status=404, code="NoSuchBucket")
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), 20)
        proxy.rules.append(gone)
        (folder / "notes.txt").write_text("by hand")
        until(lambda: gone.used > 0, 40)

        def problem() -> str:
            return str((site.run("status", folder, "--json").json["projects"][0]["problem"] or {}).get("what"))

        until(lambda: "bucket does not exist" in problem(), 20)
        proxy.rules.clear()
        until(lambda: in_home(site, folder).get("notes.txt") == b"by hand", 60)


def test_labels_that_did_not_all_come_are_named_before_a_tool_is_started(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    """No tool is installed here, so whatever is said is said before one could start."""
    site.put(f"reaching/{TABLE}", (folder / TABLE).read_bytes())
    other = site.another_computer()
    other.write(endpoint=proxy.url)
    proxy.rules.append(Rule(Fault.REFUSED, method="GET", path="*.h5", status=403, code="InvalidObjectState"))
    opened = other.run("open", f"{site.data_uri}reaching/", "--trust", "--json")
    assert f"{TABLE} stayed where it is: This object is in an archive" in opened.err
    brought = Path(other.run("status", "--json").json["projects"][0]["dir"])
    again = other.run("open", brought, "--trust")
    assert "Not all of reaching is here yet" in again.err
    assert {opened.code, again.code} == {11}


@pytest.mark.parametrize("handles", [16, 24, 40])
def test_a_process_that_may_open_few_files_says_so_and_the_next_one_saves(
    site: Site, folder: Path, handles: int
) -> None:
    for number in range(30):
        (folder / f"note-{number}.txt").write_text(f"by hand {number}")
    place = [sys.executable, str(ROOT / "tests" / "scenario" / "bad_place.py"), "handles", str(handles), "--"]
    done = subprocess.run(
        [*place, *site.command("save", folder)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 4), done.stderr
    assert "Traceback" not in done.stderr and (done.returncode == 0 or "may not open more files" in done.stderr)
    assert site.run("save", folder).code == 0
    assert {in_home(site, folder)[f"note-{number}.txt"] for number in range(30)} == {
        f"by hand {number}".encode() for number in range(30)
    }


def test_two_names_of_one_file_are_saved_as_two_files(site: Site, folder: Path) -> None:
    outside = site.folder / "outside.txt"
    outside.write_bytes(b"linked")
    (folder / "linked.txt").hardlink_to(outside)
    save(site, folder)
    assert in_home(site, folder)["linked.txt"] == b"linked"


# The page


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(named_tests(PAGE)) > 40
    assert [name for name in named_tests(PAGE) if not is_there(name)] == []


def test_every_row_of_the_page_names_a_test() -> None:
    assert [row for row in rows(PAGE) if "tests/" not in row[-1]] == []
