"""The whole thing on this computer, without an account: a real S3 server on loopback, and a project's way on it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import launcher
from launcher import errors
from launcher.config.find import Found
from launcher.desk.desk import Desk, Setup
from launcher.journal import ProjectRecord
from launcher.projects.find import Finder
from launcher.projects.parsing import Parsers
from launcher.projects.source import LocalSource
from launcher.projects.stage_plan import Profile, in_words
from launcher.saving.save import SaveReport
from launcher.session.facts import SessionFacts
from launcher.storage import bucket
from launcher.storage.seaweed import SeaweedFS
from launcher.storage.second_opinion import SecondOpinion
from launcher.storage.uri import S3Uri

ROOT = Path(launcher.__file__).parents[1]
SAMPLE = ROOT / "resources" / "sample"
DATA_BUCKET, HOME_BUCKET, PROFILE = "pose-demo-data", "pose-demo-home", "pose-launcher-demo"

_SITE = """\
# Written by `pose-launcher demo`; the port is another one at every start.
schema = 1
title = "Demo on this computer"

[s3]
endpoint_url = "{endpoint}"
region = "us-east-1"
profile = "{profile}"
credentials_file = '{credentials}'

[home]
uri = "s3://{home}/{{access_mode}}/{{user_hash}}/"

[[bucket]]
name = "Recordings"
uri = "s3://{data}/"
access = "read-only"

