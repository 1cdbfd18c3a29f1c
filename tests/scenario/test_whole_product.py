"""Whatever happens in whatever order: work here, another client there, kills, outages, keys, a full disk. Then calm.

A state machine of hypothesis drives the real commands against the real server; the oracle reads the bucket itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import ROOT, Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.killing import at_answer, strike
from tests.scenario.oracle import final_files, open_uploads
from tests.scenario.projects import reaching

KEYS = [f"KEY{number:03}" for number in range(400)]
SECRET = "as-secret-as-a-test-can-be"
PLACE = Path(__file__).with_name("bad_place.py")
LABELS = "labeled-data/mouse/CollectedData_Ada.csv"
PATHS = st.sampled_from([LABELS, "notes.txt", "results/table.csv"])
DONE, CONFLICTS, REFUSED, DISK, AWAY = 0, 3, 5, 6, 12


@dataclass
class World:
    """One server for all examples; each example has buckets of its own."""

    server: SeaweedFS
    folder: Path
    key: int = 0
    example: int = 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    credentials = [{"accessKey": key, "secretKey": SECRET} for key in KEYS]
    person = {"name": "ann", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "accounts.json").write_text(json.dumps({"identities": [person]}))
    with SeaweedFS(folder) as server:
        yield World(server, folder)


class WholeProduct(RuleBasedStateMachine):
    """One person's computer, a bucket that others can write, and everything that can go wrong between them."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        world.example += 1
        self.open = ExitStack()
        self.proxy = self.open.enter_context(FaultProxy(world.server.url))
        folder = world.folder / f"example-{world.example}"
        folder.mkdir()
        s3 = s3_client(world.server.url, KEYS[-1], SECRET)
        self.open.callback(s3.close)
        data, home = f"data-{world.example}", f"home-{world.example}"
        self.site = Site(folder, self.proxy.url, KEYS[world.key], SECRET, data, home, s3)
        for bucket in (data, home):
            s3.create_bucket(Bucket=bucket)
        self.open.callback(self.site.remove_buckets)
        self.site.write(access_key=KEYS[world.key])
        self.count = 0
        self.ever: set[bytes] = set()
        self.must: set[bytes] = set()
        #: What another client wrote over while it was the same here: a save of nothing new asks nobody, `verify` does.
        self.replaced_there: set[bytes] = set()

    @initialize()
    def bring(self) -> None:
        """A small project, saved once."""
        files = {
            "config.yaml": reaching(1)["config.yaml"],
            LABELS: self._content(LABELS),
            "notes.txt": b"by hand",
        }
        for path, data in files.items():
            self.site.put(f"reaching/{path}", data)
        done = self.site.run("stage", f"{self.site.data_uri}reaching/", "--json")
        assert done.code == DONE, done.err
        self.dir, self.id = Path(done.json["dir"]), done.json["project"]
        self.prefix = f"person/projects/{self.id}/"
        self.ever |= set(files.values())
        self.save()

    def _content(self, path: str) -> bytes:
        """As good as never the same bytes twice."""
        self.count += 1
        head = b"scorer,Ada,Ada\nbodyparts,paw,paw\ncoords,x,y\n" if path == LABELS else b"a,b,c\n"
        data = head + b"labeled-data/mouse/img000.png,%d,2.5\n" % self.count
        self.ever.add(data)
        return data

    # What happens

    @rule(path=PATHS, how=st.sampled_from(["in place", "renamed", "deleted and made"]))
    def write_here(self, path: str, how: str) -> None:
        file, data = self.dir / path, self._content(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if how == "renamed":
            draft = file.with_suffix(".tmp")
            draft.write_bytes(data)
            draft.replace(file)
            return
        if how == "deleted and made":
            file.unlink(missing_ok=True)
        file.write_bytes(data)

    @rule(path=PATHS)
    def delete_here(self, path: str) -> None:
        (self.dir / path).unlink(missing_ok=True)

    @rule(path=PATHS)
    def write_there(self, path: str) -> None:
        """Another client, which asks nobody; what it replaces is its own affair."""
        key = f"{self.prefix}{path}"
        replaced = self.site.objects(self.site.home_bucket, key).get(key)
        data = self._content(path)
        self.site.s3.put_object(Bucket=self.site.home_bucket, Key=key, Body=data)
        self.must.discard(replaced or b"")
        self.replaced_there.add(replaced or b"")
        self.must.add(data)

    @rule()
    def save(self) -> None:
        done = self.site.run("save", self.dir, "--json")
        assert done.code in (DONE, CONFLICTS), (done.code, done.err)

    @rule(answer=st.integers(1, 14))
    def kill(self, answer: int) -> None:
        strike(self.site, at_answer(self.proxy, answer), "save", self.dir)

    @rule()
    def outage(self) -> None:
        """The server is away for a whole save; afterwards nobody claims that anything went."""
        away = Rule(Fault.RESET)
        self.site.write(access_key=KEYS[self.world.key], extra="[session]\nmax_minutes = 0\n")
        self.proxy.rules.insert(0, away)
        done = self.site.run("save", self.dir, "--json", timeout=120)
        self.proxy.rules.remove(away)
        assert done.code in ((AWAY,) if away.used else (DONE,)), (done.code, done.err)

    @rule(is_late=st.booleans())
    def rotate(self, is_late: bool) -> None:
        """The old key is not valid any more; the new one is in the profile, or comes after a save that had to wait."""
        world = self.world
        expired = Rule(Fault.EXPIRED, signed_with=KEYS[world.key])
        self.proxy.rules.append(expired)
        world.key += 1
        if is_late:
            done = self.site.run("save", self.dir, "--json")
            assert done.code in ((REFUSED,) if expired.used else (DONE,)), (done.code, done.err)
        self.site.access_key = KEYS[world.key]
        self.site.write(access_key=KEYS[world.key])

    @rule(room=st.sampled_from([0, 2_000, 30_000]))
    def full_disk(self, room: int) -> None:
        """No file can grow beyond this: journal, spool and drafts neither."""
        command = [sys.executable, str(PLACE), "grow", str(room), "--", *self.site.command("save", self.dir, "--json")]
        done = subprocess.run(
            command, cwd=ROOT, env=self.site._environ(None), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode in (DONE, CONFLICTS, DISK), (done.returncode, done.stderr)

    @rule()
    def stabilise(self) -> None:
        """In calm, two saves are enough: everything here is there, and `status` says so."""
        self.save()
        self.save()
        there = set(self._projects().values())
        for path, data in final_files(self.dir).items():
            is_there = data in there or data in self.replaced_there
            assert path == "config.yaml" or path.endswith(".tmp") or is_there, path
        (status,) = self.site.run("status", self.dir, "--json").json["projects"]
        assert status["all_saved"], status
        before = self._projects()
        again = self.site.run("save", self.dir, "--json")
        assert (again.code, again.json["saved"], again.json["conflicts"]) == (DONE, [], [])
        assert self._projects() == before
        assert open_uploads(self.site) == []

    # What must be so after each step

    @invariant()
    def nothing_in_the_bucket_is_torn_or_lost(self) -> None:
        if not hasattr(self, "prefix"):
            return
        projects = self._projects()
        torn = [path for path, data in projects.items() if path != "config.yaml" and data not in self.ever]
        assert torn == []
        history = self.site.objects(self.site.home_bucket, f"person/.pose-launcher/history/{self.id}/contents/")
        there = {*projects.values(), *history.values()}
        lost = self.must - there
        assert not lost, f"gone from the bucket: {lost}"
        self.must |= {data for path, data in projects.items() if path != "config.yaml"}

    def _projects(self) -> dict[str, bytes]:
        objects: dict[str, Any] = self.site.objects(self.site.home_bucket, self.prefix)
        return {key.removeprefix(self.prefix): data for key, data in objects.items()}

    def teardown(self) -> None:
        try:
            if hasattr(self, "prefix"):
                self.stabilise()
        finally:
            self.open.close()


def drive(world: World, examples: int, steps: int) -> None:
    WholeProduct.world = world
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 10,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(WholeProduct, settings=how)


def test_whatever_happens_nothing_is_lost_and_calm_brings_everything_home(world: World) -> None:
    drive(world, examples=3, steps=12)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_whatever_happens_nothing_is_lost_at_length(world: World, request: pytest.FixtureRequest) -> None:
    """In batches with `--examples N --hypothesis-seed N`."""
    drive(world, examples=request.config.getoption("examples"), steps=30)
