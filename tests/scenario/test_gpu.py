"""`gpu` as a person or a script calls it: on this computer whatever it has, and on replayed drivers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from launcher import errors
from launcher.cli.main import main
from launcher.gpu.verdict import Code
from launcher.journal import Journal, ProjectRecord
from launcher.journal.run_records import RunRecords
from launcher.runs.runs import Runs
from launcher.tools.running import Command
from tests.conftest import ROOT
from tests.fixtures.nvml.replay import ReplayedNvml, replayed, trace

T = TypeVar("T")

CONTRACT = {"driver", "cuda", "devices", "verdict", "reason"}
OF_A_DEVICE = {
    "index", "name", "memory_total", "memory_used", "utilization", "temperature", "power", "throttle", "processes"
}  # fmt: skip
BUSY = (
    "A10G is busy (100 %) with a program (process 9004242), which was not started here. "
    "Training will share it and take longer."
)


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


def command(state: str, *flags: str) -> list[str]:
    return [sys.executable, "-m", "launcher", "--state-dir", state, "gpu", *flags]


def test_on_this_computer_it_ends_well_and_says_something(state: str) -> None:
    done = subprocess.run(command(state, "--json"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert told.keys() >= CONTRACT
    assert told["verdict"] in list(Code)
    assert told["reason"].endswith(".")
    assert done.stderr == ""


def watched(command: list[str], lines: int) -> list[str]:
    """The first lines of a command that goes on until it is interrupted, which is no accident."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None and watching.stderr is not None
        told = [watching.stdout.readline() for _ in range(lines)]
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == errors.INTERRUPTED
        assert "Traceback" not in watching.stderr.read()
    return told


def test_a_script_watches_one_document_a_line(state: str) -> None:
    for line in watched(command(state, "--watch", "--json"), 2):
        assert json.loads(line).keys() >= CONTRACT


def test_a_person_watches_the_verdict_and_then_one_line_a_second(state: str) -> None:
    verdict, *seconds = watched(command(state, "--watch"), 3)
    assert verdict.endswith(".\n")
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in seconds)


def told(
    driver: str, state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *flags: str
) -> str:
    """What the command prints on a computer with this driver."""
    monkeypatch.setitem(sys.modules, "pynvml", replayed(driver))
    assert main(["--state-dir", state, "gpu", *flags]) == 0
    return capsys.readouterr().out


def test_a_person_reads_the_verdict_first(
    state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told("two", state, monkeypatch, capsys).splitlines() == [
        BUSY,
        "Driver 580.65.06, CUDA up to 13.0",
        "0: A10G 0 % 0.4 of 22.5 GiB, 30 °C, 17 W",
        "1: A10G 100 % 8.8 of 22.5 GiB, 70 °C, 210 W, at its power limit",
        "     a program (process 9004242), 8.4 GiB, compute",
    ]


def test_parts_of_a_divided_card_are_told_apart(
    state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told("mig", state, monkeypatch, capsys).splitlines()
    assert [line.partition(":")[0] for line in lines if "MIG" in line][1:] == ["0 part 0", "0 part 2"]


@pytest.mark.parametrize("driver", ["training", "two", "mig", "fractional", "old_driver", "lost"])
def test_a_script_finds_every_key(
    driver: str, state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(told(driver, state, monkeypatch, capsys, "--json"))
    assert document.keys() >= CONTRACT and document["devices"]
    for device in document["devices"]:
        assert device.keys() >= OF_A_DEVICE
        assert all(row.keys() >= {"pid", "name", "memory", "tool"} for row in device["processes"])


@pytest.mark.parametrize("driver", ["no_driver", "driver_mismatch", "no_permission", "no_device"])
def test_no_gpu_is_an_answer_like_another(
    driver: str, state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(told(driver, state, monkeypatch, capsys, "--json"))
    assert document["devices"] == []
    assert document["verdict"] == driver
    assert document["reason"]


PROJECT = ProjectRecord("fly-1", "s3://data/fly/", "fly", "sleap", "fly.slp", Path("fly"), "s3://home/fly/")


@pytest.fixture
def run_of_sleap(state: str) -> Iterator[int]:
    """The number of a process that was started as SLEAP and does nothing."""
    with Journal(Path(state) / "journal.sqlite") as journal:
        runs = Runs(RunRecords(journal), Path(state) / "runs")
        record, _ = runs.claim(PROJECT, "sleap")
        runs.start(record, Command([sys.executable, "-c", "import time; time.sleep(120)"]), os.environ)
        started = until(lambda: runs.folder(record.run).started())
        yield started.pid
        psutil.Process(started.pid).kill()
        until(lambda: runs.folder(record.run).outcome())


def until(ask: Callable[[], T | None]) -> T:
    """What it answers once it answers."""
    deadline = time.monotonic() + 60
    while (answer := ask()) is None:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    return answer


def test_a_tool_that_was_started_here_is_named(
    run_of_sleap: int, state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_work = trace("two")
    rows = at_work["frames"][0]["nvmlDeviceGetComputeRunningProcesses_v3(gpu1)"]["rows"]
    rows[0]["pid"] = run_of_sleap
    monkeypatch.setitem(sys.modules, "pynvml", ReplayedNvml(at_work))
    assert main(["--state-dir", state, "gpu", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (program,) = document["devices"][1]["processes"]
    assert (program["pid"], program["tool"]) == (run_of_sleap, "sleap")
    assert (document["verdict"], document["reason"]) == ("tool_on_gpu", "SLEAP uses A10G.")


def test_a_journal_that_cannot_be_opened_costs_only_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "state"
    (blocked / "journal.sqlite").mkdir(parents=True)
    assert json.loads(told("two", str(blocked), monkeypatch, capsys, "--json"))["verdict"] == "busy_with_another"
