"""The disk of the project is full, or a tool fills it; the state dir lies on another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site
from tests.scenario.watching import LABELS, small_project

#: With room for what is set aside, and without.
_KILOBYTES = (700 * 1024, 200 * 1024)
_STORY = """
import json, os, subprocess, sys
from pathlib import Path
commands, folder, label = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
def run(name):
    done = subprocess.run(commands[name], capture_output=True, text=True, cwd=sys.argv[4])
    if done.returncode:
        sys.exit(f"{name}: {done.returncode} {done.stdout} {done.stderr}")
def change(points):
    with (folder / label).open("r+b") as file:
        end = file.read().rindex(b".") + 1
        file.seek(end)
        file.write(points)
run("stage")
change(b"1")
run("save")
with (folder.parent / "by a tool").open("wb") as file:
    room = os.statvfs(folder)
    os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
assert os.statvfs(folder).f_bavail == 0
change(b"2")
run("save")
"""

_REFUSED = """
import os, subprocess, sys
for given in ([], ["mine"]):
    for name in given:
        os.mkdir(os.path.join(sys.argv[1], "reaching"))
        open(os.path.join(sys.argv[1], "reaching", name), "w").close()
    done = subprocess.run(sys.argv[3:], capture_output=True, text=True, cwd=sys.argv[2])
    assert (done.returncode, "Nothing was written" in done.stderr) == (6, True), done
    assert os.listdir(sys.argv[1]) == ["reaching"] * len(given)
    assert not given or os.listdir(os.path.join(sys.argv[1], "reaching")) == given
"""


def on_disk_of(kilobytes: int, disk: Path, story: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python's own words for what happens, in a place where `disk` is one of this size."""
    bad_place = str(ROOT / "tests" / "scenario" / "bad_place.py")
    place = [sys.executable, bad_place, "disk", str(disk), str(kilobytes), "--"]
    command = [*place, sys.executable, "-c", story, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_what_does_not_fit_leaves_nothing_behind(site: Site) -> None:
    for path, data in small_project().items():
        site.put(f"reaching/{path}", data)
    disk = site.folder / "disk"
    disk.mkdir()
    stage = site.command("stage", f"{site.data_uri}reaching/", disk / "reaching")
    done = on_disk_of(32 * 1024, disk, _REFUSED, str(disk), str(ROOT), *stage)
    assert done.returncode == 0, done.stderr
    assert site.run("status", "--json").json["projects"] == []


@pytest.mark.parametrize("kilobytes", _KILOBYTES)
def test_a_tool_that_filled_the_projects_disk_does_not_keep_its_labels_from_being_saved(
    site: Site, kilobytes: int
) -> None:
    for path, data in small_project().items():
        site.put(f"reaching/{path}", data)
    disk = site.folder / "disk"
    disk.mkdir()
    folder = disk / "reaching"
    commands = {
        "stage": site.command("stage", f"{site.data_uri}reaching/", folder),
        "save": site.command("save", folder),
    }
    done = on_disk_of(kilobytes, disk, _STORY, json.dumps(commands), str(folder), LABELS, str(ROOT))
    assert done.returncode == 0, done.stderr
    saved = site.objects(site.home_bucket)
    (table,) = [data for key, data in saved.items() if key.endswith(f"/{LABELS}") and "/projects/" in key]
    assert table.rstrip().endswith(b".2")
