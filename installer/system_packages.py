"""What Python cannot bring by itself, as packages of Debian and of Red Hat and their relatives.

Venv support for every goal; Qt's X libraries where a window will be shown; a screen without a monitor for the check.
The names for `dnf` were taken from its package lists and not tried.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from installer.steps import NEEDS_RIGHTS, SetUpFailed, run, told


@dataclass(frozen=True, slots=True)
class Part:
    """A library or a program of the system, and the package of each family that brings it.

    Looked for by what it is and not by its package: packages are renamed from release to release.
    """

    name: str
    apt: str
    dnf: str

    def package(self, manager: str) -> str:
        """What the package is called here."""
        return self.apt if manager == "apt-get" else self.dnf

    def is_here(self) -> bool:
        """Whether it can be loaded or started now."""
        if ".so" not in self.name:
            return shutil.which(self.name) is not None
        try:
            ctypes.CDLL(self.name)
        except OSError:
            return False
        return True


#: What Qt's plugin for X loads, for our window and for those of the pose tools alike.
WINDOW = (
    Part("libEGL.so.1", "libegl1", "libglvnd-egl"),
    Part("libGL.so.1", "libgl1", "libglvnd-glx"),
    Part("libOpenGL.so.0", "libopengl0", "libglvnd-opengl"),
    Part("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    Part("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    Part("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb"),
    Part("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    Part("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    Part("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
    Part("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    Part("libxcb-randr.so.0", "libxcb-randr0", "libxcb"),
    Part("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"),
    Part("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    Part("libxcb-shm.so.0", "libxcb-shm0", "libxcb"),
    Part("libxcb-sync.so.1", "libxcb-sync1", "libxcb"),
    Part("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb"),
    Part("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
    Part("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    Part("libfreetype.so.6", "libfreetype6", "freetype"),
    Part("libdbus-1.so.3", "libdbus-1-3", "dbus-libs"),
    Part("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
)
#: A screen without a monitor, a window manager on it, hands, and what a screen reader listens to.
SCREEN = (
    Part("Xvfb", "xvfb", "xorg-x11-server-Xvfb"),
    Part("openbox", "openbox", "openbox"),
    Part("xdotool", "xdotool", "xdotool"),
    Part("dbus-daemon", "dbus", "dbus-daemon"),
    Part("/usr/libexec/at-spi-bus-launcher", "at-spi2-core", "at-spi2-core"),
)
#: What lets a person without rights mount a bucket; the check mounts one.
MOUNTS = (Part("fusermount3", "fuse3", "fuse3"),)


class Sudo(Enum):
    """Whether root's rights are within reach without a question."""

    ABSENT = "absent"
    ASKS = "asks"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how packages come onto this machine."""

    python: tuple[int, int]
    has_ensurepip: bool
    manager: str | None
    is_root: bool
    sudo: Sudo


def venv_package(machine: Machine) -> str | None:
    """The package that lets this Python make environments; nothing where no package manager is known."""
    dotted = f"python{machine.python[0]}.{machine.python[1]}"
    return {"apt-get": f"{dotted}-venv", "dnf": f"{dotted}-libs"}.get(machine.manager or "")


def install_command(machine: Machine, packages: Sequence[str]) -> Sequence[str] | None:
    """How to install packages here and now; nothing without the rights to do it."""
    command = _command(machine, packages)
    if machine.is_root:
        return command
    return ("sudo", "-n", *command) if machine.sudo is Sudo.SILENT else None


def _command(machine: Machine, packages: Sequence[str]) -> Sequence[str]:
    lean = ("--no-install-recommends",) if machine.manager == "apt-get" else ()
    return (machine.manager or "", "install", "-y", *lean, *packages)


def refresh_command(install: Sequence[str]) -> Sequence[str]:
    """How to read the package lists again, with the same rights; a bare image comes without any."""
    return (*install[: install.index("install")], "update")


def line_to_run(machine: Machine, packages: Sequence[str]) -> str:
    """The one line for someone with rights, ready to be pasted."""
    line = shlex.join(_command(machine, packages))
    if machine.manager == "apt-get":
        line = f"apt-get update && {line}"
    return f"{'su' if machine.sudo is Sudo.ABSENT else 'sudo sh'} -c {shlex.quote(line)}"


def plan(machine: Machine, missing: Sequence[str]) -> Sequence[str]:
    """The command that brings what is missing, empty if nothing is; without rights, the line for someone with more."""
    packages = [*_for_venv(machine), *missing]
    if not packages:
        return ()
    command = install_command(machine, packages)
    if command is None:
        what = f"{' '.join(packages)}: missing here, and installing needs an administrator. Run this line, then start"
        raise SetUpFailed(f"{what} again:\n{line_to_run(machine, packages)}", NEEDS_RIGHTS)
    return command


def _for_venv(machine: Machine) -> Sequence[str]:
    if machine.has_ensurepip:
        return ()
    package = venv_package(machine)
    if package is None:
        raise SetUpFailed(f"{sys.executable} comes without ensurepip: install Python again, with pip.", NEEDS_RIGHTS)
    return (package,)


def bring(machine: Machine, wanted: Sequence[Part]) -> None:
    """Install what is missing; if the package lists are missing or old, read them again first."""
    absent = packages_of(machine.manager, [part for part in wanted if not part.is_here()])
    if machine.has_ensurepip and not absent:
        return
    # Asking sudo leaves a line in the system's log: only when it matters.
    command = plan(machine if machine.is_root else replace(machine, sudo=sudo_here()), absent)
    packages = [word for word in command[command.index("-y") + 1 :] if not word.startswith("-")]
    with told(f"adding {' '.join(packages[:3])}{' …' if packages[3:] else ''} with {machine.manager}"):
        try:
            run(command)
        except SetUpFailed:
            run(refresh_command(command))
            run(command)


def parts_for(*, window: bool, screen: bool) -> Sequence[Part]:
    """What a goal needs of the system beside venv support."""
    return [*(WINDOW if window or screen else ()), *((*SCREEN, *MOUNTS) if screen else ())]


def packages_of(manager: str | None, parts: Sequence[Part]) -> Sequence[str]:
    """The packages that bring them, each once; nothing where no package manager is known."""
    return list(dict.fromkeys(part.package(manager) for part in parts)) if manager else []


def this_machine() -> Machine:
    """What this machine offers; whether sudo works is asked later, and only if something is missing."""
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    manager = next((name for name in ("apt-get", "dnf") if shutil.which(name)), None)
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return Machine(sys.version_info[:2], has_ensurepip, manager, is_root, Sudo.ABSENT)


def sudo_here() -> Sudo:
    """Whether sudo works without asking for a password: nobody may be there to answer."""
    if not (sudo := shutil.which("sudo")):
        return Sudo.ABSENT
    silent = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    return Sudo.SILENT if silent else Sudo.ASKS
