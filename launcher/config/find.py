"""Where the site catalogue and the program's own memory are; decided from what is given, nothing is searched for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

SITE_VARIABLE, STATE_VARIABLE = "POSE_LAUNCHER_SITE", "POSE_LAUNCHER_STATE_DIR"
ON_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Found:
    """A place on this computer, and who said so: a flag, the environment, or nobody."""

    path: Path
    source: str


def find_site(
    flag: str | None,
    environ: Mapping[str, str],
    *,
    windows: bool = ON_WINDOWS,
    exists: Callable[[Path], bool] = Path.is_file,
) -> Found | None:
    """The catalogue to read; None if nobody named one and the system has none.

    One that was named is the answer even if it is missing: falling back to another would send data elsewhere.
    """
    if flag:
        return Found(Path(flag), "--site")
    if named := environ.get(SITE_VARIABLE):
        return Found(Path(named), SITE_VARIABLE)
    place = system_place(environ, windows=windows)
    return Found(place, "system place") if exists(place) else None


def system_place(environ: Mapping[str, str], *, windows: bool = ON_WINDOWS) -> Path:
    """Where an image carries its catalogue."""
    if not windows:
        return Path("/etc/pose-launcher/site.toml")
    # Python on Windows hands the names of variables out in capitals.
    data = environ.get("ProgramData") or environ.get("PROGRAMDATA") or r"C:\ProgramData"
    return Path(str(PureWindowsPath(data, "PoseLauncher", "site.toml")))


def state_dir(flag: str | None, environ: Mapping[str, str], person: str = "") -> Found:
    """Where the program keeps what it remembers, as a full path.

    In a stream everybody has the same account, so that there each `person` has a place of their own.
    """
    if flag:
        return Found(Path(flag).absolute(), "--state-dir")
    if named := environ.get(STATE_VARIABLE):
        return Found(Path(named).absolute(), STATE_VARIABLE)
    import platformdirs  # 10 ms, and whoever names a place can spare them

    place = platformdirs.user_state_path("pose-launcher", appauthor=False)
    return Found(place / "people" / person[:16] if person else place, "default")
