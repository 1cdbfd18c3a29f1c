"""A working week in the stream: log in, bring, change, be cut off at some moment, log in elsewhere, go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, small_project, until
from tests.simulated_stream import Machine, SimulatedStream

PROJECT = small_project(3)
PICTURE = next(path for path in PROJECT if path.endswith(".png"))
FIRST, SECOND, THIRD = (PROJECT[LABELS] + b"labeled-data/mouse/img090.png,%d.5,2.5\n" % number for number in (1, 2, 3))
#: A label file is durable ten seconds after it went quiet; a busy computer gets more.
LABELS_SAVED_S = 120


@pytest.fixture
def stream(site: Site, tmp_path_factory: pytest.TempPathFactory) -> SimulatedStream:
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    return SimulatedStream(site, tmp_path_factory.mktemp("stream"))


def bring(machine: Machine, uri: str) -> Path:
    staged = machine.person.run("stage", uri, "--json")
    assert staged.code == 0, staged.err
    return Path(staged.json["dir"])


def change(folder: Path, data: bytes) -> None:
    owner = folder.stat()
    (folder / LABELS).write_bytes(data)
    assert owner.st_uid == folder.stat().st_uid


def saved_labels(site: Site) -> bytes | None:
    found = site.objects(site.home_bucket, "person/projects/")
    return next((data for key, data in found.items() if key.endswith(LABELS)), None)


def saved_project(site: Site) -> str:
    """Its address in the home prefix."""
    (state,) = site.objects(site.home_bucket, "person/.pose-launcher/state/")
    return f"{site.home_uri}projects/{Path(state).stem}/"


# The moments of a cut-off: what happens on the machine up to then, after the first change was saved.


def while_bringing(machine: Machine, folder: Path) -> None:
    """Another copy of the project is on its way."""
    process = machine.begin("stage", f"{machine.person.data_uri}reaching/", machine.person.folder / "again")
    until(lambda: (machine.person.folder / "again").exists() or process.poll() is not None, 30)


def just_changed(machine: Machine, folder: Path) -> None:
    change(folder, SECOND)


def when_the_saver_has_seen_it(machine: Machine, folder: Path) -> None:
    change(folder, SECOND)
    time.sleep(10)  # the moment itself is what this is about: files count as quiet then


def while_one_click_saves(machine: Machine, folder: Path) -> None:
    change(folder, SECOND)
    process = machine.begin("save")
    spool = folder / ".pose-launcher" / "spool"
    until(lambda: spool.exists() or process.poll() is not None, 30)


def as_the_end_begins(machine: Machine, folder: Path) -> None:
    change(folder, SECOND)
    ending = machine.script("pose-launcher-end.sh")
    assert ending.stdout is not None
    assert "The session ends" in ending.stdout.readline()


def when_the_list_is_there(machine: Machine, folder: Path) -> None:
    as_the_end_begins(machine, folder)
    site = machine.person
    until(lambda: bool(site.objects(site.home_bucket, "person/.pose-launcher/sessions/")), 40)


Moment = Callable[[Machine, Path], None]


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(while_bringing, marks=pytest.mark.long),
        just_changed,
        pytest.param(when_the_saver_has_seen_it, marks=pytest.mark.long),
        pytest.param(while_one_click_saves, marks=pytest.mark.long),
        pytest.param(as_the_end_begins, marks=pytest.mark.long),
        pytest.param(when_the_list_is_there, marks=pytest.mark.long),
    ],
)
def test_after_a_cut_off_at_any_moment_the_next_machine_goes_on(
    site: Site, stream: SimulatedStream, moment: Moment
) -> None:
    with stream.log_in() as first:
        facts = first.person.run("session", "--json").json
        assert (facts["user"], facts["session_id"], facts["fleet"]) == ("ann@x.org", first.session, "pose-fleet")
        assert facts["limits"][0]["name"] == "maximum"
        folder = bring(first, f"{site.data_uri}reaching/")
        change(folder, FIRST)
        saved = first.person.run("save", folder)
        assert saved.code == 0, saved.err
        moment(first, folder)
        first.destroy()
        assert not folder.exists()

    assert saved_labels(site) in (FIRST, SECOND), "what was saved is there, and nothing is torn"
    with stream.log_in() as second:
        folder = bring(second, saved_project(site))
        assert (folder / LABELS).read_bytes() in (FIRST, SECOND)
        assert (folder / PICTURE).read_bytes() == PROJECT[PICTURE]
        assert second.person.run("verify", "--json").json["bad"] == []
        change(folder, THIRD)
        # Nobody can know that a machine is gone which was cut off while it wrote: this waits until it is sure.
        again = second.person.run("save", folder)
        assert again.code == 0, again.err
        out = stream.terminate(second)
        assert "everything is saved" in out, out
    conflicts = [key for key in site.objects(site.home_bucket) if "(conflict" in key]
    assert conflicts == [], "the same person on another machine is no other person"
    assert saved_labels(site) == THIRD, out


def test_the_saver_keeps_up_without_a_click_and_a_home_folder_that_comes_late_is_told(
    site: Site, stream: SimulatedStream
) -> None:
    with stream.log_in() as machine:
        folder = bring(machine, f"{site.data_uri}reaching/")
        change(folder, FIRST)

        def home_folder() -> str:
            rows = machine.person.run("places", "--json").json["places"]
            return next(str(row["state"]) for row in rows if row["kind"] == "home-folder")

        assert home_folder() == "mounting"
        machine.mount_home_folder()
        assert home_folder() == "ready"
        until(lambda: saved_labels(site) == FIRST, LABELS_SAVED_S)
    assert saved_labels(site) == FIRST


def test_a_quick_end_is_complete_and_nothing_is_left(site: Site, stream: SimulatedStream) -> None:
    with stream.log_in() as machine:
        folder = bring(machine, f"{site.data_uri}reaching/")
        change(folder, FIRST)
        out = stream.terminate(machine, seconds=60)
        assert "everything is saved" in out
        assert machine.processes() == []
    (told,) = site.objects(site.home_bucket, "person/.pose-launcher/sessions/").values()
    assert json.loads(told)["state"] == "complete"
    assert not folder.exists()


#: The service's own limit is 60 s; what is shown here does not depend on it.
SHORT_END_S = 15


def test_an_end_that_takes_too_long_is_killed_and_leaves_its_list(site: Site, stream: SimulatedStream) -> None:
    """Files do not get through at the end. The list of them does, before the service kills the script."""
    with FaultProxy(site.endpoint) as proxy, stream.log_in() as machine:
        folder = bring(machine, f"{site.data_uri}reaching/")
        change(folder, FIRST)
        assert machine.person.run("save", folder).code == 0
        machine.person.write(endpoint=proxy.url)
        proxy.rules.append(Rule(Fault.DELAY, path="*/projects/*", method="PUT", seconds=120))
        change(folder, SECOND)
        out = stream.terminate(machine, seconds=SHORT_END_S)
        assert "The session ends; 1 project is" in out
        assert "everything is saved" not in out, "it was killed before it could say anything that is not so"
        assert proxy.rules[0].used, "files were on their way"
        assert machine.processes() == []
    (told,) = site.objects(site.home_bucket, "person/.pose-launcher/sessions/").values()
    listed = json.loads(told)
    assert listed["state"] != "complete"
    assert [row["path"] for row in listed["missing"]] == [LABELS]
    assert saved_labels(site) == FIRST, "what was saved before is whole"
    with stream.log_in() as second:
        last = second.person.run("session", "last", "--json").json["last"]
        assert [row["path"] for row in last["missing"]] == [LABELS], "and the next machine names it"
