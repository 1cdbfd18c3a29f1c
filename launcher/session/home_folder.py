"""The service's Home Folder: where it is, and whether its connector is ready. Read, waited for, never written by us.

Its connector uploads behind our back, and two writers on one key lose data; the launcher keeps results in a bucket of
the lab's own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from launcher.session import registry
from launcher.session.facts import SessionFacts

#: Below the home of the account on Linux.
STATUS_FILE = PurePosixPath(".config/appstream-home-folder/appstream-home-folder-mount-status")
_STATUS = re.compile(r"(?im)^\s*appstream_home_folder_mount_status\s*[=:]\s*[\"']?(true|false)\b")
_STATUS_BYTES = 4096
_LOOK_EVERY_S = 0.2


class State(StrEnum):
    """How far the connector is."""

    NOT_ENABLED = "not enabled"
    MOUNTING = "mounting"
    READY = "ready"
    FAILED = "failed"
    NOT_MOUNTED = "not mounted"
    NOT_KNOWN = "not known"

    @property
    def may_come(self) -> bool:
        """Is there something to wait for?"""
        return self in (State.MOUNTING, State.NOT_MOUNTED)


_WORDS = {
    State.NOT_ENABLED: "this stream has no Home Folder",
    State.MOUNTING: "it is being mounted; until then nothing can be written there",
    State.READY: "",
    State.FAILED: "it could not be mounted: its files are not here in this session; tell your admin",
    State.NOT_MOUNTED: "it is switched on, but not mounted yet",
    State.NOT_KNOWN: "the service does not tell whether it is mounted",
}


@dataclass(frozen=True, slots=True)
class HomeFolder:
    """The folder in the one spelling that stays the same from session to session, and its state."""

    path: Path
    state: State

    @property
    def message(self) -> str:
        """Why it cannot be used now; empty if it can."""
        return _WORDS[self.state]


def path_of(home: PurePath) -> PurePath:
    """Below the account's home, never resolved: the link's target is another one in every session."""
    if isinstance(home, PureWindowsPath):
        return home / "My Files" / "Home Folder"
    return home / "MyFiles" / "HomeFolder"


def key_of(user: str) -> str:
    """The registry key below HKEY_LOCAL_MACHINE that holds a person's mount status."""
    name = re.sub(r"[\\/]", "-", user)
    return rf"SOFTWARE\Amazon\AppStream\Storage\{name}\HomeFolder"


def of_registry(value: str | int | None) -> State:
    """From the DWORD `MountStatus`; None where there is no such value."""
    states = (State.NOT_ENABLED, State.MOUNTING, State.READY, State.FAILED, State.NOT_MOUNTED)
    if value is None:
        return State.NOT_ENABLED
    try:
        number = int(value)
    except ValueError:
        return State.NOT_KNOWN
    return states[number] if 0 <= number < len(states) else State.NOT_KNOWN


def of_status_file(text: str | None) -> State:
    """From the status file on Linux, which says true or false; None where there is none."""
    if text is None:
        return State.NOT_ENABLED
    found = _STATUS.search(text)
    if found is None:
        return State.NOT_KNOWN
    return State.READY if found[1].lower() == "true" else State.MOUNTING


def look(facts: SessionFacts, home: Path, read_key: registry.ReadKey = registry.read_key) -> HomeFolder | None:
    """As it is now; None outside a stream, where there is no such folder."""
    if not facts.is_in_a_stream:
        return None
    if isinstance(home, PureWindowsPath):
        state = of_registry(read_key(registry.MACHINE, key_of(facts.user)).get("MountStatus"))
    else:
        state = of_status_file(_read(home / STATUS_FILE))
    return HomeFolder(Path(path_of(home)), state)


def _read(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return opened.read(_STATUS_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def wait(
    look_now: Callable[[], HomeFolder | None],
    at_most_s: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> HomeFolder | None:
    """Until it is ready, or will not be; the session starts before the connector has listed everything."""
    until = clock() + at_most_s
    folder = look_now()
    while folder is not None and folder.state.may_come and clock() < until:
        sleep(_LOOK_EVERY_S)
        folder = look_now()
    return folder


def is_inside(path: PurePath, home: PurePath) -> bool:
    """Does a path lie in the Home Folder, also through the place that Windows keeps it in?"""
    folder = path_of(home)
    if path == folder or folder in path.parents:
        return True
    parts = [part.lower() for part in path.parts[1:]]
    backing = ["programdata", "userdatafolders"]
    return isinstance(path, PureWindowsPath) and parts[:2] == backing and parts[3:5] == ["my files", "home folder"]
