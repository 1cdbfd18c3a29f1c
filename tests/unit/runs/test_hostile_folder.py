"""A project's folder that is full of traps: nothing in it is picked up by us or by a tool's start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import launcher
from launcher.runs.isolation import clean_environment
from launcher.runs.process import RunFolder, start
from tests.unit.runs.test_keeper import ended

ROOT = Path(launcher.__file__).parents[1]
#: Modules that we, our libraries or a tool import, and that a folder on the import path would give instead.
TRAPS = (
    "sitecustomize",
    "usercustomize",
    "torch",
    "numpy",
    "json",
    "psutil",
    "platformdirs",
    "argparse",
    "sqlite3",
    "Xlib",
    "yaml",
    "collections",
    "runpy",
    "importlib",
    "pkgutil",
    "installer",
    "resources",
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Every file tells, by a file beside it, that it was used."""
    folder = tmp_path / "project"
    folder.mkdir()
    tells = f"open({str(tmp_path / 'sprung')!r}, 'a').write(__name__ + '\\n')\n"
    for name in TRAPS:
        (folder / f"{name}.py").write_text(tells)
    (folder / "trap.pth").write_text(f"import sys; {tells}")
    for name in ("python", "python3", "python.exe", "sleap-label", "env"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {name} >> {tmp_path / 'sprung'}\n")
        program.chmod(0o755)
    (folder / "qt.conf").write_text(f"[Paths]\nPlugins = {folder}\n")
    (folder / ".env").write_text("AWS_ENDPOINT_URL=http://127.0.0.1:1\n")
    (folder / ".aws").mkdir()
    (folder / ".aws" / "config").write_text(f"[default]\ncredential_process = {folder / 'python'}\n")
    return folder


def sprung(folder: Path) -> list[str]:
    """Which traps caught somebody."""
    told = folder.parent / "sprung"
    return told.read_text().split() if told.exists() else []


def test_the_traps_work(hostile: Path) -> None:
    subprocess.run([sys.executable, "-c", "import torch"], cwd=hostile, check=True, timeout=60)
    assert "torch" in sprung(hostile)


@pytest.mark.parametrize("command", [["runs"], ["tools", "list"], ["open", ".", "--dry-run"]])
@pytest.mark.parametrize("flags", [(), ("-P",)])
def test_the_launcher_started_in_it_picks_up_nothing(
    hostile: Path, tmp_path: Path, flags: tuple[str, ...], command: list[str]
) -> None:
    if not flags:
        for name in ("importlib", "collections"):  # `python -m` itself takes these from the folder, before it takes us
            (hostile / f"{name}.py").unlink()
    # As installed: the program lies in site-packages, the working folder is where the person happens to be.
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "launcher").symlink_to(ROOT / "launcher")
    environ = {**os.environ, "PYTHONPATH": str(packages), "POSE_LAUNCHER_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, *flags, "-m", "launcher", *command],
        cwd=hostile, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 10), done.stderr
    assert sprung(hostile) == []


def test_a_tool_started_on_it_picks_up_nothing(hostile: Path, tmp_path: Path) -> None:
    environ = {
        **os.environ, "PATH": f"{hostile}:.:{os.environ['PATH']}", "PYTHONPATH": str(hostile),
        "PYTHONSTARTUP": str(hostile / "torch.py"), "LD_LIBRARY_PATH": str(hostile), "QT_PLUGIN_PATH": str(hostile),
        "AWS_CONFIG_FILE": str(hostile / ".aws" / "config"),
    }  # fmt: skip
    clean = clean_environment(environ, str(Path(sys.executable).parent), {})
    script = tmp_path / "tool.py"
    # What a tool does: imports by name, programs by name, and itself once more without its flags.
    script.write_text(
        "import importlib.util, os, subprocess, sys\n"
        f"for name in {TRAPS!r}: importlib.util.find_spec(name) and __import__(name)\n"
        "subprocess.run(['python3', '-c', 'import json, sqlite3'], check=True)\n"
        "subprocess.run(['env'], check=True, stdout=subprocess.DEVNULL)\n"
        "if len(sys.argv) == 2: os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])\n"
    )
    folder = RunFolder(tmp_path / "run")
    start(folder, [sys.executable, str(script), str(hostile / "config.yaml")], clean)
    assert ended(folder).exit_code == 0, folder.log_tail()
    assert sprung(hostile) == []
