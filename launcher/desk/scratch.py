"""Where projects lie while they are open: the largest writable local disk, chosen once, for this user only."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from launcher import errors
from launcher.config.find import Found
from launcher.desk.places import refuse_home_folder
from launcher.journal import Journal
from launcher.projects.disk_errors import disk_error
from launcher.projects.private_folder import is_open_to_us, own_places
from launcher.session.facts import os_account

if TYPE_CHECKING:
    from launcher.config.site import Site

_FACT = "scratch root"
#: File systems whose content is not on a disk of this computer, or not for files.
_NOT_LOCAL = (
    "tmpfs",
    "devtmpfs",
    "nfs",
    "cifs",
    "smb",
    "fuse",
    "overlay",
    "squashfs",
    "proc",
    "sysfs",
    "iso9660",
    "9p",
)


def scratch_root(site: Site, state: Found, journal: Journal) -> Path:
    """The root that project folders are made in; what was chosen once stays."""
    root = chosen(site, state, journal.fact(_FACT))
    refuse_home_folder(root)
    _make(root)
    journal.put_fact(_FACT, str(root))
    return root


def chosen(site: Site, state: Found, remembered: str | None = None) -> Path:
    """Which one it is; nothing is made there."""
    if site.scratch.dir:
        return _own_part(Path(site.scratch.dir))
    if remembered:
        return Path(remembered)
    if state.source != "default":
        return state.path / "scratch"  # a launcher of its own, as developers and tests run it
    return _own_part(largest(candidates()) / "pose-launcher")


def candidates() -> list[Path]:
    """Writable folders of this user on local disks: the home, and the roots of other fixed disks."""
    roots = [Path.home()]
    for part in psutil.disk_partitions(all=False):
        path = Path(part.mountpoint)
        if not part.fstype.lower().startswith(_NOT_LOCAL) and path.is_dir() and os.access(path, os.W_OK):
            roots.append(path)
    return roots


def largest(roots: Iterable[Path]) -> Path:
    """The one with the most free space; the home wins a tie."""
    return max(roots, key=lambda root: shutil.disk_usage(root).free)


def _own_part(wanted: Path) -> Path:
    """The place itself, or another one where somebody else was there first: nobody can keep us out of all of them."""
    if wanted.is_symlink() or not wanted.is_dir() or is_open_to_us(wanted):
        return wanted
    account = re.sub(r"[^A-Za-z0-9_-]", "_", os_account())
    return next((place for place in own_places(wanted, account) if is_open_to_us(place)), wanted)


def _make(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as exc:
        raise disk_error(exc, root) from exc
    if root.is_symlink():
        raise errors.LocalDisk(
            root, title="The scratch folder is a link", hint="Choose a plain folder in [scratch] dir."
        )
