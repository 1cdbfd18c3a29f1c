"""SIGKILL at random moments: nothing wrong is left behind, and the next run finishes without a question."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.scenario.killing import Moments, strike
from tests.scenario.oracle import CORNER, HomeReader, Versions, final_files, home_objects, open_uploads, wrong_on_disk
from tests.scenario.projects import LARGE_MODEL, VIDEO, png, reaching

KILLS = 5
#: Every fifth seed has the files that go in blocks and parts.
SEEDS = [pytest.param(seed, id=f"seed{seed}") for seed in range(5)]
#: The long loop: forty seeds from 200 on make a thousand kills; `--seeds 200-209` runs a batch of them.
KILLS_OF_A_SEED = 25
BATCH_SEEDS = range(200, 240)
LONG_SEEDS = [pytest.param(seed, id=f"seed{seed}", marks=pytest.mark.long) for seed in range(5, 105)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "batch_seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("seeds") or BATCH_SEEDS
        metafunc.parametrize("batch_seed", chosen, ids=[f"seed{seed}" for seed in chosen])


@pytest.fixture
def proxy(site: Site, cloud: SeaweedFS) -> Iterator[FaultProxy]:
    """A proxy without faults: it knows when the server has answered."""
    with FaultProxy(cloud.url) as running:
        site.endpoint = running.url
        site.write()
        yield running


def timed(site: Site, *arguments: str | Path) -> tuple[float, Any]:
    """A run that must simply succeed: its seconds and its JSON."""
    began = time.monotonic()
    done = site.run(*arguments, "--json")
    assert done.code == 0, (done.code, done.err, done.out)
    return time.monotonic() - began, done.json


# Staging


@pytest.mark.parametrize("seed", SEEDS + LONG_SEEDS)
def test_a_killed_stage_leaves_nothing_wrong_and_the_next_one_finishes(
    site: Site, proxy: FaultProxy, seed: int
) -> None:
    is_large = seed % 5 == 0
    source = reaching(seed, large_model=is_large, large_video=is_large)
    for path, data in source.items():
        site.put(f"reaching/{path}", data)
    chance = Random(seed)
    moments = Moments(chance, proxy, seconds=1.5, answers=len(source))
    for number in range(KILLS):
        computer = site.another_computer()
        folder = computer.folder / "reaching"
        for _ in range(2 if number == KILLS - 1 else 1):  # the last one is killed twice before it may finish
            kill_stage(computer, folder, moments)
            assert wrong_on_disk(folder, source) == []
        edited = edit_in_between(folder, source, chance) if number % 3 == 1 else {}
        began = time.monotonic()
        finish_stage(computer, folder, source, edited)
        moments.seconds = time.monotonic() - began


def kill_stage(computer: Site, folder: Path, moments: Moments) -> None:
    """One kill that hits; a computer on which everything had arrived before it could hit starts from nothing."""
    for _ in range(10):
        if strike(computer, moments.draw(), "stage", f"{computer.data_uri}reaching/", folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(computer.state, ignore_errors=True)
    pytest.fail("ten commands ended before they could be killed")


def edit_in_between(folder: Path, source: dict[str, bytes], chance: Random) -> dict[str, bytes]:
    """A person goes on working with what arrived, and puts a file of their own where one is still missing."""
    paths = [path for path in source if path not in (VIDEO, LARGE_MODEL)]
    here = [path for path in paths if (folder / path).is_file()]
    missing = [path for path in paths if not (folder / path).exists()]
    edited = {}
    for path in [*chance.sample(here, min(3, len(here))), *chance.sample(missing, min(3, len(missing)))]:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_bytes() if file.exists() else b""
        edited[path] = before + b"# edited by a person\n"
        file.write_bytes(edited[path])
    return edited


def finish_stage(computer: Site, folder: Path, source: dict[str, bytes], edited: dict[str, bytes]) -> None:
    """The next run: everything right, and what a person wrote untouched and named."""
    done = computer.run("stage", f"{computer.data_uri}reaching/", folder, "--json")
    assert done.code in ((0, 4) if edited else (0,)), (done.code, done.err, done.out)
    assert {row["key"] for row in done.json["skipped"]} == set(edited)
    here = final_files(folder)
    assert {path: here.get(path) for path in edited} == edited
    assert wrong_on_disk(folder, {**source, **edited}) == []
    assert set(here) == set(source)
    assert not (folder / CORNER / "partial").exists()
    if "config.yaml" not in edited:
        assert yaml.safe_load(here["config.yaml"])["project_path"] == str(folder)


# Saving


@pytest.mark.parametrize("seed", SEEDS + LONG_SEEDS)
def test_a_killed_save_loses_nothing_and_the_next_one_finishes(site: Site, proxy: FaultProxy, seed: int) -> None:
    work = Work.begun(site, seed, is_large=seed % 5 == 0)
    moments = Moments(work.chance, proxy, seconds=work.seconds, answers=40)
    for number in range(KILLS):
        kill_save(work, moments)
        assert work.wrong() == []
        if number % 2:
            work.edit(3)
            assert work.wrong() == []
        moments.seconds, report = timed(site, "save", work.folder)
        assert report["failed"] == []
        assert work.wrong() == []
        assert work.missing() == []
        moments.answers = 15
    work.check_the_end()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_again_and_again_it_loses_nothing(site: Site, proxy: FaultProxy, batch_seed: int) -> None:
    """Kills of one project's saves, most of them with no whole save in between; 1,000 over the seeds of all batches."""
    seed = batch_seed
    work = Work.begun(site, seed, is_large=seed % 5 == 0)
    moments = Moments(work.chance, proxy, seconds=work.seconds, answers=15)
    for number in range(KILLS_OF_A_SEED):
        kill_save(work, moments)
        assert work.wrong() == []
        if number % 2:
            work.edit(3)
        if number % 8 == 7:
            moments.seconds, report = timed(site, "save", work.folder)
            assert (report["failed"], report["conflicts"], work.wrong(), work.missing()) == ([], [], [], [])
    assert timed(site, "save", work.folder)[1]["failed"] == []
    work.check_the_end()


