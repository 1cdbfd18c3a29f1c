"""Earlier states: as long as the site says, as many as the quota allows, and in the order of the server's time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from launcher.desk import saved_status
from launcher.projects.stage_plan import Profile
from launcher.saving.pruning import Pruning, prune_quietly
from launcher.saving.report import SaveReport
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.projects import png
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project
from tests.unit.saving.test_watched_project import desk_of

PROJECT = small_project(3)
NETWORK = "dlc-models-pytorch/iteration-0/reach-trainset95shuffle1/train/snapshot-best.pt"
PICTURE = "labeled-data/mouse/img000.png"


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Saved in five states, each with its own picture."""
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    with desk_of(site) as desk:
        report = desk.stage(f"{site.data_uri}reaching/", site.folder / "reaching", Profile.ALL, lambda *_: None)
        for number in range(5):
            (report.dir / PICTURE).write_bytes(png(Random(number), 4000))
            record = desk.journal.project(report.project)
            assert record is not None
            desk.save(record, SaveReport(record.id, record.home), lambda *_: None)
    return report.dir


def history(site: Site, kind: str) -> dict[str, bytes]:
    objects = site.objects(site.home_bucket, "person/.pose-launcher/history/")
    return {key: data for key, data in objects.items() if f"/{kind}/" in key}


def pruned(site: Site, folder: Path, days: int, quota: int = 0, keep_days: int = 30) -> str:
    """As the saver does it, so many days from now."""

    with desk_of(site) as desk:
        desk.store.objects.head(desk.home)  # the server has told its time
        later = lambda: desk.store.http.server_time.now() + timedelta(days=days)  # noqa: E731
        return prune_quietly(Pruning(desk.store, desk.journal, desk.home, keep_days, quota, later), project_id(folder))


def states_of(site: Site, folder: Path) -> list[dict[str, Any]]:
    uri = f"{site.home_uri}projects/{project_id(folder)}/"
    states: list[dict[str, Any]] = site.run("restore", uri, "--list", "--json").json["states"]
    return states


def test_without_its_state_a_list_is_not_done_and_the_next_save_keeps_both(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    (folder / PICTURE).write_bytes(png(Random(9), 4000))
    proxy.rules.append(Rule(Fault.REFUSED, "*/states/*", "PUT", status=403))
    assert site.run("save", folder).code != 0
    assert not site.run("status", "--json").json["projects"][0]["all_saved"]
    proxy.rules.clear()
    save(site, folder)
    assert len(history(site, "states")) == 6
    assert site.run("status", "--json").json["projects"][0]["all_saved"]


def test_for_thirty_days_everything_is_kept_and_then_the_newest_state(site: Site, folder: Path) -> None:
    assert (len(history(site, "states")), len(history(site, "contents"))) == (5, 4)
    assert pruned(site, folder, days=29) == ""
    assert (len(history(site, "states")), len(history(site, "contents"))) == (5, 4)
    assert pruned(site, folder, days=40) == ""
    assert (len(history(site, "states")), len(history(site, "contents"))) == (1, 0)
    proof = site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert (proof.code, proof.json["bad"]) == (0, []), "what is saved is not touched"
    assert len(states_of(site, folder)) == 1


def test_one_answer_with_a_wrong_date_makes_nothing_old(site: Site, folder: Path, proxy: FaultProxy) -> None:
    (folder / PICTURE).write_bytes(png(Random(9), 4000))
    proxy.rules.append(Rule(Fault.CLOCK, times=1, seconds=40 * 86400.0))
    save(site, folder)
    assert (len(history(site, "states")), len(history(site, "contents"))) == (6, 5)
    states = [state["at"] for state in states_of(site, folder)]
    assert max(states) < (datetime.now(UTC) + timedelta(days=1)).isoformat()


def test_by_a_damaged_list_nothing_is_deleted_and_that_is_said(site: Site, folder: Path) -> None:
    place = f"person/.pose-launcher/state/{project_id(folder)}.json"
    site.s3.put_object(Bucket=site.home_bucket, Key=place, Body=b"no list")
    said = pruned(site, folder, days=40)
    assert "No earlier state was deleted" in said and place in said
    assert (len(history(site, "states")), len(history(site, "contents"))) == (5, 4)


def test_once_a_day_is_enough(site: Site, folder: Path, proxy: FaultProxy) -> None:
    pruned(site, folder, days=1)
    before = len(proxy.seen)
    pruned(site, folder, days=1)
    assert len(proxy.seen) - before <= 2


def test_over_the_quota_the_oldest_go_first_and_new_work_is_saved_all_the_same(site: Site, folder: Path) -> None:
    held = sum(len(data) for data in site.objects(site.home_bucket, "person/").values())
    oldest = min(
        history(site, "contents"), key=lambda key: site.s3.head_object(Bucket=site.home_bucket, Key=key)["LastModified"]
    )
    assert pruned(site, folder, days=1, quota=held - 1000) == ""
    assert oldest not in history(site, "contents")
    assert pruned(site, folder, days=1, quota=1) == ""
    assert history(site, "contents") == {}
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n")
    save(site, folder)
    assert in_home(site, folder)[LABELS] == (folder / LABELS).read_bytes()
    with desk_of(site) as desk:
        row = saved_status.storage_row(desk)
    assert isinstance(row["used_bytes"], int) and row["used_bytes"] > 10_000


def test_what_the_home_holds_is_known_after_a_first_save_and_counted_on_after_another(site: Site) -> None:
    def used() -> Any:
        return site.run("status", "--json").json["storage"]["used_bytes"]

    def held() -> int:
        return sum(len(data) for data in site.objects(site.home_bucket, "person/").values())

    save(site, bring(site, PROJECT))
    first = used()
    assert abs(held() - first) < 2000, "all of it but what came and went with the lease"
    for path, data in PROJECT.items():
        site.put(f"second/{path}", data)
    assert site.run("stage", f"{site.data_uri}second/").code == 0
    assert site.run("save").code == 0
    assert first < used() and 0.95 * held() < used() <= held(), "the second project, but for the lists about it"


def test_a_network_that_a_person_saved_can_be_brought_back_and_of_an_epochs_one_every_ten_minutes(
    site: Site, folder: Path
) -> None:
    def contents() -> int:
        return len(history(site, "contents"))

    def epoch(number: int) -> None:
        """As the saver saves it: nobody asked for it."""
        (folder / NETWORK).write_bytes(b"epoch %d" % number * 100)
        with desk_of(site) as desk:
            record = desk.journal.project(project_id(folder))
            assert record is not None
            changes, _ = desk.saver().changes(record)
            desk.saver().save(record, SaveReport(record.id, record.home), changes.here)

    (folder / NETWORK).parent.mkdir(parents=True, exist_ok=True)
    (folder / NETWORK).write_bytes(b"of the first training")
    assert site.run("save", folder).code == 0
    (asked_for, *_) = states_of(site, folder)
    before = contents()
    for number in range(4):
        epoch(number)
    assert contents() == before + 2, "what was asked for, and the first of the epochs"
    uri = f"{site.home_uri}projects/{project_id(folder)}/{NETWORK}"
    brought = site.run("restore", uri, "--at", asked_for["at"], "--json")
    assert (brought.code, brought.json["restored"]) == (0, [NETWORK]), brought.err
    assert (folder / NETWORK).read_bytes() == b"of the first training"


def test_without_the_right_to_delete_it_is_said_and_nothing_else_happens(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, method="DELETE", status=403))
    assert "s3:DeleteObject" in pruned(site, folder, days=40)
    assert len(history(site, "states")) == 5


