"""The commands on the real tools' environments: what a person sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.runs.environments import Environments, Installed
from tests.conftest import Site
from tests.scenario.watching import until

pytestmark = pytest.mark.tools

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tool_environments: Environments, tmp_path: Path) -> Command:
    """`pose-launcher tools …` on the shared environments; keywords are environment variables."""

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "launcher", "--state-dir", str(tmp_path / "state"), "tools", *arguments]
        shared = {"POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}
        return subprocess.run(
            argv, env={**os.environ, **shared, **environ}, capture_output=True, text=True, timeout=240, check=False
        )

    return run


def test_both_tools_work_and_say_on_what(command: Command, tool_environments: Environments) -> None:
    done = command("check", "sleap", "deeplabcut", "--json")
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout)["tools"]:
        installed = tool_environments.require(row["id"])
        assert row["installed"] and row["version"] == installed.version and row["python"] == str(installed.python)
        assert row["gpu"] is row["torch"]["available"]
        assert row["message"].startswith("works on ")
        assert ("TEST SHIM" in row["message"]) == bool(installed.shims)


def test_the_list_is_quick_and_names_what_is_special(command: Command, sleap: Installed) -> None:
    done = command()
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SLEAP")]
    assert sleap.version in line and "GB" in line
    assert ("CPU set" in line) == (sleap.variant == "cpu") and ("TEST SHIM" in line) == bool(sleap.shims)


def test_a_dry_run_says_what_would_be_done(command: Command, tmp_path: Path, sleap: Installed) -> None:
    done = command("install", "sleap", "--dry-run", POSE_LAUNCHER_TOOLS_DIR=str(tmp_path / "tools"))
    assert done.returncode == 0, done.stderr
    assert f"{sleap.version} " in done.stdout and f"would be installed in {tmp_path / 'tools'}" in done.stdout
    assert not (tmp_path / "tools").exists()
    assert f"would be removed: {sleap.folder}" in command("remove", "sleap", "--dry-run").stdout
    assert sleap.python.exists()


def test_finding_a_tool_costs_next_to_nothing(tool_environments: Environments) -> None:
    began = time.process_time()
    for _ in range(100):
        assert tool_environments.find("sleap")
    assert (time.process_time() - began) / 100 < 0.005


def test_the_shim_is_still_there_after_a_new_start_and_says_so(sleap: Installed) -> None:
    if not sleap.shims:
        assert not list(sleap.folder.rglob("pose_launcher_test_shim*"))
        return
    done = subprocess.run([sleap.python, "-I", "-c", "import torchvision"], capture_output=True, text=True, check=True)
    assert "TEST SHIM: torchvision's compiled operators are declared, not there" in done.stderr


def test_a_package_registry_that_is_away_is_said(command: Command, tmp_path: Path) -> None:
    away = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_EXTRA_INDEX_URL": "", "NO_PROXY": "127.0.0.1"}
    done = command("install", "sleap", POSE_LAUNCHER_TOOLS_DIR=str(tmp_path / "tools"), **away)
    assert done.returncode == 12
    assert "The package registry does not answer" in done.stderr and "run the command again" in done.stderr
    assert "Traceback" not in done.stderr
    assert Environments(tmp_path / "tools").find("sleap") is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "sleap", "--version", "0.1"], 10, "sleap 0.1"),
        (["remove", "sleap", "--version", "0.1"], 10, "tools install sleap"),
        (["install", "rat"], 2, "There is no such pose tool: rat"),
        (["install"], 2, "No pose tool was named"),
        (["list", "rat"], 2, "There is no such pose tool: rat"),
        (["remove", "lightning_pose", "--dry-run", "--version", "0.1"], 10, "not installed here"),
    ],
)
def test_what_cannot_be_done_is_said(command: Command, arguments: list[str], code: int, words: str) -> None:
    done = command(*arguments)
    assert done.returncode == code
    assert words in done.stderr and "Traceback" not in done.stderr


def test_doctor_asks_each_tools_torch_for_its_gpus(site: Site, tool_environments: Environments) -> None:
    """Slow at first on a small computer, and known from then on."""
    shared = {"POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}

    def said() -> dict[str, str]:
        checks = site.run("doctor", "--json", environ=shared).json["checks"]
        return {
            check["name"]: check["message"] for check in checks if check["name"] in ("tool SLEAP", "tool DeepLabCut")
        }

    until(lambda: not any(message.startswith("slow") for message in said().values()), 240)
    for message in said().values():
        assert "its torch 2." in message, message
        assert "for the processor only" in message or "sees" in message
