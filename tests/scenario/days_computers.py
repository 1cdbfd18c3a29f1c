"""The computers of one person over one home bucket, each with its own way there; what they run is judged at once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Any

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.other_people import BoundSite
from tests.scenario.days_files import DEEPLABCUT, SLEAP, TWINS
from tests.scenario.killing import after, at_answer, strike
from tests.scenario.ledger import Ledger

COMMAND_S = 150.0
DONE, BAD_USAGE, CONFLICTS, NAMED, REFUSED, DISK, NAMES, HELD, NOT_THERE = 0, 2, 3, 4, 5, 6, 7, 8, 10
AWAY, INTERRUPTED = 12, 130


@dataclass
class Computer:
    """One computer of the person: its state dir, its folders, its own way to the server."""

    name: str
    site: Site
    proxy: FaultProxy
    folders: dict[str, Path] = field(default_factory=dict)
    saver: subprocess.Popen[bytes] | None = None
    frozen: subprocess.Popen[bytes] | None = None
    has_twins: bool = False
    #: Does the bucket hold a file where others lie in a folder? On a disk there is no room for both.
    has_folders_for_files: bool = False
    #: Which of the person's keys it has.
    key: int = 0
    #: What is read-only there.
    closed: list[Path] = field(default_factory=list)
    #: Projects of which it knows nothing until somebody names their folder: its whole state was lost.
    forgotten: set[str] = field(default_factory=set)
    #: What its site leaves out of every save, just now.
    excluded: str = ""

    @property
    def is_busy(self) -> bool:
        """Does something of it run beside its commands?"""
        return self.saver is not None or self.frozen is not None

    def ends(self, verb: str) -> tuple[int, ...]:
        """How a command may end; what brings names what is in its way, and twins, and nothing else minds them."""
        is_in_the_way = bool(self.closed) or self.has_folders_for_files
        disk = (DISK,) if is_in_the_way and verb in ("stage", "restore", "conflicts") else ()
        names = (NAMES,) if (self.has_twins or self.has_folders_for_files) and verb in ("stage", "download") else ()
        return (DONE, CONFLICTS, NAMED, HELD, NOT_THERE, *disk, *names)


class Wrong(AssertionError):
    """Something that must never be so."""


class Computers:
    """The computers, their buckets and the ledger; after each command, or its kill, disks and bucket are looked at."""

    def __init__(self, server: SeaweedFS, keys: Sequence[str], folder: Path, seed: int, *, steps: int) -> None:
        self.chance = Random(seed)
        self.seed = seed
        self.steps = steps
        self.has_versions = seed % 2 == 0
        self.kind = SLEAP if seed % 4 == 2 else DEEPLABCUT
        #: Are there names that are one on some systems?
        self.has_twins = seed % 5 in (1, 2)
        self.paths = [*self.kind.paths, *(TWINS if self.has_twins else [])]
        self.is_large = seed % 7 == 3
        self.has_saver = seed % 3 == 1
        self.log: list[str] = []
        self.codes: Counter[str] = Counter()
        #: Where most of the work is, so that computers get into each other's way.
        self.busy_paths = self.chance.sample(self.paths, 3)
        self._count = 0
        self._open = ExitStack()
        self._server = server
        #: One after the other, as the service gives them; all have one secret.
        self.keys = keys
        self.s3 = s3_client(server.url, self.keys[0], server.keys.secret)
        self.data, self.home = f"data-{seed}-{os.getpid()}", f"home-{seed}-{os.getpid()}"
        for bucket in (self.data, self.home):
            self.s3.create_bucket(Bucket=bucket)
        if self.has_versions:
            self.s3.put_bucket_versioning(Bucket=self.home, VersioningConfiguration={"Status": "Enabled"})
        self.computers = [self._computer(folder, name) for name in "ABC"[: 3 if seed % 5 == 3 else 2]]
        self.site = self.computers[0].site
        self.ledger = Ledger(self.site, has_versions=self.has_versions)
        #: Buckets in which the home prefix lay before.
        self.left_homes: list[str] = []
        self.projects: list[str] = []
        self.uris: dict[str, str] = {}

    def _computer(self, folder: Path, name: str) -> Computer:
        proxy = self._open.enter_context(FaultProxy(self._server.url, seed=self.seed))
        own = folder / f"computer-{name}"
        own.mkdir(parents=True)
        site = BoundSite(own, proxy.url, self.keys[0], self._server.keys.secret, self.data, self.home, self.s3)
        site.write()
        return Computer(name, site, proxy, has_twins=self.has_twins)

    def close(self) -> None:
        """End what runs, and free the server's volumes."""
        for computer in self.computers:
            for process in (computer.saver, computer.frozen):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
        self._open.close()
        for bucket in (*self.left_homes, self.home):
            pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for row in (row for page in pages for kind in ("Versions", "DeleteMarkers") for row in page.get(kind, [])):
                self.s3.delete_object(Bucket=bucket, Key=row["Key"], VersionId=row["VersionId"])
        for bucket in self.left_homes:
            self.s3.delete_bucket(Bucket=bucket)
        self.site.remove_buckets()
        self.s3.close()

    def _note(self, text: str) -> None:
        self.log.append(f"{time.strftime('%H:%M:%S')} {text}")

    @property
    def lab_uri(self) -> str:
        """Where the project comes from."""
        return f"{self.site.data_uri}reaching/{self.kind.address}"

    def _someone(self) -> tuple[Computer, str] | None:
        """A computer that has a project, and which."""
        having = [(one, project) for one in self.computers for project in one.folders]
        return self.chance.choice(having) if having else None

    def _someone_free(self) -> tuple[Computer, str, Path] | None:
        """The same where nothing runs and the folder is there, and that folder."""
        if (chosen := self._someone()) is None:
            return None
        computer, project = chosen
        folder = computer.folders[project]
        return None if computer.is_busy or not folder.is_dir() else (computer, project, folder)

    def _run(
        self, computer: Computer, *arguments: str | Path, may_be: tuple[int, ...] = (), decided: tuple[str, ...] = ()
    ) -> Any:
        """A command to its end, judged; it may replace what is `decided` about, unless it says that nothing was."""
        self._pass_over_dead(computer)
        before = {
            project: self.ledger.disk(computer.name, project, folder) for project, folder in computer.folders.items()
        }
        began = time.monotonic()
        try:
            done = computer.site.run(*arguments, timeout=COMMAND_S)
        except subprocess.TimeoutExpired as exc:
            raise self.wrong(f"{computer.name}: {arguments} did not end in {COMMAND_S} s: {exc.stderr!r}") from exc
        words = " ".join(str(one).replace(str(computer.site.folder), "") for one in arguments)
        self._note(
            f"   {computer.name}: {words} -> {done.code} ({time.monotonic() - began:.1f} s) {self._in_short(done)}"
        )
        self.codes[f"{arguments[0]} {done.code}"] += 1
        if "Traceback" in done.err or done.code not in (*computer.ends(str(arguments[0])), *may_be):
            raise self.wrong(f"{computer.name}: {words} -> {done.code}: {done.err} {done.out[:3000]}")
        self._judge(computer, before, decided if done.code != HELD else (), is_whole=done.code in (DONE, CONFLICTS))
        computer.forgotten -= {project for project, folder in computer.folders.items() if folder in arguments}
        return done

    @staticmethod
    def _in_short(done: Any) -> str:
        if done.code == DONE:
            return ""
        return " | ".join(line.strip() for line in done.err.splitlines() if line.strip())[:600]

    def _judge(
        self,
        computer: Computer,
        before: dict[str, dict[str, str]],
        decided: tuple[str, ...] = (),
        *,
        is_whole: bool = False,
    ) -> None:
        """What came of it, at the bucket and on the disk."""
        wrong = []
        after = {
            project: self.ledger.disk(computer.name, project, folder) for project, folder in computer.folders.items()
        }
        wrong += self.ledger.look([computer.name, *self._busy()], decided)
        for project, disk in before.items():
            for path, content in disk.items():
                now = after.get(project, {}).get(path)
                if now != content and content not in self.ledger.kept | self.ledger.excused:
                    wrong.append(
                        f"{computer.name}: {path} was {self.ledger.say(content)} here, is {now} now, and is nowhere"
                    )
        for disk in after.values():
            wrong += [
                f"{computer.name}: {path} is {content}, which nobody ever wrote"
                for path, content in disk.items()
                if content not in self.ledger.all_known
            ]
        has_saver = any(one.saver for one in self.computers)  # it may be in the middle of a save
        for project in self.projects:
            found = self.ledger.listed(project, is_whole=is_whole and not has_saver and not self._busy())
            wrong += [] if has_saver else found
        if wrong:
            raise self.wrong("\n".join(wrong))

    def _busy(self) -> list[str]:
        return [one.name for one in self.computers if one.is_busy]

    def wrong(self, text: str) -> Wrong:
        """With everything that happened before."""
        return Wrong(f"seed {self.seed}: {text}\n" + "\n".join(self.log[-200:]))

    def _pass_over_dead(self, computer: Computer) -> None:
        """Time passes: a lease of a computer at which nothing runs any more is dead for others."""
        if any(one.is_busy for one in self.computers if one is not computer) or self.chance.random() < 0.01:
            return
        self._end_leases()

    def _end_leases(self) -> None:
        for key, data in self.site.objects(self.home, "person/.pose-launcher/lease/").items():
            if not json.loads(data).get("is_over"):
                self.s3.delete_object(Bucket=self.home, Key=key)

    def _strike(self, computer: Computer, *arguments: str | Path, most: int = 30) -> bool:
        """Kill it somewhere, and judge what it left."""
        self._pass_over_dead(computer)
        before = {
            project: self.ledger.disk(computer.name, project, folder) for project, folder in computer.folders.items()
        }
        if self.chance.random() < 0.75:
            number = self.chance.randint(1, most)
            moment, at = at_answer(computer.proxy, number), f"answer {number}"
        else:
            seconds = self.chance.uniform(0.1, 2.0)
            moment, at = after(seconds), f"{seconds:.2f} s"
        hit = strike(computer.site, moment, *arguments)
        words = " ".join(str(one).replace(str(computer.site.folder), "") for one in arguments)
        self._note(f"   {computer.name}: {words} killed at {at}: {hit}")
        self.codes[f"{arguments[0]} {'killed' if hit else 'not killed'}"] += 1
        decided = self._decidable(arguments)
        self._judge(computer, before, decided)
        return hit

    def _decidable(self, arguments: tuple[str | Path, ...]) -> tuple[str, ...]:
        """Keys that a decision may replace: the person has both before their eyes."""
        if arguments[0] != "conflicts" or len(arguments) < 3:
            return ()
        return tuple(f"{project}/{arguments[2]}" for project in self.projects)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float, what: str) -> int:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired as exc:
            process.kill()
            process.wait()
            raise self.wrong(f"{what} did not end in {seconds} s") from exc

    def _brought(self, computer: Computer, done: Any) -> None:
        if done is None or done.code not in (DONE, NAMED, CONFLICTS, DISK, NAMES) or "dir" not in done.json:
            return
        project, folder = done.json["project"], Path(done.json["dir"])
        computer.folders[project] = folder
        self.ledger.disk(computer.name, project, folder)
        if project not in self.projects:
            self.projects.append(project)
            self.uris[project] = done.json.get("uri", "")

    def _status(self, computer: Computer, project: str) -> Any:
        done = self._run(computer, "status", computer.folders[project], "--json")
        if done.code != DONE:
            return None
        rows = done.json["projects"]
        if len(rows) != 1:
            raise self.wrong(f"{computer.name}: status of {computer.folders[project]} tells of {rows}: {done.err}")
        row = rows[0]
        wrong = self.ledger.claimed(computer.name, project, row["items"])
        named = {item["path"] for item in row["items"]}
        if row["all_saved"]:
            disk = self.ledger.disks[computer.name, project]
            named |= {path for path in disk if fnmatch(path.rpartition("/")[2], computer.excluded)}
            wrong += [f"{computer.name} calls all saved and does not name {path}" for path in disk if path not in named]
        if wrong:
            raise self.wrong("\n".join(wrong))
        return row

    def _saved(self, computer: Computer, project: str, done: Any) -> None:
        if done.code in (DONE, CONFLICTS):
            items = self._status(computer, project)
            if not computer.is_busy and items is not None and not items["all_saved"]:
                raise self.wrong(f"{computer.name}: save said {done.code}, and status says {items}")
