"""One project under the saver's eyes, on a real server; the test moves the clock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from launcher import errors
from launcher.config.find import Found
from launcher.desk import keeping
from launcher.desk.desk import Desk, Setup
from launcher.journal import ProjectRecord
from launcher.projects.stage_plan import Profile
from launcher.saving.holding import Holding
from launcher.saving.last_lease import LastLease
from launcher.saving.lease import Holder, Lease
from launcher.saving.watch_project import IDLE_S, SCAN_EVERY_S, Engine, Watched
from launcher.session.facts import session_facts
from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import home_objects, open_uploads
from tests.scenario.projects import png, reaching
from tests.scenario.watching import until

LABELS = "labeled-data/mouse/CollectedData_Ada.csv"
CONFIG, FIRST = reaching(1)["config.yaml"], reaching(1)[LABELS]
NOTES = "notes.txt"


def desk_of(site: Site) -> Desk:
    facts = replace(session_facts({}), user="ann", session_id="session-1")
    return Desk(Setup(Found(site.file, "--site"), Found(site.state, "--state-dir"), facts))


@dataclass
class Computer:
    """A desk with one project, and a saver that is told what time it is."""

    site: Site
    desk: Desk
    record: ProjectRecord
    dead_after_s: float = 110.0
    now: float = 1000.0
    told: list[str] = field(default_factory=list)
    has_runs: bool = False

    def __post_init__(self) -> None:
        engine = Engine(
            self.desk.saver(),
            self.desk.setup.state.path,
            keeping.once(self.desk.check_strength),
            self.holding,
            lambda record: self.has_runs,
            self.told.append,
            lambda: self.now,
        )
        self.watched = Watched(engine, self.record)

    def holding(self, record: ProjectRecord) -> Holding:
        me = Holder(f"{self.site.state}", "ann", f"at {self.site.folder.name}", "2026-01-31T14:05:00Z")
        last = LastLease(self.desk.setup.state.path, record.id)
        return Holding(Lease(self.desk.store, self.desk.home, record.id, me, self.dead_after_s), me, last)

    def rounds(self, seconds: float) -> None:
        """So much time passes, a second at a time."""
        until = self.now + seconds
        while self.now < until:
            self.watched.look(self.desk.journal.project(self.record.id) or self.record, [])
            self.watched.work()
            self.now += 1

    def write(self, path: str, data: bytes) -> None:
        (self.record.dir / path).write_bytes(data)

    @property
    def home(self) -> dict[str, bytes]:
        return home_objects(self.site, self.record.id)

    @property
    def status(self) -> dict[str, Any]:
        (row,) = self.desk.status(None)
        return row

    @property
    def problem(self) -> str:
        """What the saver has written down about the project."""
        return self.desk.journal.fact(f"saving stopped {self.record.id}") or ""

    def lease(self) -> dict[str, Any]:
        """Who writes, as the bucket says."""
        (data,) = self.site.objects(self.site.home_bucket, f"person/.pose-launcher/lease/{self.record.id}").values()
        found: dict[str, Any] = json.loads(data)
        return found


NewComputer = Callable[..., Computer]


@pytest.fixture
def new_computer(site: Site) -> Iterator[NewComputer]:
    for path, data in {"config.yaml": CONFIG, LABELS: FIRST, NOTES: b"by hand"}.items():
        site.put(f"reaching/{path}", data)
    made: list[Computer] = []

    def new(at: Site = site, uri: str = "", **more: Any) -> Computer:
        desk = desk_of(at)
        folder = at.folder / "reaching"
        report = desk.stage(uri or f"{at.data_uri}reaching/", folder, Profile.ALL, lambda files, size: None)
        record = desk.journal.project(report.project)
        assert record is not None
        made.append(Computer(at, desk, record, **more))
        return made[-1]

    yield new
    for computer in made:
        computer.watched.end()
        computer.desk.close()


@pytest.fixture
def computer(new_computer: NewComputer) -> Computer:
    return new_computer()


def test_a_project_that_was_brought_is_complete_in_the_home_bucket_soon(computer: Computer) -> None:
    computer.rounds(12)
    assert set(computer.home) == {"config.yaml", LABELS, NOTES}
    assert computer.status["all_saved"]
    assert computer.told[-1] == "reaching: 1 file saved"


def test_label_files_go_before_the_others_are_even_quiet(computer: Computer) -> None:
    computer.rounds(4)
    assert set(computer.home) == {"config.yaml", LABELS}
    assert not computer.status["all_saved"]


def test_a_scan_alone_finds_a_change_and_has_it_saved_within_ten_seconds(computer: Computer) -> None:
    computer.rounds(20)
    computer.write(LABELS, FIRST + b"img000.png,1,2\n")
    computer.rounds(SCAN_EVERY_S + 3)
    assert computer.home[LABELS] == FIRST + b"img000.png,1,2\n"


def test_what_is_being_written_waits(computer: Computer) -> None:
    computer.rounds(20)
    grown = b""
    for part in range(15):
        grown += b"%d\n" % part
        computer.write(NOTES, grown)
        computer.watched.look(computer.record, [computer.record.dir / NOTES])
        computer.rounds(1)
        assert computer.home[NOTES] == b"by hand"
    computer.rounds(9)
    assert computer.home[NOTES] == grown


def test_a_damaged_label_file_never_replaces_a_good_one_and_is_named(computer: Computer) -> None:
    computer.rounds(20)
    (computer.record.dir / "config.yaml").write_bytes(b"Task: [reaching\n")
    computer.rounds(20)
    assert b"scorer: Ada" in computer.home["config.yaml"]
    (item,) = [row for row in computer.status["items"] if row["path"] == "config.yaml"]
    assert item["state"] == "could not be saved"
    assert len([line for line in computer.told if "config.yaml is not saved" in line]) == 1, "said once"
    (computer.record.dir / "config.yaml").write_bytes(CONFIG.replace(b"pcutoff: 0.4", b"pcutoff: 0.6"))
    computer.rounds(12)
    assert b"pcutoff: 0.6" in computer.home["config.yaml"]


@pytest.mark.parametrize("how", ["vanished", "without marker", "emptied"])
def test_a_folder_that_is_no_longer_the_projects_stops_saving_and_deletes_nothing(computer: Computer, how: str) -> None:
    computer.rounds(20)
    before, folder, aside = computer.home, computer.record.dir, computer.site.folder / "aside"
    shutil.copytree(folder, aside)
    if how == "vanished":
        shutil.rmtree(folder)
    elif how == "without marker":
        (folder / ".pose-launcher" / "project.json").unlink()
        (folder / NOTES).write_bytes(b"another project's")
    else:
        for entry in folder.iterdir():
            if entry.name != ".pose-launcher":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    computer.rounds(30)
    assert computer.home == before
    assert "saving it has stopped" in computer.problem
    assert len([line for line in computer.told if "saving it has stopped" in line]) == 1, "said once"
    if how == "without marker":
        assert "gone" in computer.status["problem"]["what"]

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(aside, folder)
    computer.write(NOTES, b"after it came back")
    computer.rounds(20)
    assert computer.home[NOTES] == b"after it came back"
    assert computer.problem == ""


def test_the_lease_is_held_while_there_is_work_or_a_run_and_given_back_after_a_minute(computer: Computer) -> None:
    computer.has_runs = True
    computer.rounds(12 + IDLE_S)
    assert computer.lease()["is_over"] is False
    computer.has_runs = False
    computer.rounds(IDLE_S + 1)
    assert computer.lease()["is_over"] is True
    computer.write(NOTES, b"more")
    computer.rounds(20)
    assert computer.lease()["is_over"] is False
    computer.watched.end()
    assert computer.lease()["is_over"] is True


def test_a_second_computer_is_told_who_writes_and_takes_over_when_that_one_is_dead(
    computer: Computer, new_computer: NewComputer, site: Site
) -> None:
    computer.rounds(20)
    second = new_computer(site.another_computer(), uri=f"{site.home_uri}projects/{computer.record.id}/")
    second.write(NOTES, b"from the second")
    second.rounds(25)
    assert second.home[NOTES] == b"by hand"
    assert "ann is working on this project at" in second.problem
    assert [line for line in second.told if "is working on" in line]
    with pytest.raises(errors.Held):
        second.desk.save(second.record, keeping_report(second.record), lambda files, size: None)

    heir = Computer(second.site, second.desk, second.record, dead_after_s=-1)
    heir.rounds(20)
    assert heir.home[NOTES] == b"from the second"
    assert second.problem == ""
    heir.watched.end()


def keeping_report(record: ProjectRecord) -> Any:
    from launcher.saving.save import SaveReport

    return SaveReport(record.id, record.home)


def test_while_the_server_is_away_work_waits_and_then_goes(
    site: Site, cloud: SeaweedFS, new_computer: NewComputer
) -> None:
    with FaultProxy(cloud.url) as proxy:
        site.endpoint = proxy.url
        site.write(endpoint=proxy.url)
        computer = new_computer()
        computer.rounds(20)
        away = Rule(Fault.STATUS, method="PUT", status=500)
        site.file.write_text(site.file.read_text())
        computer.desk.store.http.patience = replace(computer.desk.store.http.patience, attempts=1)
        proxy.rules.append(away)
        computer.write(NOTES, b"while it was away")
        computer.rounds(40)
        assert "does not answer" in computer.problem or "answers with an error" in computer.problem
        assert not computer.status["all_saved"]
        assert 3 <= away.used <= 40, "tried again, later and later"
        proxy.rules.clear()
        computer.rounds(35)
        assert computer.home[NOTES] == b"while it was away"
        assert computer.problem == ""
        assert computer.told[-1] == "reaching: saving goes on" or computer.told[-2] == "reaching: saving goes on"
        computer.watched.end()


def test_while_somebody_else_here_saves_the_saver_waits_for_its_turn(computer: Computer) -> None:
    from launcher.saving.turns import turn

    with turn(computer.site.state, computer.record.id):
        computer.rounds(20)
        assert computer.home == {}
        assert computer.problem == "", "that is nothing to tell"
    computer.rounds(5)
    assert set(computer.home) == {"config.yaml", LABELS, NOTES}


def test_changes_outside_the_project_and_in_our_own_corner_are_nobodys_business(
    computer: Computer, tmp_path: Path
) -> None:
    computer.rounds(20)
    told = len(computer.told)
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"x")
    computer.watched.look(computer.record, [outside, computer.record.dir])
    computer.rounds(20)
    assert len(computer.told) == told
    assert set(computer.home) == {"config.yaml", LABELS, NOTES}


@pytest.mark.parametrize("goes", ["before the rest is saved", "after it"])
def test_a_batch_that_is_saved_after_a_save_that_had_to_stop_says_nothing_of_the_rest(
    behind: tuple[Computer, FaultProxy], goes: str
) -> None:
    computer, proxy = behind
    computer.rounds(IDLE_S + 5)  # the lease is given back
    computer.write(NOTES, b"only the disk knows")
    proxy.rules.append(Rule(Fault.REFUSED, path="*/lease/*", method="PUT", status=403))
    computer.rounds(20)
    assert computer.problem
    proxy.rules.clear()
    later = FIRST + b"img000.png,1,2\n"
    computer.write(LABELS, later)
    while computer.home[LABELS] != later:
        computer.write(NOTES, b"only the disk knows at %d" % computer.now)
        computer.rounds(1)
    assert computer.home[NOTES] == b"by hand"
    if goes == "after it":
        computer.rounds(20)
    shutil.move(computer.record.dir, computer.site.folder / "another disk")
    rows = computer.desk.status(None)
    assert [row["all_saved"] for row in rows] == ([False] if goes == "before the rest is saved" else [])


PICTURE, WIDE = "labeled-data/mouse/img007.png", 9 * 1024 * 1024


def goes_ahead(computer: Computer, path: str, data: bytes) -> None:
    """It is written, goes quiet, and its parts are in the bucket, where nobody sees them; its turn has not come."""
    before = computer.home.get(path)
    computer.write(path, data)
    computer.rounds(SCAN_EVERY_S + 9)
    until(lambda: not computer.watched.is_hanging, 20)
    assert computer.home.get(path) == before
    assert open_uploads(computer.site) == [f"person/projects/{computer.record.id}/{path}"]


@pytest.fixture
def behind(new_computer: NewComputer, cloud: SeaweedFS, site: Site) -> Iterator[tuple[Computer, FaultProxy]]:
    """A computer whose project is saved, and the proxy before its server."""
    with FaultProxy(cloud.url) as proxy:
        site.write(endpoint=proxy.url)
        computer = new_computer()
        computer.rounds(20)
        yield computer, proxy


def test_what_went_ahead_is_put_together_in_its_turn_and_not_sent_again(behind: tuple[Computer, FaultProxy]) -> None:
    computer, proxy = behind
    wide = Random(1).randbytes(WIDE)
    goes_ahead(computer, NOTES, wide)
    computer.rounds(3)
    assert computer.home[NOTES] == wide
    assert proxy.count("PUT", "*/notes.txt?*partNumber=*") == 1
    assert open_uploads(computer.site) == []
    assert computer.status["all_saved"]


def test_a_half_that_went_ahead_replaces_nothing(computer: Computer) -> None:
    good = png(Random(1), 1000)
    computer.write(PICTURE, good)
    computer.rounds(20)
    whole = png(Random(2), WIDE)
    goes_ahead(computer, PICTURE, whole[:-100])
    computer.rounds(3)
    assert computer.home[PICTURE] == good
    assert "cut off" in computer.desk.journal.items_at(computer.record.id, [PICTURE])[PICTURE].cause
    computer.write(PICTURE, whole)
    for _ in range(2):
        computer.rounds(SCAN_EVERY_S + 9)
        until(lambda: not computer.watched.is_hanging, 20)
    assert computer.home[PICTURE] == whole
    assert open_uploads(computer.site) == []


@pytest.mark.parametrize("then", [5000, WIDE])
def test_a_file_that_changes_after_it_went_ahead_is_saved_as_it_is(computer: Computer, then: int) -> None:
    computer.rounds(20)
    goes_ahead(computer, NOTES, Random(1).randbytes(WIDE))
    last = Random(2).randbytes(then)
    computer.write(NOTES, last)
    for _ in range(2):
        computer.rounds(SCAN_EVERY_S + 9)
        until(lambda: not computer.watched.is_hanging, 20)
    assert computer.home[NOTES] == last
    assert open_uploads(computer.site) == []


def test_what_is_written_again_while_its_parts_go_goes_as_one_piece(behind: tuple[Computer, FaultProxy]) -> None:
    computer, proxy = behind
    slow = Rule(Fault.DELAY, path="*partNumber=*", method="PUT", seconds=2)
    proxy.rules.append(slow)
    computer.write(NOTES, Random(1).randbytes(WIDE))
    computer.rounds(SCAN_EVERY_S + 9)
    until(lambda: slow.used > 0, 20)
    last = Random(2).randbytes(WIDE)
    computer.write(NOTES, last)
    until(lambda: not computer.watched.is_hanging, 20)
    computer.rounds(SCAN_EVERY_S + 9)
    assert computer.home[NOTES] == last
    assert slow.used == 1
    assert open_uploads(computer.site) == []
