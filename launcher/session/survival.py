"""What is still there after the session: of every place, in the words that are shown beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath, PureWindowsPath

from launcher.session import home_folder
from launcher.session.facts import SessionFacts

KEPT, LOST = "kept", "lost at session end"

#: Folders that programs offer first; the machine goes, and they go with it, also where settings are kept.
_OFFERED = ("Desktop", "Documents", "Downloads", "Pictures", "Videos")
#: With kept settings, Windows has the profile on a disk of its own, and its Desktop is no part of what is kept.
_SETTINGS_DISK = PureWindowsPath("D:/PhotonUser")


def of_path(path: PurePath, facts: SessionFacts, home: PurePath) -> str:
    """Whether a file on this computer survives the session."""
    if not facts.is_in_a_stream or home_folder.is_inside(path, home):
        return KEPT
    return LOST


def of_bucket(access: str) -> str:
    """Of a place that everyone of the site sees."""
    return f"shared {access}"


def offered_and_lost(home: PurePath) -> Iterator[PurePath]:
    """Where tools save by themselves and nothing survives; DeepLabCut's default is the Desktop."""
    yield from (home / name for name in _OFFERED)
    if isinstance(home, PureWindowsPath):
        yield from (_SETTINGS_DISK / name for name in _OFFERED)
        yield home / "My Files" / "Temporary Files"
    else:
        yield home / "MyFiles" / "TemporaryFiles"