def test_states_are_in_the_order_of_the_server_however_wrong_the_clock_here_is(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    """The server is five hours ahead, and then not any more: a later save is a later state all the same."""
    known = len(states_of(site, folder))
    ahead = Rule(Fault.CLOCK, seconds=5 * 3600)
    proxy.rules.append(ahead)
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img051.png,1.5,2.5\n")
    save(site, folder)
    status = site.run("status", "--json").json["clock"]
    assert status["skew_seconds"] == pytest.approx(-5 * 3600, abs=60)
    assert "300 minutes slow" in status["message"]
    assert "300 minutes slow" in site.run("status").err
    proxy.rules.clear()
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img052.png,1.5,2.5\n")
    save(site, folder)
    states = states_of(site, folder)
    assert len(states) == known + 2
    moments = [datetime.fromisoformat(state["at"]) for state in states]
    assert moments[0] > moments[1] > moments[2] + timedelta(hours=4)
    assert site.run("status", "--json").json["clock"]["message"] == ""


def test_what_was_done_is_written_down_in_the_bucket(site: Site, folder: Path) -> None:
    (folder / LABELS).write_bytes(b"labels,that are no table\n\x00")
    (folder / "notes.txt").write_bytes(b"by hand")
    saved = site.run("save", folder, "--json")
    assert saved.code == 4, saved.err
    trail = site.objects(site.home_bucket, f"person/.pose-launcher/audit/{project_id(folder)}/")
    newest = trail[max(trail)].decode()
    rows = {row["path"]: row for row in map(json.loads, newest.splitlines())}
    (told,) = saved.json["saved"]
    assert rows["notes.txt"]["outcome"] == "saved"
    assert {name: rows["notes.txt"][name] for name in ("key", "version", "checksum")} == {
        name: told[name] for name in ("key", "version", "checksum")
    }
    assert rows[LABELS]["outcome"] == "failed" and rows[LABELS]["cause"]
    assert site.secret_key not in newest
    assert all(datetime.fromisoformat(row["at"]) for row in rows.values())
