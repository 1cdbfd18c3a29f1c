"""Installing, with the real uv and packages of a few bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from launcher import errors
from launcher.runs.alone import alone
from launcher.runs.environments import Environments, Installed
from launcher.runs.install import CACHE, TURN, Plan, Telling, carry_out, remove, require_space
from launcher.runs.locks import Lock
from tests.unit.runs.tiny_wheels import lock_of, plan_of, settings_for, wheel


class Lab:
    """A registry folder, a root for environments, and what was told."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.root = folder / "wheels", folder / "tools"
        self.wheels.mkdir()
        self.root.mkdir()
        self.said: list[str] = []
        self.steps: list[str] = []

    def install(self, plan: Plan) -> Installed:
        telling = Telling(self.said.append, lambda progress: self.steps.append(progress.step))
        return carry_out(plan, self.root, settings_for(self.wheels), telling)

    def plan(self, lock: Lock | None = None) -> Plan:
        return plan_of(lock or lock_of(wheel(self.wheels, "mouse", "1.0")), self.root)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def version_inside(made: Installed) -> str:
    """What the environment's own Python imports."""
    script = "import mouse; print(mouse.__version__)"
    done = subprocess.run([made.python, "-I", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_locked_package_is_there_and_nothing_of_ours(lab: Lab) -> None:
    made = lab.install(lab.plan())
    assert version_inside(made) == "1.0"
    assert made.size > 0 and any("in place" in step for step in lab.steps)
    ours = subprocess.run([made.python, "-I", "-c", "import psutil"], capture_output=True, check=False)
    assert ours.returncode != 0
    assert Environments(lab.root).find("mouse") == made


def test_a_second_time_it_is_there_at_once(lab: Lab) -> None:
    plan = lab.plan()
    first = lab.install(plan)
    lab.steps.clear()
    assert lab.install(plan) == first
    assert not lab.steps


def test_versions_lie_side_by_side(lab: Lab) -> None:
    old = lab.install(lab.plan())
    other = lab.install(lab.plan(lock_of(wheel(lab.wheels, "mouse", "1.0"), wheel(lab.wheels, "cheese", "2.0"))))
    assert old.folder != other.folder and old.folder.parent == other.folder.parent
    assert version_inside(old) == version_inside(other) == "1.0"


def test_what_was_cut_off_is_not_an_environment_and_is_made_anew(lab: Lab) -> None:
    plan = lab.plan()
    (plan.goal.folder / "lib").mkdir(parents=True)
    leftover = plan.goal.folder / "lib" / "half-a-package.py"
    leftover.write_text("x")
    assert Environments(lab.root).find("mouse") is None
    assert version_inside(lab.install(plan)) == "1.0"
    assert not leftover.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(lab: Lab) -> None:
    plan = lab.plan()
    made = lab.install(plan)
    shutil.rmtree(made.python.parent)
    assert Environments(lab.root).find("mouse") is None
    assert version_inside(lab.install(plan)) == "1.0"


def test_another_file_under_the_same_name_is_refused(lab: Lab) -> None:
    plan = lab.plan()
    wheel(lab.wheels, "mouse", "1.0").write_bytes(wheel(lab.wheels, "cheese", "2.0").read_bytes())
    with pytest.raises(errors.NotDone, match="not the one that the lock names") as told:
        lab.install(plan)
    assert told.value.exit_code == 4
    assert Environments(lab.root).find("mouse") is None


def test_a_package_that_the_registry_lacks_is_named(lab: Lab) -> None:
    plan = lab.plan()
    (lab.wheels / "mouse-1.0-py3-none-any.whl").unlink()
    with pytest.raises(errors.NotDone, match=r"does not have what the lock names: .*mouse"):
        lab.install(plan)


def test_what_cannot_fit_is_refused_with_numbers(lab: Lab) -> None:
    goal = lab.plan().goal
    goal.folder.parent.mkdir()
    with pytest.raises(errors.LocalDisk, match=r"mouse needs 1000000\.0 TB and only .* are free") as told:
        require_space(goal, 10**18)
    assert told.value.exit_code == 6


def test_two_at_the_same_time_the_second_waits_and_finds_it_done(lab: Lab) -> None:
    plan, waits = lab.plan(), threading.Event()
    found: list[Installed] = []

    def say(text: str) -> None:
        lab.said.append(text)
        waits.set()

    second = threading.Thread(
        target=lambda: found.append(carry_out(plan, lab.root, settings_for(lab.wheels), Telling(say))), name="second"
    )
    with alone(lab.root / TURN, lambda pid: None):
        second.start()
        assert waits.wait(20)
    second.join(60)
    assert lab.said == [f"Process {os.getpid()} is installing or removing a pose tool; waiting for it."]
    assert version_inside(found[0]) == "1.0"


def test_removing_frees_the_downloads_that_nothing_else_uses(lab: Lab) -> None:
    both = lab.plan(lock_of(wheel(lab.wheels, "mouse", "1.0"), wheel(lab.wheels, "cheese", "2.0")))
    lab.install(both)
    alone_with_mouse = lab.install(lab.plan())
    remove("mouse", None, Environments(lab.root), Telling())
    assert Environments(lab.root).find("mouse") is None
    assert not alone_with_mouse.folder.exists()
    assert not list((lab.root / CACHE).rglob("mouse.py"))
    assert version_inside(lab.install(both)) == "1.0"


def test_downloads_that_another_environment_uses_stay(lab: Lab) -> None:
    lab.install(lab.plan(lock_of(wheel(lab.wheels, "mouse", "1.0"), wheel(lab.wheels, "cheese", "2.0"))))
    other = lab.plan(lock_of(wheel(lab.wheels, "mouse", "2.0"), wheel(lab.wheels, "cheese", "2.0")))
    goal = replace(
        other.goal, version="2.0", folder=lab.root / "mouse" / "2.0-x", python=lab.root / "mouse/2.0-x/bin/python"
    )
    lab.install(replace(other, goal=goal))
    remove("mouse", "1.0", Environments(lab.root), Telling())
    assert [file.name for file in (lab.root / CACHE).rglob("cheese.py")] == ["cheese.py"]
    assert not list((lab.root / CACHE).rglob("mouse.py"))
