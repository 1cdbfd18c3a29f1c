"""Accounts without rights on this computer, and a view of its files in which they can read the program.

The view is a mount namespace of the test's own: folders that only their owner may enter, such as root's home, are
covered there, and the program and its Python are shown at their usual places. Only root can become somebody else; run
by anybody else, the one person is the runner, who has no rights either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.conftest import ROOT, Result, Site

IS_ROOT = os.geteuid() == 0
#: No account of a system that we know has such a number; mounting needs a name for it.
_UIDS = range(58_300, 58_304)
_FUSE = Path("/dev/fuse")
#: Takes from root what lets it read and write whatever their modes say.
_BY_MODES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all") if IS_ROOT else ()


def may_mount() -> bool:
    """Can these people have mounts? On some computers the device is root's alone; then they are told so."""
    if not _FUSE.exists() or shutil.which("fusermount3") is None:
        return False
    return _FUSE.stat().st_mode & 0o006 == 0o006 if IS_ROOT else os.access(_FUSE, os.R_OK | os.W_OK)


@dataclass
class BoundSite(Site):
    """The site as somebody sees it for whom the modes of files and folders count, also where root runs the test."""

    @classmethod
    def of(cls, site: Site) -> BoundSite:
        """The same computer."""
        return cls(**vars(site))

    def command(self, *arguments: str | Path) -> list[str]:
        return [*_BY_MODES, *super().command(*arguments)]


@dataclass
class PersonsSite(Site):
    """The site as one person sees it: their own home and state dir, and every command runs as them."""

    computer: SharedComputer | None = None
    uid: int = 0

    def command(self, *arguments: str | Path) -> list[str]:
        return self.as_them(*super().command(*arguments))

    def as_them(self, *argv: str | Path) -> list[str]:
        """The command line, run by this person."""
        assert self.computer is not None
        return [*self.computer.prefix(self.uid), *map(str, argv)]

    def do(self, *argv: str | Path, environ: Mapping[str, str] | None = None, timeout: float = 120) -> Result:
        """Run something else than the program."""
        done = subprocess.run(
            self.as_them(*argv),
            env=self._environ(environ),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)


class SharedComputer:
    """One computer, and several people on it; `profile` is a folder that they see as `/etc/profile.d`."""

    def __init__(self, profile: Path | None = None) -> None:
        self._profile = profile
        self.folder = Path(tempfile.mkdtemp(prefix="people-"))
        self.folder.chmod(0o755)
        self._holder: subprocess.Popen[bytes] | None = None
        self._uids = iter(_UIDS)

    def __enter__(self) -> SharedComputer:
        if IS_ROOT:
            ready = self.folder / "ready"
            self._name_accounts()
            profile = f"mount --bind {self._profile} /etc/profile.d" if self._profile else ""
            script = f"{_view(self.folder)}\n{profile}\ntouch {ready}\nexec sleep 600"
            self._holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-ec", script])
            while not ready.exists():
                assert self._holder.poll() is None, "the view could not be made"
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._holder is not None:
            self._holder.kill()
            self._holder.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _name_accounts(self) -> None:
        """As the view's own list of accounts has them; that of the computer is not touched."""
        lines = [f"person{uid}:x:{uid}:{uid}::{self.folder}/home-{uid}:/bin/sh\n" for uid in _UIDS]
        (self.folder / "passwd").write_text(Path("/etc/passwd").read_text() + "".join(lines))

    def prefix(self, uid: int) -> Sequence[str]:
        """What turns a command line into that person's."""
        if self._holder is None:
            return ()
        enter = ["nsenter", "--mount", "--target", str(self._holder.pid), f"--wdns={ROOT}"]
        return [*enter, "setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]

    def person(self, site: Site, extra: str = "") -> PersonsSite:
        """Somebody new, with a home that is theirs alone; the buckets are those of the site."""
        uid = next(self._uids)
        home = self.folder / f"home-{uid}"
        home.mkdir(mode=0o700)
        theirs = PersonsSite(
            home,
            site.endpoint,
            site.access_key,
            site.secret_key,
            site.data_bucket,
            site.home_bucket,
            site.s3,
            {"HOME": str(home), "TMPDIR": str(home)},
            computer=self,
            uid=uid,
        )
        theirs.write(extra=extra)
        if IS_ROOT:
            for path in (home, *home.iterdir()):
                os.chown(path, uid, uid)
        return theirs


def _view(folder: Path) -> str:
    """Shell lines that show the program and its Python also where their parents may not be entered."""
    needed = sorted({ROOT, Path(sys.base_prefix), Path(sys.prefix)})
    needed = [path for path in needed if not any(other in path.parents for other in needed)]
    lines = [f"mount --bind {folder}/passwd /etc/passwd"]
    for number, path in enumerate(needed):
        lines.append(f"mkdir {folder}/{number}; mount --bind {path} {folder}/{number}")
    covers = {cover for path in needed if (cover := _first_closed(path))}
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {cover}" for cover in sorted(covers)]
    for number, path in enumerate(needed):
        if _first_closed(path):
            lines.append(f"mkdir -p {path}; mount --bind {folder}/{number} {path}")
    return "\n".join(lines)


def _first_closed(path: Path) -> Path | None:
    """The topmost folder on the way that others may not enter."""
    way = [*reversed(path.parents), path]
    return next((part for part in way if not part.stat().st_mode & 0o001), None)
