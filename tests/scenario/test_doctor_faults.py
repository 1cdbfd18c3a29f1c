"""For every check of `doctor` there is a fault that makes it speak up: injected for real, and named by that check."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from launcher import errors
from launcher.desk.checks import computer
from launcher.desk.checks.check import Advice
from launcher.session.home_folder import STATUS_FILE
from tests.conftest import ROOT, Site
from tests.fakes.broker import FakeBroker
from tests.other_people import IS_ROOT, SharedComputer
from tests.scenario.test_doctor import CHECKS, NO_SCREEN, STREAM, examined
from tests.scenario.watching import bring, small_project, until

Environ = Mapping[str, str]


@dataclass(frozen=True)
class BadDay:
    """Faults that do not hide each other: how they are made, and what each check says then."""

    name: str
    inject: Callable[[Site], Environ]
    named: Mapping[str, str]


def break_catalogue(site: Site) -> Environ:
    site.file.write_text("[home\n")
    return {}


def put_a_file_where_the_memory_should_be(site: Site) -> Environ:
    site.state.write_bytes(b"x")
    return {}


def remove_credentials(site: Site) -> Environ:
    (site.folder / "credentials").unlink()
    return {}


def come_to_a_bad_stream(site: Site) -> Environ:
    """Wrong in everything that the image and the fleet decide."""
    status = site.folder / STATUS_FILE
    status.parent.mkdir(parents=True)
    status.write_text("appstream_home_folder_mount_status=False")
    return {
        **STREAM,
        "HOME": str(site.folder),
        "DISPLAY": NO_SCREEN,
        "LC_ALL": "xx_YY.UTF-8",
        "AppStream_Instance_Type": "stream.graphics.g4dn.xlarge",
        "AppStream_UserName": "Ann@x.org",
    }


def break_disk_tools_and_saver(site: Site) -> Environ:
    """Projects have nowhere to go, no tool's torch can be imported, nobody saves, and nothing is mounted."""
    bring(site, small_project(1))
    (site.folder / "file").write_bytes(b"x")
    site.write(extra=f'mount = "{site.folder}/mnt"\n[scratch]\ndir = "{site.folder}/file/poses"\n')
    for tool_id in ("sleap", "deeplabcut", "lightning_pose"):
        install(site, tool_id, "exit 3")
    return {}


def leave_work_out(site: Site) -> Environ:
    site.write(extra='[save]\nexclude = ["*.h5"]')
    return {}


BAD_DAYS = (
    BadDay("catalogue", break_catalogue, {"site catalogue": "cannot be used"}),
    BadDay("patterns", leave_work_out, {"what is never saved": "leaves out of every save"}),
    BadDay("memory", put_a_file_where_the_memory_should_be, {"state dir": "File exists"}),
    BadDay(
        "credentials",
        remove_credentials,
        {
            "credentials": "There are no credentials",
            "place Home": "There are no credentials",
            "place Recordings": "There are no credentials",
            "storage server keeps its word": "There are no credentials",
        },
    ),
    BadDay(
        "stream",
        come_to_a_bad_stream,
        {
            "who this is": "letter case",
            "session limits": "not known when the session ends",
            "Home Folder": "being mounted",
            "display": "does not answer",
            "locale": "not installed: xx_YY.UTF-8",
            "GPU driver": "No NVIDIA driver",
        },
    ),
    BadDay(
        "disk, tools, saver",
        break_disk_tools_and_saver,
        {
            "disk for projects": "file",
            "path length": "file",
            "links": "file",
            "tool SLEAP": "not complete",
            "tool DeepLabCut": "not complete",
            "tool Lightning Pose": "not complete",
            "mounts": "not mounted: Recordings",
            "saver": "files are not saved",
        },
    ),
)
#: Shown by the tests below, each of which needs something of its own.
APART = {"clock", "fonts", "reading of other people's files is fenced off"}


def install(site: Site, tool_id: str, script: str) -> Path:
    """A tool whose Python is a shell script; its environment."""
    folder = site.state / "tools" / tool_id / "1.0-x"
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    stamp = {"tool_id": tool_id, "version": "1.0", "variant": "cuda", "shims": [], "size": 1}
    (folder / "environment.json").write_text(json.dumps(stamp))
    return folder


