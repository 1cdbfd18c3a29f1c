"""A training that a cut-off ended goes on at the next computer, from its last checkpoint, when the person says so."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from launcher.desk.unfinished import checkpoint_in, row, trainings_of, unfinished
from launcher.journal import ProjectRecord
from launcher.runs.jobs import Job, JobLook, JobState
from tests.conftest import ROOT, Site
from tests.scenario.a_stream import stream
from tests.scenario.test_doctor_faults import install
from tests.scenario.watching import until, watching

SAMPLE = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
MODEL = "dlc-models-pytorch/iteration-0/openJan15-trainset80shuffle1"
FILE = "person/.pose-launcher/person/queue.json"


def test_a_training_that_was_cut_off_goes_on_at_the_next_computer(site: Site) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    site.environ |= stream(site, "s-1")
    folder = Path(site.run("stage", f"{site.data_uri}{SAMPLE.name}/", "--json").json["dir"])
    install(site, "deeplabcut", "exec sleep 600")
    split = site.folder / "split.json"
    names = [
        f"labeled-data/{picture.parent.name}/{picture.name}" for picture in sorted(SAMPLE.glob("labeled-data/*/*.png"))
    ]
    split.write_text(json.dumps({"schema": 1, "names": names[:5], "train": [0, 1, 2], "validation": [3], "test": [4]}))
    run = site.run("train", folder, "--epochs", "7", "--split", split, "--trust", "--json").json["run"]
    before = json.loads((site.state / "jobs" / run / "description.json").read_text())
    snapshots = folder / MODEL / "train"
    snapshots.mkdir(parents=True)
    for epoch in (2, 10):
        (snapshots / f"snapshot-{epoch:03}.pt").write_bytes(b"weights %d" % epoch)
    answer = {"model": str(folder / MODEL), "finished": False}
    (site.state / "jobs" / run / "answer.json").write_text(json.dumps(answer))
    with watching(site):
        until(lambda: MODEL in site.objects(site.home_bucket, FILE).get(FILE, b"").decode(), 90)
        assert site.run("save", folder).code == 0
    os.kill(pid_of(site, run), signal.SIGKILL)

    rows = json.loads(site.objects(site.home_bucket, FILE)[FILE])
    lost = {**rows["trainings"][0], "project": "gone-00000000", "name": "gone", "run": "train-of-what-is-gone"}
    rows["trainings"].insert(0, lost)
    site.s3.put_object(Bucket=site.home_bucket, Key=FILE, Body=json.dumps(rows).encode())

    other = site.another_computer()
    other.environ |= stream(other, "s-2")
    last = other.run("last-session", "--json").json
    assert last["session"], last
    assert [(row["run"], row["epochs"]) for row in last["trainings"]] == [(lost["run"], 7), (run, 7)]
    install(other, "deeplabcut", "exec sleep 600")
    queued = other.run("queue", "--continue", "--trust", "--json")
    assert queued.code == 10 and "gone-00000000" in queued.err, "told, and the others go on"
    (begun,) = queued.json["runs"]
    told = json.loads((other.state / "jobs" / begun["run"] / "description.json").read_text())
    assert told["epochs"] == 7
    assert (told["split"], told["frames"]) == (before["split"], before["frames"]), "the same frames on each side"
    assert Path(told["resume"]).read_bytes() == b"weights 10", "the last one, on this computer"
    assert Path(told["resume"]).is_relative_to(other.folder)
    until(lambda: pid_of(other, begun["run"]) > 0, 30)
    os.kill(pid_of(other, begun["run"]), signal.SIGKILL)
    again = other.run("queue", "--continue", "--json")
    assert (again.code, again.json["runs"]) == (10, []), "once is enough, and what was not begun is offered again"


def pid_of(site: Site, run: str) -> int:
    (row,) = (row for row in site.run("runs", "--json").json["runs"] if row["run"] == run)
    return int(row["pid"] or 0)


def look(state: JobState, task: str = "train", folder: str = "/scratch/p", model: str = "") -> JobLook:
    job = Job("r1", "sleap", task, "p", f"{folder}/p.slp", folder, 1.0, {"epochs": 3, "models": "/elsewhere"})
    return JobLook(job, state, None, None, None, None, {"model": model} if model else {}, None)


@pytest.mark.parametrize(
    ("one", "models"),
    [
        (look(JobState.QUEUED), [""]),
        (look(JobState.RUNNING, model="/scratch/p/models/m"), ["models/m"]),
        (look(JobState.STOPPED, model="/other/m"), [""]),
        (look(JobState.UNKNOWN), [""]),
        (look(JobState.EXITED), []),
        (look(JobState.CRASHED), []),
        (look(JobState.QUEUED, task="infer"), []),
        (look(JobState.QUEUED, folder="/scratch/unknown"), []),
    ],
)
def test_what_is_unfinished_is_told_without_anything_of_this_computer(one: JobLook, models: list[str]) -> None:
    record = ProjectRecord("p-0badcafe", "s3://b/p/", "p", "sleap", "p.slp", Path("/scratch/p"), "s3://h/p/")
    found = unfinished([one], "s1", [record])
    assert [row.model for row in found] == models
    assert all(dict(row.settings) == {"epochs": 3} and row.project == "p-0badcafe" for row in found)


@pytest.mark.parametrize("model", ["", "/etc", "../other", "models/../../other"])
def test_a_checkpoint_outside_the_project_is_none(tmp_path: Path, model: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "last.ckpt").write_bytes(b"x")
    (tmp_path / "project").mkdir()
    assert checkpoint_in(tmp_path / "project", model) is None
    assert checkpoint_in(tmp_path, "other") == tmp_path / "other" / "last.ckpt"


GOOD = {"session": "s", "project": "p-0badcafe", "name": "p", "run": "train-1", "settings": {"epochs": 7}, "model": "m"}


@pytest.mark.parametrize(
    "odd",
    [
        {"settings": []},
        {"settings": {"epochs": "7"}},
        {"settings": {"epochs": None}},
        {"project": 7},
        {"name": None},
        {"run": ["train-1"]},
    ],
    ids=str,
)
def test_a_row_that_makes_no_sense_hides_no_other_training(odd: dict[str, object]) -> None:
    """Others may write there, too; and what a later launcher adds to a row is no reason to forget it."""
    rows = [{**GOOD, **odd}, 7, {**GOOD, "of a later launcher": 1, "settings": {"epochs": 7, "more": []}}]
    (found,) = trainings_of(json.dumps({"trainings": rows}).encode())
    assert row(found) == {"project": "p-0badcafe", "name": "p", "run": "train-1", "epochs": 7}
    assert found.settings == {"epochs": 7}


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"{}", b'{"trainings": 7}', b'{"trainings": null}', b"[" * 100_000])
def test_what_is_no_list_of_trainings_names_none(nonsense: bytes) -> None:
    assert trainings_of(nonsense) == []