[scratch]
dir = '{scratch}'
"""


@dataclass(slots=True)
class Step:
    """One thing that was done, as it is told."""

    name: str
    ok: bool = False
    seconds: float = 0.0
    message: str = ""
    simulated: bool = False


@dataclass(slots=True)
class DemoReport:
    """What `demo` prints (contract)."""

    site: str = ""
    endpoint: str = ""
    data_uri: str = f"s3://{DATA_BUCKET}/"
    home_uri: str = ""
    pid: int = 0
    steps: list[Step] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return asdict(self)


Tell = Callable[[Step], None]


class Demo:
    """A cloud of one computer; everything of it lies below `demo/` in the state dir."""

    def __init__(self, state: Found, facts: SessionFacts, tell: Tell) -> None:
        self._folder = state.path / "demo"
        self._facts = facts
        self._tell = tell
        self._server = SeaweedFS(self._folder / "server")
        self.report = DemoReport()
        self.codes: list[int] = []

    @property
    def is_running(self) -> bool:
        """Does the server run?"""
        return self._server.is_running

    def stop(self) -> None:
        """End the server; its data stays for the next demo."""
        self._server.stop()

    @contextmanager
    def _step(self, name: str, *, simulated: bool = False) -> Iterator[Step]:
        """Time a step and tell it; a failure is told in words, and ends the steps that need this one."""
        step, began = Step(name, simulated=simulated), time.monotonic()
        self.report.steps.append(step)
        try:
            yield step
            step.ok = True
        except errors.LauncherError as exc:
            step.message = str(exc)
            self.codes.append(exc.exit_code)
            raise
        finally:
            step.seconds = round(time.monotonic() - began, 3)
            self._tell(step)

    def open_site(self, data: Path) -> Desk:
        """Server, buckets, catalogue, content; returns the desk of a person on that site."""
        with self._step("start the storage server") as step:
            self._server.start()
            self.report.endpoint, self.report.pid = self._server.url, self._server.pid
            step.message = f"SeaweedFS at {self._server.url}"
        with self._step("write the site catalogue") as step:
            site = self._write_site()
            self.report.site = step.message = str(site)
        state = Found(self._folder / "state", "--state-dir")
        desk = Desk(Setup(Found(site, "--site"), state, self._facts))
        try:
            self._fill(desk, data)
        except BaseException:
            desk.close()
            raise
        return desk

    def _write_site(self) -> Path:
        credentials, site = self._folder / "credentials", self._folder / "site.toml"
        keys = self._server.keys
        credentials.touch(mode=0o600)
        credentials.write_text(
            f"[{PROFILE}]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\n"
        )
        text = _SITE.format(
            endpoint=self._server.url,
            profile=PROFILE,
            credentials=credentials,
            home=HOME_BUCKET,
            data=DATA_BUCKET,
            scratch=self._folder / "scratch",
        )
        site.write_text(text, encoding="utf-8")
        return site

    def _fill(self, desk: Desk, data: Path) -> None:
        with self._step("fill the data bucket") as step:
            self.report.home_uri = str(desk.home)
            for name in (DATA_BUCKET, HOME_BUCKET):
                bucket.ensure(desk.store, name)
            files = sorted(project_files(data, desk.parsers))
            if not files:
                raise errors.NotFound(
                    data, title="There are no pose projects in this folder", hint="Name another with --data."
                )
            sent = bucket.fill(desk.store, S3Uri(DATA_BUCKET), data, files)
            size = sum((data / path).stat().st_size for path in files)
            step.message = f"{len(files)} files, {in_words(size)}; {sent} of them new"

    def round_trip(self, desk: Desk) -> None:
        """See, recognise, bring, change, save and prove every project of the data bucket."""
        with self._step("see the places") as step:
            places = desk.places()
            step.message = ", ".join(f"{place['name']} ({place['durability']})" for place in places)
            missing = [place["name"] for place in places if not place["reachable"]]
            if missing:
                raise errors.Unreachable(", ".join(missing))
        with self._step("find the projects") as step:
            projects = [message["project"] for message in desk.projects(self.report.data_uri) if "project" in message]
            step.message = "; ".join(describe(project) for project in projects)
        for project in projects:
            try:
                self._one_project(desk, project)
            except errors.LauncherError:
                continue  # told by its step; the other projects still go their way

    def _one_project(self, desk: Desk, project: dict[str, Any]) -> None:
        name = project["name"]
        with self._step(f"bring {name} here") as step:
            staged = desk.stage(project["uri"], None, Profile.ALL, lambda files, size: None)
            step.message = f"{staged.files} files, {in_words(staged.bytes)}, {len(staged.repaired)} paths adjusted"
            self._require(staged.codes, staged.skipped)
        (record,) = desk.records(staged.dir)
        with self._step(f"change {name}", simulated=True) as step:
            _edit(record.dir / record.marker)
            step.message = f"{record.marker} was changed by a stand-in for the pose tool"
        with self._step(f"save {name}") as step:
            report = SaveReport(record.id, record.home)
            desk.save(record, report, lambda files, size: None)
            step.message = f"{len(report.saved)} files saved, {len(report.by_reference)} videos by reference"
            self._require(report.codes, {item.path: item.cause for item in report.failed})
        self._prove(desk, record)

    def _prove(self, desk: Desk, record: ProjectRecord) -> None:
        with self._step(f"status of {record.name}") as step:
            (status,) = desk.status(record.dir)
            step.message = (
                "everything is saved" if status["all_saved"] else f"{status['unsaved_files']} files are not saved"
            )
            if not status["all_saved"]:
                raise errors.NotDone(record.name, title="Not everything is saved")
        with self._step(f"verify {record.name}") as step:
            proof = desk.verify(str(record.dir))
            step.message = f"{proof.checked} files hashed on both sides"
            self._require([4] if proof.bad else [], {row["path"]: row["message"] for row in proof.bad})
        with self._step(f"read {record.name} back with another client") as step:
            step.message = f"{self._read_back(desk, record)} files read with s3fs, equal to what is here"

    def _read_back(self, desk: Desk, record: ProjectRecord) -> int:
        other, prefix, count = SecondOpinion(desk.store), S3Uri.parse(record.home), 0
        for path, item in desk.journal.items(record.id).items():
            if item.saved is None:
                continue
            data = other.read(S3Uri(prefix.bucket, item.saved.key))
            here = (record.dir / path).read_bytes()
            neutral = item.saved.crc64nvme != item.saved.local_crc64nvme
            if neutral and str(record.dir).encode() in data:
                raise errors.NotDone(path, title="What was saved holds a path of this computer")
            if not neutral and data != here:
                raise errors.NotDone(path, title="Another client reads other bytes than are here")
            count += 1
        return count

    @staticmethod
    def _require(codes: list[int], reasons: dict[str, str]) -> None:
        if any(codes):
            told = "; ".join(f"{path}: {reason}" for path, reason in sorted(reasons.items())[:5])
            raise errors.NotDone(told)


def project_files(data: Path, parsers: Parsers) -> set[str]:
    """Every file of every pose project below a folder of this computer, relative to it."""
    finder = Finder(LocalSource(data), parsers)
    return {found.folder_path(path) for found in finder.projects() for path in found.members}


def describe(project: dict[str, Any]) -> str:
    """A project in half a line."""
    frames = "?" if project["labelled_frames"] is None else project["labelled_frames"]
    return f"{project['name']} ({project['tool']}, {len(project['body_parts'])} body parts, {frames} labelled frames)"


def _edit(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "launcher.desk.simulated_edit", str(file)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "HDF5_USE_FILE_LOCKING": "FALSE"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise errors.NotDone(file, title="The stand-in for the pose tool failed", detail=done.stderr[-500:])