def is_named(check: Mapping[str, Any], words: str) -> None:
    """Told as a fault or as advice, with what to do."""
    assert words in check["message"], check
    assert check["severity"] in ("error", "warning")
    assert check["hint"]


@pytest.mark.parametrize("day", BAD_DAYS, ids=lambda day: day.name)
def test_each_fault_is_named_by_its_check(site: Site, day: BadDay) -> None:
    found = examined(site, day.inject(site))
    assert day.named
    for name, words in day.named.items():
        is_named(found[name], words)


def test_no_check_is_without_a_fault() -> None:
    named = [name for day in BAD_DAYS for name in day.named]
    assert sorted([*named, *APART]) == sorted(CHECKS)


def test_a_clock_that_is_off_is_named(site: Site) -> None:
    with FakeBroker() as server:
        server.time = datetime.now(UTC) + timedelta(hours=2)
        site.write(endpoint=server.url.removesuffix("/v1"))
        check = examined(site)["clock"]
    is_named(check, "behind the server")
    assert "Ask your admin to set it" in check["hint"], "before S3 refuses"


#: The parser's own fence, as somebody left it who wanted one thing to work.
OPEN_FENCE = '_FORBIDDEN = ("never",)\n_OLD = ("socket.",'


def test_a_computer_without_fonts_and_a_parser_without_its_fence_are_named(site: Site) -> None:
    """In a view of this computer's files where both are so; only root can make one."""
    if not IS_ROOT:
        with pytest.raises(Advice, match="no fonts"):
            computer.fonts([])
        with pytest.raises(errors.NotDone, match="could reach out"):
            computer.fence(_OpenDesk())  # type: ignore[arg-type]
        return
    fence = ROOT / "launcher" / "projects" / "confinement.py"
    opened = site.folder / "confinement.py"
    opened.write_text(fence.read_text().replace('_FORBIDDEN = ("socket.",', OPEN_FENCE, 1))
    assert "never" in opened.read_text()
    with SharedComputer() as shared:
        person = shared.person(site)
        inside(shared, "mount", "--bind", str(opened), str(fence))
        for folder in filter(Path.is_dir, map(Path, computer.FONT_FOLDERS)):
            inside(shared, "mount", "-t", "tmpfs", "tmpfs", str(folder))
        found = examined(person)
    is_named(found["fonts"], "no fonts are installed")
    is_named(found["reading of other people's files is fenced off"], "could reach out")


def inside(shared: SharedComputer, *argv: str) -> None:
    """As root, in the view that people have of the computer."""
    assert shared._holder is not None
    subprocess.run(["nsenter", "--mount", "--target", str(shared._holder.pid), *argv], check=True)


class _OpenDesk:
    """A desk whose parser can reach out."""

    class parsers:  # noqa: N801 - it stands for an attribute
        @staticmethod
        def fences() -> dict[str, bool]:
            return {"hook": False, "network": True}


TORCH = {"ok": True, "version": "2.9.1", "cuda": "12.8", "available": False, "devices": []}


def test_a_tools_torch_is_asked_and_its_answer_is_kept_until_the_tool_is_installed_anew(site: Site) -> None:
    """The first answer may come too late to be told; whoever asks again has it at once."""
    answer = json.dumps({"torch": TORCH})
    folder = install(site, "sleap", f"echo x >> {site.folder}/asked\nsleep 6\necho '{answer}'")
    check = examined(site)["tool SLEAP"]
    assert check["message"].startswith("slow: 1.0; its torch has not answered"), check
    assert check["ok"] is True
    views = site.state / "torch-views"
    until(lambda: any(file.stat().st_size for file in views.glob("*.json")), 60)
    check = examined(site)["tool SLEAP"]
    assert "its torch 2.9.1 is built for CUDA 12.8 and sees no GPU" in check["message"], check
    assert (site.folder / "asked").read_text() == "x\n", "asked once"
    shutil.rmtree(folder)
    install(site, "sleap", 'echo \'Traceback\' >&2; echo \'{"torch": {"ok": false, "error": "ImportError: no CUDA"}}\'')
    is_named(examined(site)["tool SLEAP"], "ImportError: no CUDA")
