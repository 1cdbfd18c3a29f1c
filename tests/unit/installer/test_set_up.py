"""The set-up for real, in a small project: an environment from a hashed lock whose wheels were made on the spot."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

INSTALLER = Path(__file__).resolve().parents[3] / "installer"
BASH = shutil.which("bash") or "bash"

LAUNCHER = """
import json, os, sys
import tiny
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "tiny": tiny.VALUE}))
raise SystemExit(7 if "--fail" in sys.argv else 0)
"""


def write_wheel(folder: Path, name: str) -> str:
    """A wheel with one module, and its line in a lock."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "VALUE = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sums = {path: hashlib.sha256(text.encode()).digest() for path, text in files.items()}
    record = "".join(f"{path},sha256={base64.urlsafe_b64encode(s).decode().rstrip('=')},\n" for path, s in sums.items())
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True)
class Project:
    """A project's root with our installer in it, and a folder of programs that is all it can find."""

    root: Path
    programs: Path
    wheels: Path

    def command(self, *arguments: str) -> list[str]:
        return [BASH, str(self.root / "installer" / "bootstrap.sh"), *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        own = {"PATH": str(self.programs), "HOME": str(self.root.parent), "PIP_CONFIG_FILE": os.devnull}
        return own | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)} | more

    def run(self, *arguments: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.root.parent,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root.parent,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Nothing set up yet; a folder name with a space, as people have them."""
    made = Project(tmp_path / "a project", tmp_path / "programs", tmp_path / "wheels")
    for folder in (made.root / "tests", made.root / "launcher", made.programs, made.wheels):
        folder.mkdir(parents=True)
    shutil.copytree(INSTALLER, made.root / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    (made.root / "launcher" / "__init__.py").touch()
    (made.root / "launcher" / "__main__.py").write_text(LAUNCHER)
    tiny, extra = write_wheel(made.wheels, "tiny"), write_wheel(made.wheels, "extra")
    (made.root / "requirements.lock").write_text(tiny)
    (made.root / "tests" / "requirements.lock").write_text(tiny + extra)
    (made.programs / "dirname").symlink_to(shutil.which("dirname") or "dirname")
    write_program(made.programs / "python3", f'exec {shlex.quote(sys.executable)} "$@"')
    return made


def write_program(path: Path, line: str) -> None:
    path.write_text(f"#!{BASH}\n{line}\n")
    path.chmod(0o755)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A folder of other people's data, with code under names that we import."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in ("launcher", "installer", "tiny", "json", "sitecustomize"):
        (folder / f"{name}.py").write_text("raise SystemExit('foreign code was run')\n")
    return folder


def packages(project: Project) -> set[str]:
    """What is installed beside what Python's own venv puts there."""
    found = project.root.glob(".venv/lib/*/site-packages/*.dist-info")
    return {path.name.partition("-")[0] for path in found} - {"pip", "setuptools"}


def test_from_nothing_to_the_demo_and_then_at_once(project: Project, recordings: Path) -> None:
    # What the person's shell and folder hold must not get in, neither now nor later.
    foreign = {"PYTHONPATH": str(recordings), "VIRTUAL_ENV": str(recordings), "PIP_TARGET": str(recordings)}
    first = project.run("demo", "--data", "a b", cwd=recordings, **foreign)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == {"argv": ["demo", "--data", "a b"], "cwd": str(recordings), "tiny": 42}
    assert [line.split(" ... ")[0] for line in first.stderr.splitlines()] == [
        f"set-up: making .venv with Python {sys.version.split()[0]}",
        "set-up: installing the packages of requirements.lock, every hash checked",
    ]
    # With no wheel left to install from, a second run can only use what is there.
    shutil.rmtree(project.wheels)
    again = project.run("demo", "--fail", cwd=recordings, **foreign)
    assert (again.returncode, again.stderr) == (7, "")


def test_the_tests_packages_come_on_top_and_the_check_begins(project: Project) -> None:
    assert project.run("demo").returncode == 0
    done = project.run("test")
    assert "making .venv" not in done.stderr
    assert "installing the packages of tests/requirements.lock" in done.stderr
    # This small project has no linter: that the check's first step fails shows that it was started, and its code.
    assert "check: format failed" in done.stderr
    assert done.returncode == 1
    assert packages(project) == {"tiny", "extra"}
    assert project.run("demo").stderr == ""


def test_killed_while_installing_the_next_run_repairs(project: Project) -> None:
    running = project.start("demo")
    assert running.stderr is not None
    seen = ""
    while "installing" not in seen:
        seen += running.stderr.read(1)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    done = project.run("demo")
    assert done.returncode == 0, done.stderr
    assert "making .venv" in done.stderr


def test_two_at_once_both_work_and_one_installs(project: Project) -> None:
    both = [project.start("demo"), project.start("demo")]
    ends = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], ends
    assert sum("making .venv" in stderr for _, stderr in ends) == 1
    assert all(json.loads(stdout)["tiny"] == 42 for stdout, _ in ends)


def test_a_wrong_hash_is_refused_and_said(project: Project) -> None:
    (project.root / "requirements.lock").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    done = project.run("demo")
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert packages(project) == set()


def test_a_python_that_does_not_start_or_is_old_is_passed_over(project: Project) -> None:
    write_program(project.programs / "python3.13", "exit 127")
    write_program(project.programs / "python3.12", "exit 1")
    done = project.run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: bootstrap demo")


def test_without_any_python_it_says_what_to_do(project: Project) -> None:
    (project.programs / "python3").unlink()
    done = project.run("demo")
    assert done.returncode == 2
    assert "no Python 3.11 or newer" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["sing"], ["--data", "demo"]])
def test_an_unknown_request_is_explained_and_changes_nothing(project: Project, arguments: list[str]) -> None:
    done = project.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr
    assert not (project.root / ".venv").exists()
