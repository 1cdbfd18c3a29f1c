"""Where things lie on an image, per machine and never in a profile, for both systems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one system, all below `root`; a root that is not the machine's own is a prefix to try it in."""

    root: PurePath
    windows: bool

    def at(self, *parts: str) -> str:
        """A full path below the root."""
        return str(self.root.joinpath(*parts))

    @property
    def is_machine(self) -> bool:
        """Does this build the machine itself, with its packages and its image?"""
        return self.root in (PurePosixPath("/"), PureWindowsPath("C:\\"))

    @property
    def home(self) -> str:
        """The launcher's own folder: an environment of Python."""
        return self.at("PoseLauncher") if self.windows else self.at("opt", "pose-launcher")

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self.in_home("Scripts", "python.exe") if self.windows else self.in_home("bin", "python")

    @property
    def program(self) -> str:
        """What the session scripts start, and people in a terminal."""
        return self.in_home("bin", "pose-launcher.exe" if self.windows else "pose-launcher")

    @property
    def window(self) -> str:
        """What the catalogue and the menu start: on Windows the same without a console, which a click would halt."""
        return self.in_home("bin", "pose-launcher-window.exe") if self.windows else self.program

    @property
    def tools(self) -> str:
        """The pose tools' environments, for everybody."""
        return self.in_home("tools")

    @property
    def site(self) -> str:
        """The site file where the launcher looks for it."""
        if self.windows:
            return self.at("ProgramData", "PoseLauncher", "site.toml")
        return self.at("etc", "pose-launcher", "site.toml")

    @property
    def scripts(self) -> str:
        """The service's folder of session scripts."""
        return self.at("AppStream", "SessionScripts") if self.windows else self.at("opt", "appstream", "SessionScripts")

    def in_home(self, *parts: str) -> str:
        """A path in the launcher's folder."""
        kind = PureWindowsPath if self.windows else PurePosixPath
        return str(kind(self.home, *parts))


def layout_for(*, windows: bool, root: str = "") -> Layout:
    """The layout of a system; without a root that of the machine itself."""
    if windows:
        return Layout(PureWindowsPath(root or "C:\\"), windows=True)
    return Layout(PurePosixPath(root or "/"), windows=False)
