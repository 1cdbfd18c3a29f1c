"""The site's read-only mounts: start, look, heal, stop. Whatever happens to one, its bucket stays a place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from launcher import errors
from launcher.desk import mount_process, mounts_seen
from launcher.desk.mount_process import Mounted
from launcher.session.mount_points import system_mounts
from launcher.storage import mount_rules
from launcher.storage.mount_probe import Health, Probed, probe
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.config.site import Bucket, S3Settings
    from launcher.desk.desk import Desk

NOT_MOUNTED = "not mounted"
#: It answers, and would answer every read with an error.
CACHE_FULL = "cache disk full"
_TAKES_TURNS_S = 20.0
Ask = Callable[[Path], Probed]
Room = Callable[[Path], int]
T = TypeVar("T")


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class MountState:
    """One mount as it is now; `state` is a `Health`, "not mounted" or "cache disk full"."""

    bucket: Bucket
    state: str
    mounted: Mounted | None = None
    message: str = ""

    @property
    def is_well(self) -> bool:
        """Can programs read there now?"""
        return self.state == Health.WELL

    @property
    def is_faulty(self) -> bool:
        """Was it started, and does it not answer now?"""
        return self.mounted is not None and not self.is_well

    def to_json(self) -> dict[str, Any]:
        """As `mounts status` prints it."""
        return {
            "name": self.bucket.name,
            "uri": self.bucket.uri,
            "path": self.mounted.point if self.mounted else self.bucket.mount,
            "state": self.state,
            "pid": self.mounted.pid if self.mounted else None,
            "started": self.mounted.at if self.mounted else None,
            "message": self.message,
        }


class Mounts:
    """The mounts of one state dir, for the buckets of the catalogue that name a place for one."""

    def __init__(
        self,
        settings: S3Settings,
        buckets: tuple[Bucket, ...],
        state: Path,
        home: Path,
        ask: Ask = probe,
        room: Room = _free,
    ) -> None:
        self._settings = settings
        self._ask = ask
        self._room = room
        self.buckets = [bucket for bucket in buckets if bucket.mount]
        self._folder = state / "mounts"
        self._home = home

    def start(self) -> list[MountState]:
        """Mount what is not mounted; one that does not come is named, and the others are not held up by it."""
        return self._each(self._start_one)

    def status(self) -> list[MountState]:
        """Every mount, asked now."""
        return self._each(self.look)

    def stop(self) -> list[MountState]:
        """Take them all away, also those of buckets that the catalogue no longer has."""
        stopped = self._each(self._stop_one)
        known = {mount_rules.mount_id(bucket.uri) for bucket in self.buckets}
        for folder in self._folder.glob("*/"):
            if folder.name not in known and (mounted := mount_process.recorded(folder)) is not None:
                self._take_away(folder, mounted)
        return stopped

    @staticmethod
    def _take_away(folder: Path, mounted: Mounted) -> None:
        mount_process.end(mounted)
        mount_process.forget(folder)
        mounts_seen.forget(folder)

    def _each(self, do: Callable[[Bucket], MountState]) -> list[MountState]:
        if not self.buckets:
            return []
        with ThreadPoolExecutor(min(8, len(self.buckets)), "mounts") as pool:
            return list(pool.map(do, self.buckets))

    def look(self, bucket: Bucket) -> MountState:
        """Within the probe's time, also if the mount is frozen."""
        mounted = mount_process.recorded(self.own_folder(bucket))
        if mounted is None:
            return MountState(bucket, NOT_MOUNTED)
        if not mounted.is_running:
            return MountState(bucket, Health.DEAD, mounted, "its process ended; the bucket is read from S3 directly")
        found = self._ask(Path(mounted.point))
        if (
            found.health is Health.WELL
            and mounted.has_cache
            and mount_rules.is_full(self._room(self.own_folder(bucket)))
        ):
            return MountState(
                bucket, CACHE_FULL, mounted, "the disk has no room left; the bucket is read from S3 directly"
            )
        words = f"{found.words}; the bucket is read from S3 directly" if found.words else mounted.notice
        return MountState(bucket, found.health, mounted, words)

    def heal(self, bucket: Bucket) -> MountState:
        """Begin a frozen or dead mount anew at the same place."""
        return self._in_turn(bucket, partial(self._heal_in_turn, bucket))

    def _heal_in_turn(self, bucket: Bucket) -> MountState:
        found = self.look(bucket)
        if found.mounted is None or found.is_well:
            return found  # somebody else was faster
        mount_process.end(found.mounted)
        if found.state == CACHE_FULL:  # what was read is in S3; its room is more useful to everybody else
            shutil.rmtree(mount_rules.cache_folder(self.own_folder(bucket)), ignore_errors=True)
        return self._mount(bucket, may_cache=found.state != CACHE_FULL)

    def _start_one(self, bucket: Bucket) -> MountState:
        return self._in_turn(bucket, partial(self._start_in_turn, bucket))

    def _start_in_turn(self, bucket: Bucket) -> MountState:
        found = self.look(bucket)
        if found.is_well:
            return found
        return self._mount(bucket) if found.mounted is None else self._heal_in_turn(bucket)

    def _mount(self, bucket: Bucket, *, may_cache: bool = True) -> MountState:
        from launcher.storage.store import UNTRUSTED

        folder, uri = self.own_folder(bucket), S3Uri.parse(bucket.uri).as_prefix()
        try:
            self._clear_stale(bucket)
            point = mount_rules.choose_point(
                Path(bucket.mount), bucket.name, bucket.uri, self._home, lambda path: mount_process.state_of(Path(path))
            )
            path = Path(point.path)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (path if point.make else path.parent).mkdir(parents=True, exist_ok=True)
            free = self._room(folder) if may_cache else 0
            command = mount_rules.command(mount_process.program(), uri, path, folder, free, self._settings.ca_bundle)
            environ = mount_rules.environment(self._settings, os.environ, UNTRUSTED)
            has_cache = mount_rules.has_cache(free)
            wanted = Mounted(bucket.uri, str(path), notice=point.notice, has_cache=has_cache)
            mounted = mount_process.start(folder, command, environ, wanted)
        except errors.LauncherError as exc:
            detail = f" ({exc.detail})" if exc.detail else ""
            return MountState(bucket, NOT_MOUNTED, message=f"{exc.title}{detail}. {exc.hint}")
        except OSError as exc:
            return MountState(
                bucket, NOT_MOUNTED, message=f"{exc.filename}: {exc.strerror}. It is read from S3 directly."
            )
        return MountState(bucket, Health.WELL, mounted, point.notice)

    def _clear_stale(self, bucket: Bucket) -> None:
        """What an ended process of ours, whose record was lost, left in the tree."""
        for point in (bucket.mount, str(mount_rules.own_point(bucket.name, bucket.uri, self._home))):
            kind = system_mounts().get(point, "")
            if kind.endswith("rclone") and probe(Path(point)).health is Health.DEAD:
                mount_process.unmount(Path(point))

    def _stop_one(self, bucket: Bucket) -> MountState:
        def stop() -> MountState:
            folder = self.own_folder(bucket)
            if (mounted := mount_process.recorded(folder)) is not None:
                self._take_away(folder, mounted)
            return MountState(bucket, NOT_MOUNTED)

        return self._in_turn(bucket, stop)

    def _in_turn(self, bucket: Bucket, do: Callable[[], T]) -> T | MountState:
        """Two that start or heal one mount at the same time would fight for its place."""
        from filelock import FileLock, Timeout

        folder = self.own_folder(bucket)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(folder / "turn.lock", timeout=_TAKES_TURNS_S, mode=0o600):
                return do()
        except Timeout:
            return self.look(bucket)

    def own_folder(self, bucket: Bucket) -> Path:
        """Where everything about one mount lies."""
        return self._folder / mount_rules.mount_id(bucket.uri)


def mounts_of(desk: Desk, ask: Ask = probe) -> Mounts:
    """The mounts of the desk's site; `ask` is how each is asked whether it is well."""
    return Mounts(desk.loaded.site.s3, desk.site.bucket, desk.setup.state.path, Path.home(), ask)
