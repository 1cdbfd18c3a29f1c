"""A tool has filled the disk of the project; the state dir lies on another."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT, Site
from tests.scenario.watching import LABELS, small_project

_KILOBYTES = 700 * 1024
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


def test_a_tool_that_filled_the_projects_disk_does_not_keep_its_labels_from_being_saved(site: Site) -> None:
    for path, data in small_project().items():
        site.put(f"reaching/{path}", data)
    disk = site.folder / "disk"
    disk.mkdir()
    folder = disk / "reaching"
    commands = {
        "stage": site.command("stage", f"{site.data_uri}reaching/", folder),
        "save": site.command("save", folder),
    }
    bad_place = str(ROOT / "tests" / "scenario" / "bad_place.py")
    place = [sys.executable, bad_place, "disk", str(disk), str(_KILOBYTES), "--"]
    story = [sys.executable, "-c", _STORY, json.dumps(commands), str(folder), LABELS, str(ROOT)]
    done = subprocess.run([*place, *story], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    saved = site.objects(site.home_bucket)
    (table,) = [data for key, data in saved.items() if key.endswith(f"/{LABELS}") and "/projects/" in key]
    assert table.rstrip().endswith(b".2")
