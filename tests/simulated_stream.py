"""A stream without AWS: machines that tell who is there as the service does, and end as the service ends them.

Every login gets a machine of its own: a home and a disk that nobody else has, the two profile files, a Home Folder that
is mounted late, a saver from the start script. A machine ends with its end script, which is killed when its time is
over, or is cut off at any moment; then every process of it is gone, and so is its disk.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from launcher.session.home_folder import STATUS_FILE
from tests.conftest import ROOT, Site
from tests.other_people import IS_ROOT, PersonsSite, SharedComputer

_MARK = "POSE_TEST_MACHINE"
_SCRIPTS = ROOT / "resources" / "session_scripts" / "linux"


@dataclass
class Machine:
    """One instance of the fleet, with its one person."""

    computer: SharedComputer
    person: PersonsSite
    session: str
    mark: str
    _children: list[subprocess.Popen[Any]] = field(default_factory=list)

    def mount_home_folder(self) -> None:
        """The connector has listed everything."""
        self._status("True")

    def _status(self, text: str) -> None:
        file = self.person.folder / STATUS_FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"appstream_home_folder_mount_status={text}\n")

    def script(self, name: str) -> subprocess.Popen[str]:
        """A session script, started as the service does."""
        argv = self.person.as_them("env", f"POSE_LAUNCHER_SITE={self.person.file}", _SCRIPTS / name, self._program())
        child = subprocess.Popen(
            argv, env=self.person._environ(None), stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._children.append(child)
        return child

    def begin(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command that is not waited for."""
        child = self.person.start(*arguments)
        self._children.append(child)
        return child

    def _program(self) -> Path:
        file = self.person.folder / "pose-launcher"
        if not file.exists():
            file.write_text(f'#!/bin/sh\ncd {ROOT}\nexec {" ".join(Site.command(self.person))} "$@"\n')
            file.chmod(0o755)
        return file

    def processes(self) -> list[psutil.Process]:
        """Whatever runs on this machine: all of it has the machine's mark in its environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(_MARK) == self.mark:
                    found.append(process)
        return found

    def destroy(self) -> None:
        """Cut off at this moment: no process is asked, nothing is left on the disk."""
        until = time.monotonic() + 20
        while left := self.processes():
            assert time.monotonic() < until, left
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, 2)
        for child in self._children:
            child.wait()
            if child.stdout is not None:
                child.stdout.close()
        self.computer.__exit__(None, None, None)


class SimulatedStream:
    """A stack with its fleet; every login is on another machine."""

    def __init__(self, site: Site, folder: Path, user: str = "ann@x.org") -> None:
        self._site, self._folder, self._user = site, folder, user

    @contextmanager
    def log_in(self) -> Iterator[Machine]:
        """A fresh machine, its start script over; at the end of the block it is destroyed, if it still is there."""
        session, mark = f"s-{secrets.token_hex(4)}", secrets.token_hex(8)
        profile = self._profile(session)
        computer = SharedComputer(profile).__enter__()
        person = computer.person(self._site, extra="[session]\nmax_minutes = 960\ndisconnect_minutes = 15\n")
        person.environ[_MARK] = mark
        if not IS_ROOT:  # the profile files cannot be shown at their place
            person.environ |= _variables(session, self._user)
        machine = Machine(computer, person, session, mark)
        machine._status("False")
        try:
            started = machine.script("pose-launcher-start.sh")
            out, _ = started.communicate(timeout=60)
            assert "The saver runs" in out, out
            yield machine
        finally:
            machine.destroy()

    def terminate(self, machine: Machine, seconds: float = 60) -> str:
        """The end as the service makes it: the script has so long, then everything is killed; what it said."""
        ending = machine.script("pose-launcher-end.sh")
        try:
            out, _ = ending.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(ending.pid, signal.SIGKILL)
            out, _ = ending.communicate()
        machine.destroy()
        return out

    def _profile(self, session: str) -> Path:
        folder = self._folder / f"profile-{session}"
        folder.mkdir()
        self._folder.chmod(0o755)
        lines = {
            "appstream_user_vars.sh": _variables(session, self._user),
            "appstream_system_vars.sh": {
                "AppStream_Resource_Type": "fleet",
                "AppStream_Resource_Name": "pose-fleet",
                "AppStream_Instance_Type": "stream.standard.large",
            },
        }
        for name, variables in lines.items():
            (folder / name).write_text("".join(f'export {key}="{value}"\n' for key, value in variables.items()))
        return folder


def _variables(session: str, user: str) -> dict[str, str]:
    return {
        "AppStream_UserName": user,
        "AppStream_User_Access_Mode": "saml",
        "AppStream_Stack_Name": "pose",
        "AppStream_Session_ID": session,
        "AppStream_Session_Reservation_DateTime": datetime.now(UTC).isoformat(),
    }