def kill_save(work: Work, moments: Moments) -> None:
    """One kill that hits, with something to save; a save that ended before is followed by more work and another try."""
    for _ in range(10):
        if strike(work.site, moments.draw(), "save", work.folder):
            return
        work.edit(12)
    pytest.fail("ten commands ended before they could be killed")


class Work:
    """A project that a person works on: every content it ever had, and what the bucket holds of it."""

    def __init__(self, site: Site, folder: Path, project_id: str, chance: Random) -> None:
        self.site = site
        self.folder = folder
        self.chance = chance
        self.seconds = 0.0
        self._id = project_id
        self._count = 0
        self._versions = Versions(final_files(folder))
        self._home = HomeReader(site, project_id)

    @classmethod
    def begun(cls, site: Site, seed: int, *, is_large: bool) -> Work:
        """Staged, and changed here and there, so that a save has all its kinds of work."""
        for path, data in reaching(seed, large_model=is_large).items():
            site.put(f"reaching/{path}", data)
        seconds, report = timed(site, "stage", f"{site.data_uri}reaching/")
        work = cls(site, Path(report["dir"]), report["project"], Random(seed))
        work.seconds = seconds
        work.edit(5)
        return work

    def edit(self, count: int) -> None:
        """Change some pictures, the configuration and a table, and add a file."""
        self._count += 1
        pictures = sorted(path for path in final_files(self.folder) if path.endswith(".png"))
        for path in self.chance.sample(pictures, count):
            self._write(path, png(self.chance, 5_000))
        config = (self.folder / "config.yaml").read_bytes()
        self._write("config.yaml", re.sub(rb"pcutoff: [\d.]+", b"pcutoff: 0.%d" % self._count, config))
        self._write(f"labeled-data/mouse/notes-{self._count}.txt", self.chance.randbytes(2_000))
        model = (self.folder / LARGE_MODEL).read_bytes()
        # Of another size each second time: the parts of such a file go before its content is known.
        self._write(LARGE_MODEL, self.chance.randbytes(1000) + model[1000:] + b"grown" * (self._count % 2))

    def _write(self, path: str, data: bytes) -> None:
        """As careful programs do: a new file takes the place of the old one."""
        draft = (self.folder / path).with_name("draft.tmp")
        draft.write_bytes(data)
        draft.replace(self.folder / path)
        self._versions.add(path, data)

    def wrong(self) -> list[str]:
        """What the bucket holds and should not, or has lost."""
        return self._versions.wrong_in_bucket(self._home.objects(), self.folder)

    def missing(self) -> list[str]:
        """What of the project the bucket does not hold as it is now; the video stays where it came from."""
        wanted = set(final_files(self.folder)) - {VIDEO}
        return self._versions.missing_in_bucket(self._home.objects(), wanted)

    def check_the_end(self) -> None:
        """Saved, proved, nothing more to send, and nothing of ours left half-way on the server."""
        _, report = timed(self.site, "status", self.folder)
        (status,) = report["projects"]
        assert (status["all_saved"], status["unsaved_files"]) == (True, 0), status
        assert timed(self.site, "verify", self.folder)[1]["bad"] == []
        before = home_objects(self.site, self._id)
        _, again = timed(self.site, "save", self.folder)
        assert (again["saved"], again["failed"], again["bytes"]) == ([], [], 0)
        assert home_objects(self.site, self._id) == before
        assert open_uploads(self.site) == []
