"""What no document says about a real instance, asked on one: each question of the list with its answer in a file.

Nothing is changed but one folder and one file that are removed again; what an answer needs a person for is said.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

WITHIN_S = 60
_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, what was found, and what a person still has to do."""

    number: int
    question: str
    found: Any
    by_hand: str = ""


Ask = Callable[[], Any]


def config_place() -> Any:
    """Where the profile of the machine role is configured."""
    places = [Path.home() / ".aws" / "config", Path("/home/as2-streaming-user/.aws/config"), Path("/etc/aws/config")]
    return [str(place) for place in places if place.is_file()]


def disks() -> Any:
    """Every local disk, and whether this account may write there."""
    rows = []
    for part in psutil.disk_partitions(all=False):
        usage = psutil.disk_usage(part.mountpoint)
        may = os.access(part.mountpoint, os.W_OK)
        rows.append(
            {"device": part.device, "mount": part.mountpoint, "type": part.fstype, "free": usage.free, "writable": may}
        )
    return rows


def home_folder() -> Any:
    """What the Home Folder is: a mount, a plain folder, a link."""
    found = []
    for place in (Path.home() / "MyFiles" / "HomeFolder", Path.home() / "My Files" / "Home Folder"):
        if place.exists():
            lower = place.with_name(place.name.swapcase())
            found.append(
                {
                    "path": str(place),
                    "mount": os.path.ismount(place),
                    "link": place.is_symlink(),
                    "case": not lower.exists(),
                }
            )
    return found


def variables(environ: Mapping[str, str] = os.environ) -> Any:
    """The service's variables as a started program sees them; never one that may hold a secret."""
    return {
        name: value
        for name, value in sorted(environ.items())
        if name.upper().startswith("APPSTREAM") and not any(word in name.upper() for word in _SECRETS)
    }


def root_folder() -> Any:
    """May the session's user make a folder where people expect short paths?"""
    place = Path("C:\\pose-probe") if sys.platform == "win32" else Path("/pose-probe")
    try:
        place.mkdir()
    except OSError as exc:
        return f"no: {exc.strerror}"
    place.rmdir()
    return "yes"


def libraries() -> Any:
    """glibc, kernel, driver."""
    found = {"system": platform.platform(), "libc": " ".join(platform.libc_ver()), "python": sys.version.split()[0]}
    return {
        **found,
        "driver": _said(["nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]),
    }


def mounts() -> Any:
    """What is mounted below the home, by the system itself."""
    if sys.platform != "linux":
        return _said(["mountvol"])
    return _said(["findmnt", "--real", "--list", "--noheadings", "--output", "TARGET,FSTYPE"]).splitlines()


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"not to be had: {exc}"
    return (done.stdout or done.stderr).strip()[:4000]


_LAST_SYNC = "Write 1, 10 and 50 GB into the Home Folder, end the session, list the prefix."
#: Number in the facts' list, question, how it is asked here, what needs a person.
QUESTIONS: tuple[tuple[int, str, Ask | None, str], ...] = (
    (1, "Where is the AWS config of the machine role?", config_place, ""),
    (2, "How long does the service wait for the last sync?", None, _LAST_SYNC),
    (3, "What becomes of a renamed folder?", None, "Rename one of 200 files in the Home Folder, look at the versions."),
    (4, "Is there a local NVMe disk, and may people write there?", disks, ""),
    (5, "Do system and user scripts run one after the other?", None, "Let both print the time."),
    (6, "Is a program told of the end?", None, "End a session with the launcher open and read its window.log."),
    (7, "What is the Home Folder on Linux?", home_folder, ""),
    (8, "How is the type of resource spelt?", variables, "Run it in an image builder too."),
    (9, "Which variables does a program of the catalogue see?", variables, "Run it from the catalogue."),
    (10, "How long may the session context be?", None, "Try links with contexts of 500, 1000 and 2000 characters."),
    (11, "May the session's user make a folder in the root?", root_folder, ""),
    (12, "Is there a Home Folder for the builder's test user?", home_folder, "Run it as the test user."),
    (13, "Which libraries and driver are there?", libraries, "Look the prices up on the service's page."),
    (14, "What is mounted?", mounts, ""),
)  # fmt: skip


def answers() -> Iterator[Answer]:
    """Every question in order; one that cannot be asked here says so."""
    for number, question, ask, by_hand in QUESTIONS:
        try:
            found = ask() if ask is not None else None
        except OSError as exc:
            found = f"not to be had: {exc}"
        yield Answer(number, question, found, by_hand)
