"""Where contenders meet: one bench server, the projects in it, and the runs, each from the same start."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from tests.bench.awscli import AwsCli
from tests.bench.certificate import self_signed
from tests.bench.clients import SITE, Launcher, Peer, Rclone, S5cmd
from tests.bench.measure import Command, Cost, measure, touch_memory
from tests.bench.report import OURS, Run
from tests.bench.server_process import BenchServer
from tests.bench.workloads import (
    add_labelled_frames,
    change_tiny,
    copy_open_field,
    fill_with_projects,
    make_large,
    make_project,
    make_tiny,
)

DATA, HOME, PEERS, MANY = "bench-data", "bench-home", "bench-peers", "bench-many"
FRAMES, FOLDERS, PROJECTS = 5000, 20, 200
#: A run that leaves more than this on the disk is cleared at once.
LARGE = 1024**3
#: A contender's whole run, its preparation and its proof included; only the command is timed.
Contender = Callable[[], Run]


class WrongResult(Exception):
    """A contender ended well and yet did not do the work; its time would compare nothing."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it lies in the data bucket and on the disk that it was made on."""

    uri: str
    folder: Path


class Arena:
    """Runs contenders against one server; everything they leave is cleared after each run."""

    def __init__(self, server: BenchServer, folder: Path, data: Path, *, keeps_versions: bool = False) -> None:
        self._server, self._folder, self._data = server, folder, data
        for bucket in (DATA, HOME, PEERS, MANY):
            server.create_bucket(bucket)
        if keeps_versions:
            server.keep_versions(HOME)
        site = folder / "site.toml"
        text = SITE.format(endpoint=server.url, home=HOME, data=DATA, many=MANY)
        trusted = server.tls.certificate if server.tls else None
        if trusted:
            text = text.replace("strict = true", f'strict = true\nca_bundle = "{trusted}"')
        site.write_text(text, encoding="utf-8")
        person = folder / "person"
        person.mkdir()
        self._launcher = Launcher(site, person)
        self._turns = count(1)
        self._peers: Sequence[Peer] = (S5cmd(server.url, person, trusted), Rclone(server.url, person, trusted))
        self._syncing: Sequence[Peer] = (*self._peers, AwsCli(server.url, person, trusted))

    @cached_property
    def open_field(self) -> Project:
        return self._add("openfield-Pranav-2018-10-30", lambda folder: copy_open_field(folder, self._data))

    @cached_property
    def thousands(self) -> Project:
        return self._add("thousands-Bench-2026-01-01", lambda folder: make_project(folder, FRAMES, FOLDERS))

    @cached_property
    def few(self) -> Project:
        return self._add("few-Bench-2026-01-01", lambda folder: make_project(folder, 5, 1, seed=1))

    def start_up(self) -> Mapping[str, Contender]:
        """What our program costs before it does anything."""
        return {OURS: lambda: self._run_ours("session")[0]}

    def recognition(self) -> Mapping[str, Contender]:
        """Many projects in one bucket, found and read from S3 alone."""
        fill_with_projects(self._server, MANY, self._data, PROJECTS)
        return {OURS: self._recognise}

    def stage(self, project: Project) -> Mapping[str, Contender]:
        """A whole project down to an empty folder."""
        peers = {peer.name: self._download(peer, project) for peer in self._peers}
        return {OURS: lambda: self._stage(project), **peers}

    def save_open_field(self) -> Mapping[str, Contender]:
        """The first save of a staged project: everything but its video."""
        return self._save(self.open_field, _add_a_note)

    def save_thousands(self) -> Mapping[str, Contender]:
        """A staged project into which thousands of new files were put."""
        new = self._folder / "new"
        add_labelled_frames(new, FRAMES, FOLDERS, seed=2, name="new")
        return self._save(self.few, lambda folder: _copy_into(new, folder))

    def nothing_changed(self, files: int) -> Mapping[str, Contender]:
        """A project of so many small files that is saved already, saved again."""
        return self._again(files, 0)

    def one_percent_changed(self, files: int) -> Mapping[str, Contender]:
        """The same, with each hundredth file rewritten at its old size."""
        return self._again(files, files // 100)

    def large_down(self, size: int) -> Mapping[str, Contender]:
        """One large file, in a project of its own."""
        return self.stage(self._add_large(size))

    def large_up(self, size: int) -> Mapping[str, Contender]:
        """One large new file in a staged project."""
        return self._save(self.few, lambda folder: make_large(folder / f"large-{size}.bin", size))

    def _add_large(self, size: int) -> Project:
        def make(folder: Path) -> None:
            make_project(folder, 1, 1)
            make_large(folder / "large.bin", size)

        return self._add(f"large{size}-Bench-2026-01-01", make)

    def _again(self, files: int, changed: int) -> Mapping[str, Contender]:
        """Everyone has the same files and has sent them once; then some change, and only the second time counts."""

        def save() -> Run:
            folder, state = self._saved_once(files)
            change_tiny(folder / "labeled-data", changed, next(self._turns))
            run, cost = self._timed(self._launcher.command(state, "save", str(folder)))
            _same("files saved", len(json.loads(cost.output)["saved"]), changed)
            return run

        def sync(peer: Peer) -> Contender:
            def bring_up_to_date() -> Run:
                folder, uri = self._sent_once(files)
                change_tiny(folder / "labeled-data", changed, next(self._turns))
                run, _ = self._timed(peer.bring_up_to_date(folder, uri))
                return run

            return bring_up_to_date

        return {OURS: save, **{peer.name: sync(peer) for peer in self._syncing}}

    @functools.cache  # noqa: B019 - as long as the arena, of which there is one
    def _saved_once(self, files: int) -> tuple[Path, Path]:
        """A project of so many files that we saved, and the state dir that knows it."""
        folder, state = self._folder / f"ours-{files}", self._folder / f"state-{files}"
        measure(self._launcher.command(state, "stage", self.few.uri, str(folder)))
        make_tiny(folder / "labeled-data", files)
        measure(self._launcher.command(state, "save", str(folder)))
        return folder, state

    @functools.cache  # noqa: B019
    def _sent_once(self, files: int) -> tuple[Path, str]:
        """The same files for the others, and where they were sent."""
        folder, uri = self._folder / f"theirs-{files}", f"s3://{PEERS}/again-{files}/"
        make_tiny(folder / "labeled-data", files)
        measure(self._peers[0].upload(folder, uri))
        return folder, uri

    def _add(self, name: str, make: Callable[[Path], None]) -> Project:
        folder = self._folder / "made" / name
        make(folder)
        self._server.fill(DATA, f"{name}/", folder)
        return Project(f"s3://{DATA}/{name}/", folder)

    def _timed(self, command: Command) -> tuple[Run, Cost]:
        self._server.counts()
        cost = measure(command)
        counts = self._server.counts()
        told = (counts.requests, counts.bytes_sent, counts.bytes_received)
        return Run(cost.wall_s, cost.cpu_s, *told, peak_mb=cost.peak_mb), cost

    def _run_ours(self, *arguments: str) -> tuple[Run, Any]:
        with self._room() as room:
            run, cost = self._timed(self._launcher.command(room / "state", *arguments))
            return run, json.loads(cost.output)

    def _recognise(self) -> Run:
        run, answer = self._run_ours("projects", f"s3://{MANY}/")
        _same("projects found", len(answer["projects"]), PROJECTS)
        return run

    def _stage(self, project: Project) -> Run:
        with self._room(project) as room:
            command = self._launcher.command(room / "state", "stage", project.uri, str(room / "project"))
            run, cost = self._timed(command)
            _same("files staged", json.loads(cost.output)["files"], len(_files(project.folder)))
            _same("files missing or short", _wrong_files(project, room / "project"), [])
            return run

    def _download(self, peer: Peer, project: Project) -> Contender:
        def download() -> Run:
            with self._room(project) as room:
                (room / "project").mkdir()
                run, _ = self._timed(peer.download(project.uri, room / "project"))
                _same("files missing or short", _wrong_files(project, room / "project"), [])
                return run

        return download

    def _save(self, project: Project, change: Callable[[Path], object]) -> Mapping[str, Contender]:
        changed = self._folder / "changed" / project.folder.name
        shutil.copytree(project.folder, changed)
        change(changed)
        expected = sum(path.suffix != ".mp4" for path in _files(changed))
        peers = {peer.name: self._upload(peer, changed, expected) for peer in self._peers}
        return {OURS: lambda: self._save_ours(project, change, expected), **peers}

    def _save_ours(self, project: Project, change: Callable[[Path], object], expected: int) -> Run:
        with self._room() as room:
            state, folder = room / "state", room / "project"
            self._server.forget(HOME)
            measure(self._launcher.command(state, "stage", project.uri, str(folder)))
            change(folder)
            os.sync()
            run, cost = self._timed(self._launcher.command(state, "save", str(folder)))
            _same("files not saved", json.loads(cost.output)["failed"], [])
            _same("files in the home prefix", len(self._server.keys(HOME, "person/projects/")), expected)
            self._server.forget(HOME)
            return run

    def _upload(self, peer: Peer, folder: Path, expected: int) -> Contender:
        def upload() -> Run:
            os.sync()
            run, _ = self._timed(peer.upload(folder, f"s3://{PEERS}/{peer.name}/"))
            _same("files uploaded", len(self._server.keys(PEERS, f"{peer.name}/")), expected)
            self._server.forget(PEERS)
            return run

        return upload

    @contextmanager
    def _room(self, coming: Project | None = None) -> Iterator[Path]:
        """A fresh folder for one run, and a disk that owes nothing to the run before.

        One of many files stays until the end: where thousands of files were just deleted, some file systems look long
        for room. One of a large file goes, so that the disk does not have to hold all runs at once.
        """
        os.sync()
        room = Path(mkdtemp(dir=self._folder))
        size = sum(path.stat().st_size for path in _files(coming.folder)) if coming is not None else 0
        if size > LARGE:
            touch_memory(size + LARGE)
        yield room
        if sum(path.stat().st_size for path in _files(room)) > LARGE:
            shutil.rmtree(room)


@contextmanager
def open_arena(
    latency_ms: float, data: Path, *, tls: bool = False, keeps_versions: bool = False, no_md5: bool = False
) -> Iterator[Arena]:
    """A server with its folder, until the end of the `with`; over TLS everybody is told whom to trust."""
    with TemporaryDirectory(prefix="bench-") as folder:
        certificate = self_signed(Path(folder)) if tls else None
        with BenchServer(latency_ms=latency_ms, tls=certificate, no_md5=no_md5, seconds=3600) as server:
            yield Arena(server, Path(folder), data, keeps_versions=keeps_versions)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _add_a_note(folder: Path) -> None:
    (folder / "notes.txt").write_text("Seen.\n", encoding="utf-8")


def _wrong_files(project: Project, folder: Path) -> list[str]:
    """The project's files that are missing or of another size; only a config is rewritten on its way here."""
    sizes = {path.relative_to(project.folder): path.stat().st_size for path in _files(project.folder)}
    here = {path.relative_to(folder): path.stat().st_size for path in _files(folder)}
    return [
        str(path)
        for path, size in sizes.items()
        if path not in here or (here[path] != size and path.name != "config.yaml")
    ]


def _copy_into(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise WrongResult(f"{what}: {found}, not {expected}")
