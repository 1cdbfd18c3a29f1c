"""What Python cannot bring by itself: the system's package that fills an environment on Debian and its relatives."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from installer.steps import NEEDS_RIGHTS, SetUpFailed, run, told


class Sudo(Enum):
    """Whether root's rights are within reach without a question."""

    ABSENT = "absent"
    ASKS = "asks"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how venv support comes onto this machine."""

    python: tuple[int, int]
    has_ensurepip: bool
    manager: str | None
    is_root: bool
    sudo: Sudo


def venv_package(machine: Machine) -> str | None:
    """The package that lets this Python make environments; nothing where no package manager is known."""
    dotted = f"python{machine.python[0]}.{machine.python[1]}"
    return {"apt-get": f"{dotted}-venv", "dnf": f"{dotted}-libs"}.get(machine.manager or "")


def install_command(machine: Machine, package: str) -> Sequence[str] | None:
    """How to install `package` here and now; nothing without the rights to do it."""
    command = (machine.manager or "", "install", "-y", package)
    if machine.is_root:
        return command
    return ("sudo", "-n", *command) if machine.sudo is Sudo.SILENT else None


def refresh_command(install: Sequence[str]) -> Sequence[str]:
    """How to read the package lists again, with the same rights; a bare image comes without any."""
    return (*install[: install.index("install")], "update")


def line_to_run(machine: Machine, package: str) -> str:
    """The one line for someone with rights, ready to be pasted."""
    line = shlex.join((machine.manager or "", "install", "-y", package))
    if machine.manager == "apt-get":
        line = f"apt-get update && {line}"
    return f"{'su' if machine.sudo is Sudo.ABSENT else 'sudo sh'} -c {shlex.quote(line)}"


def plan_venv_support(machine: Machine) -> Sequence[str]:
    """The command that brings what is missing, empty if nothing is; without rights, the line for someone with more."""
    if machine.has_ensurepip:
        return ()
    package = venv_package(machine)
    if package is None:
        raise SetUpFailed(f"{sys.executable} comes without ensurepip: install Python again, with pip.", NEEDS_RIGHTS)
    command = install_command(machine, package)
    if command is None:
        what = f"{package} is missing, and installing it needs an administrator. Run this line, then start again:"
        raise SetUpFailed(f"{what}\n{line_to_run(machine, package)}", NEEDS_RIGHTS)
    return command


def bring_venv_support(machine: Machine) -> None:
    """Install what is missing; if the package lists are missing or old, read them again first."""
    command = plan_venv_support(machine)
    if not command:
        return
    with told(f"adding {command[-1]} with {machine.manager}"):
        try:
            run(command)
        except SetUpFailed:
            run(refresh_command(command))
            run(command)


def this_machine() -> Machine:
    """What this machine offers."""
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    manager = next((name for name in ("apt-get", "dnf") if shutil.which(name)), None)
    is_root = sys.platform != "win32" and os.geteuid() == 0
    # Asking sudo leaves a line in the system's log: only when it matters.
    sudo = Sudo.ABSENT if has_ensurepip or is_root else sudo_here()
    return Machine(sys.version_info[:2], has_ensurepip, manager, is_root, sudo)


def sudo_here() -> Sudo:
    """Whether sudo works without asking for a password: nobody may be there to answer."""
    if not (sudo := shutil.which("sudo")):
        return Sudo.ABSENT
    silent = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    return Sudo.SILENT if silent else Sudo.ASKS
