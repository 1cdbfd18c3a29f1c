"""Open, watch, adopt, stop: the program's commands, a real screen, and pose tools with character."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from launcher.cli.main import main
from launcher.journal import Journal
from launcher.journal.run_records import RunRecord, RunRecords
from launcher.runs.keeper import birth
from launcher.runs.screen import Window, of_process
from launcher.runs.screen_x11 import X11Screen
from tests.conftest import ROOT, SHARED, Site
from tests.display import running_display
from tests.fakes.installed import FakeTools
from tests.unit.tools.made_projects import CONFIG

NAME = "minimal_instance"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with running_display() as name:
        yield name


@dataclass
class Computer:
    """One with a screen, a SLEAP of ours, and a project in a folder."""

    tools: FakeTools
    state: Path
    project: Path
    display: str
    capsys: pytest.CaptureFixture[str]

    def call(self, *arguments: str | Path) -> tuple[int, str, str]:
        """A command in this process: exit code, data, messages."""
        code = main(["--state-dir", str(self.state), *map(str, arguments)])
        return code, *self.capsys.readouterr()

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """Its document."""
        ended, out, err = self.call(*arguments, "--json")
        assert ended == code, err
        return json.loads(out)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        command = [sys.executable, "-m", "launcher", "--state-dir", str(self.state), *map(str, arguments)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), text=True, **pipes)  # type: ignore[call-overload, no-any-return]

    def rows(self) -> list[Any]:
        """`runs --json`."""
        listed: list[Any] = self.json("runs")["runs"]
        return listed

    def windows(self, pid: int) -> list[Window]:
        """What the window system says about a process."""
        screen = X11Screen(self.display)
        try:
            return of_process(screen.windows(), pid)
        finally:
            screen.close()


@pytest.fixture
def computer(
    tmp_path: Path, display: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Computer]:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("POSE_LAUNCHER_TOOLS_DIR", str(tmp_path / "tools"))
    monkeypatch.delenv("POSE_LAUNCHER_SITE", raising=False)
    project = tmp_path / "lab" / f"{NAME}.slp"
    project.parent.mkdir()
    shutil.copy(next((SHARED / "sleap-samples").rglob(f"{NAME}*.slp")), project)
    here = Computer(FakeTools(tmp_path / "tools"), tmp_path / "state", project, display, capsys)
    here.tools.install_sleap("opens")
    yield here
    left = [process for file in here.state.glob("runs/*/started.json") for process in _processes(file)]
    for process in left:
        process.kill()
    psutil.wait_procs(left, 10)


def _processes(file: Path) -> list[psutil.Process]:
    told = json.loads(file.read_text())
    alive = [
        told[name]
        for name in ("pid", "keeper")
        if birth(told[name]) == told["birth" if name == "pid" else "keeper_birth"]
    ]
    return [psutil.Process(pid) for pid in alive]


def wait_until(come_true: Callable[[], object], within_s: float = 30.0) -> None:
    """Look again and again; fails when it takes too long."""
    pause, until = threading.Event(), time.monotonic() + within_s
    while not come_true():
        assert time.monotonic() < until, "it did not happen in time"
        pause.wait(0.05)


def is_gone(pid: int) -> bool:
    """Ended, whether or not somebody has noticed yet."""
    return not birth(pid)


def test_a_project_that_was_never_staged_opens_and_its_window_is_named(computer: Computer) -> None:
    opened = computer.json("open", computer.project)
    assert opened["window"] == f"{computer.project} - SLEAP v1.6.6"
    assert (opened["tool"], opened["dir"], opened["problem"], opened["exit_code"]) == (
        "sleap", str(computer.project.parent), None, None
    )  # fmt: skip
    assert 0 < opened["seconds_to_window"] < 30
    assert [window.title for window in computer.windows(opened["pid"])] == [opened["window"]]
    (row,) = computer.rows()
    assert (row["run"], row["state"], row["ended"]) == (opened["run"], "running", None)


def test_its_folder_names_it_too(computer: Computer) -> None:
    assert computer.json("open", computer.project.parent)["window"] == f"{computer.project} - SLEAP v1.6.6"


def test_a_folder_of_several_projects_is_asked_back(computer: Computer) -> None:
    shutil.copy(computer.project, computer.project.with_name("other.slp"))
    code, _, err = computer.call("open", computer.project.parent)
    assert code == 2
    assert f"{NAME}.slp, other.slp" in err


def test_a_second_open_brings_the_first_window_forward(computer: Computer) -> None:
    first = computer.json("open", computer.project)
    other = computer.project.with_name("other.slp")
    shutil.copy(computer.project, other)
    assert computer.json("open", other)["run"] != first["run"]
    wait_until(lambda: active_title(computer.display).startswith(str(other)))
    again = computer.json("open", computer.project)
    assert (again["run"], again["pid"]) == (first["run"], first["pid"])
    wait_until(lambda: active_title(computer.display) == first["window"])
    assert len(computer.rows()) == 2


def active_title(display: str) -> str:
    """The title of the window that has the keyboard."""
    answer = subprocess.run(
        ["xdotool", "getactivewindow", "getwindowname"],
        env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return answer.stdout.strip()


def test_of_two_opens_at_once_one_starts_the_tool(computer: Computer) -> None:
    both = [computer.start("open", computer.project, "--json") for _ in range(2)]
    told = [json.loads(process.communicate(timeout=100)[0]) for process in both]
    assert told[0]["run"] == told[1]["run"]
    assert told[0]["pid"] == told[1]["pid"]
    assert len(computer.rows()) == 1


def test_a_window_of_nobody_known_is_found_by_who_connected(computer: Computer) -> None:
    computer.tools.install_sleap("anonymous")
    opened = computer.json("open", computer.project)
    assert opened["window"] == f"{computer.project} - SLEAP v1.6.6"
    assert computer.windows(opened["pid"])[0].pid == opened["pid"]


@pytest.mark.parametrize(("character", "words"), [("never", "does nothing and waits"), ("splash", "“Please wait”")])
def test_a_tool_without_its_window_hangs_and_it_is_said_on_what(computer: Computer, character: str, words: str) -> None:
    computer.tools.install_sleap(character)
    opened = computer.json("open", computer.project, "--patience", "2", code=11)
    assert (opened["state"], opened["window"], opened["exit_code"]) == ("hanging", None, None)
    assert words in opened["problem"]["what"]
    assert f"runs stop {opened['run']}" in opened["problem"]["next"]
    assert not is_gone(opened["pid"])  # the person decides


def test_a_tool_that_asks_for_files_is_no_failure(computer: Computer) -> None:
    computer.tools.install_sleap("asks")
    opened = computer.json("open", computer.project)
    assert (opened["state"], opened["seconds_to_window"]) == ("asking for files", None)
    assert "asks in its window" in opened["problem"]["what"]


def test_a_message_instead_of_the_window_is_told_by_what_the_log_knows(computer: Computer) -> None:
    computer.tools.install_sleap("refuses")
    opened = computer.json("open", computer.project, code=11)
    assert opened["state"] == "asking for files"
    assert "saved by a newer SLEAP, in format 9.9" in opened["problem"]["what"]


def test_an_end_that_only_looks_well_is_told(computer: Computer) -> None:
    computer.tools.install_sleap("bereft")
    opened = computer.json("open", computer.project, code=11)
    assert (opened["state"], opened["exit_code"]) == ("exited", 0)
    assert "The desktop that showed the window of SLEAP went away" in opened["problem"]["what"]


def test_a_crash_is_told_with_its_code_and_its_log(computer: Computer) -> None:
    computer.tools.install_sleap("crashes")
    opened = computer.json("open", computer.project, code=11)
    assert (opened["state"], opened["exit_code"], opened["window"]) == ("crashed", 1, None)
    assert "not known" in opened["problem"]["what"]
    assert "safe" in opened["problem"]["data_safe"]
    assert f"runs log {opened['run']}" in opened["problem"]["next"]
    code, out, _ = computer.call("runs", "log", opened["run"])
    assert code == 0
    assert "ZeroDivisionError: something that nobody has seen before" in out
    assert computer.rows()[0]["exit_code"] == 1


def test_what_a_crash_took_away_is_offered_and_brought_back(computer: Computer) -> None:
    computer.tools.install_sleap("ruins")
    content = computer.project.read_bytes()
    opened = computer.json("open", computer.project, code=11)
    assert opened["exit_code"] == -signal.SIGSEGV
    assert "is gone" in opened["problem"]["next"]
    assert f"runs restore {opened['run']}" in opened["problem"]["next"]
    assert computer.json("runs", "restore", opened["run"])["restored"] == [computer.project.name]
    assert computer.project.read_bytes() == content


def test_nothing_is_put_back_under_an_open_window(computer: Computer) -> None:
    opened = computer.json("open", computer.project)
    computer.project.write_bytes(b"work of now")
    code, _, err = computer.call("runs", "restore", opened["run"])
    assert code == 8
    assert "The project is open" in err
    assert computer.project.read_bytes() == b"work of now"


def test_a_project_that_carries_code_is_opened_only_when_it_is_trusted(computer: Computer) -> None:
    model = computer.project.parent / "models" / "m" / "best.ckpt"
    model.parent.mkdir(parents=True)
    model.write_bytes(pickle.dumps({"weights": 1}))
    refused = computer.start("open", computer.project)
    _, err = refused.communicate(timeout=60)
    assert refused.returncode == 4
    assert "best.ckpt" in err
    assert "--trust" in err
    assert computer.rows() == []
    opened = computer.json("open", computer.project, "--trust")
    computer.json("runs", "stop", opened["run"], "--yes")
    assert computer.json("open", computer.project)["state"] == "running"  # remembered


def test_waiting_ends_with_the_tool(computer: Computer) -> None:
    waiting = computer.start("open", computer.project, "--wait", "--json")
    wait_until(lambda: any(row["state"] == "running" for row in computer.rows()))
    pid = computer.rows()[0]["pid"]
    screen = X11Screen(computer.display)
    screen.close_window(of_process(screen.windows(), pid)[0])
    screen.close()
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert (json.loads(out)["state"], json.loads(out)["exit_code"]) == ("exited", 0)


def test_interrupting_the_wait_leaves_the_tool(computer: Computer) -> None:
    waiting = computer.start("open", computer.project, "--wait")
    wait_until(lambda: any(row["state"] == "running" for row in computer.rows()))
    assert waiting.stderr is not None
    for line in waiting.stderr:
        if "window is there" in line:
            break
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert "The tool goes on running" in err
    assert computer.rows()[0]["state"] == "running"


def test_a_killed_launcher_leaves_a_run_that_the_next_one_adopts(computer: Computer) -> None:
    launcher = computer.start("open", computer.project, "--wait")
    wait_until(lambda: any(row["state"] == "running" for row in computer.rows()))
    launcher.kill()
    launcher.communicate()
    (row,) = computer.rows()
    assert row["state"] == "running"
    again = computer.json("open", computer.project)
    assert (again["run"], again["pid"]) == (row["run"], row["pid"])
    os.kill(row["pid"], signal.SIGTERM)
    wait_until(lambda: computer.rows()[0]["state"] == "crashed")
    assert computer.rows()[0]["exit_code"] == -signal.SIGTERM


def test_a_launcher_killed_before_the_start_does_not_hold_the_project(computer: Computer) -> None:
    first = RunRecord("sleap-1", "sleap", NAME, str(computer.project), "", "2020-01-01T00:00:00Z", "1 long-gone")
    with Journal(computer.state / "journal.sqlite") as journal:
        RunRecords(journal).claim(first)
    assert computer.json("open", computer.project)["run"] != first.run
    assert [row["state"] for row in computer.rows()] == ["running", "ended unseen"]


def test_without_its_keeper_a_tool_goes_on_and_its_end_is_not_known(computer: Computer) -> None:
    opened = computer.json("open", computer.project)
    keeper = json.loads((computer.state / "runs" / opened["run"] / "started.json").read_text())["keeper"]
    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: is_gone(keeper))
    (row,) = computer.rows()
    assert row["state"] == "running"
    assert "How it will end cannot be known" in row["message"]
    os.kill(opened["pid"], signal.SIGKILL)
    wait_until(lambda: is_gone(opened["pid"]))
    (row,) = computer.rows()
    assert (row["state"], row["exit_code"]) == ("ended unseen", None)


def test_stopping_is_asked_first(computer: Computer) -> None:
    opened = computer.json("open", computer.project)
    stopping = computer.start("runs", "stop", opened["run"])
    _, err = stopping.communicate(timeout=60)
    assert stopping.returncode == 4
    assert "Labels not saved in its window would be lost" in err
    assert computer.rows()[0]["state"] == "running"
    (row,) = computer.json("runs", "stop", opened["run"], "--yes")["runs"]
    assert (row["state"], row["exit_code"]) == ("stopped", 0)
    assert is_gone(opened["pid"])


def test_a_tool_that_does_not_listen_is_ended_anyway(computer: Computer) -> None:
    computer.tools.install_sleap("stubborn")
    opened = computer.json("open", computer.project)
    (row,) = computer.json("runs", "stop", opened["run"], "--yes")["runs"]
    assert (row["state"], row["exit_code"]) == ("stopped", -signal.SIGKILL)
    assert is_gone(opened["pid"])


def test_a_tool_that_asks_at_every_close_is_stopped_without_its_question(computer: Computer) -> None:
    computer.tools.install_deeplabcut("questions")
    folder = computer.project.parent / "mice"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    opened = computer.json("open", folder)
    assert (opened["tool"], opened["window"]) == ("deeplabcut", "DeepLabCut - mice")
    (row,) = computer.json("runs", "stop", opened["run"], "--yes")["runs"]
    assert (row["state"], row["exit_code"]) == ("stopped", -signal.SIGTERM)
    assert computer.json("runs", "log", opened["run"])["log"] == ""


def test_what_a_tool_started_ends_with_it(computer: Computer) -> None:
    computer.tools.install_sleap("parent")
    opened = computer.json("open", computer.project)
    children = [
        int(line.split()[1])
        for line in computer.json("runs", "log", opened["run"])["log"].splitlines()
        if "child" in line
    ]
    assert len(children) == 2
    assert not any(is_gone(pid) for pid in children)
    computer.json("runs", "stop", opened["run"], "--yes")
    assert all(is_gone(pid) for pid in children)


def test_the_tool_sees_nothing_of_ours(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    computer.tools.install_sleap("tells")
    for name in ("AWS_SECRET_ACCESS_KEY", "QT_PLUGIN_PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/of-ours")
    opened = computer.json("open", computer.project)
    seen = json.loads(computer.json("runs", "log", opened["run"])["log"].splitlines()[0])
    assert not [name for name, value in seen["environ"].items() if "of-ours" in value]
    assert seen["entries"] == []
    assert seen["cwd"] == str(computer.state / "runs" / opened["run"] / "work")
    log = str(computer.state / "runs" / opened["run"] / "tool.log")
    assert {file for file in seen["files"] if not file.startswith("/proc/")} == {"/dev/null", log}


@pytest.mark.parametrize("display", ["", ":9876", "no-display"], indirect=False)
def test_without_a_screen_it_is_said_before_anything_starts(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, display: str
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    opened = computer.json("open", computer.project, code=11)
    assert opened["run"] is None
    assert "screen" in opened["problem"]["what"]
    assert "DISPLAY" in opened["problem"]["what"] + opened["problem"]["next"]
    assert computer.rows() == []


def test_without_its_environment_it_is_said_how_to_get_it(computer: Computer) -> None:
    shutil.rmtree(computer.tools.root)
    opened = computer.json("open", computer.project, code=11)
    assert "SLEAP is not installed" in opened["problem"]["what"]
    assert "tools install sleap" in opened["problem"]["next"]


def test_another_tool_is_refused_by_name(computer: Computer) -> None:
    code, _, err = computer.call("open", computer.project, "--with", "deeplabcut")
    assert code == 2
    assert "SLEAP project, and DeepLabCut cannot open it" in err
    assert "convert" in err
    assert computer.call("open", computer.project, "--with", "no-such-tool")[0] == 2


def test_what_is_no_project_is_said_so(computer: Computer, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert computer.call("open", tmp_path / "empty")[0] == 10
    assert computer.call("open", tmp_path / "nowhere")[0] == 10
    assert computer.call("runs", "log", "no-such-run")[0] == 10
    assert computer.call("runs", "stop")[0] == 2


def test_a_rehearsal_starts_nothing(computer: Computer) -> None:
    code, out, _ = computer.call("open", computer.project, "--dry-run")
    assert code == 0
    assert f"SLEAP would be started on {computer.project}" in out
    assert computer.rows() == []


def test_a_project_in_s3_is_brought_here_once_and_opened(computer: Computer, site: Site) -> None:
    site.put(f"lab/{NAME}.slp", computer.project.read_bytes())
    flags = ("--site", str(site.file))
    uri = f"{site.data_uri}lab/{NAME}.slp"
    opened = computer.json(*flags, "open", uri)
    assert opened["window"] == f"{opened['dir']}/{NAME}.slp - SLEAP v1.6.6"
    assert Path(opened["dir"]).is_relative_to(computer.state)
    site.s3.delete_object(Bucket=site.data_bucket, Key=f"lab/{NAME}.slp")  # nobody looks there again
    assert computer.json(*flags, "open", uri)["run"] == opened["run"]
    assert computer.json("open", opened["dir"])["run"] == opened["run"]
