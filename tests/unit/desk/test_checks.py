"""What `doctor` says of this computer, with each fault injected at the edge."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from launcher import errors
from launcher.desk.checks import computer
from launcher.desk.checks.check import Advice, Question, ask_all
from launcher.gpu.look import Look
from launcher.gpu.readings import Reading, State
from launcher.gpu.verdict import verdict


def failing(exc: Exception) -> str:
    raise exc


def test_every_answer_is_a_check_and_none_hides_another() -> None:
    questions = [
        Question("well", lambda: "as it should be"),
        Question("advice", lambda: failing(Advice("works, but", "do this"))),
        Question("finding", lambda: failing(errors.Refused("the bucket"))),
        Question("mistake", lambda: failing(ZeroDivisionError("by nought"))),
    ]
    answers = {check.name: check for check in ask_all(questions)}
    assert [(check.name, check.ok, check.severity) for check in answers.values()] == [
        ("well", True, "info"),
        ("advice", True, "warning"),
        ("finding", False, "error"),
        ("mistake", False, "error"),
    ]
    assert answers["finding"].message == "You do not have access: the bucket"
    assert "by nought" in answers["mistake"].message
    assert all(check.hint for check in answers.values() if check.severity != "info")


def test_what_does_not_answer_is_said_to_be_slow_and_holds_nothing_up() -> None:
    over = threading.Event()
    questions = [Question("hangs", lambda: str(over.wait(60))), Question("well", lambda: "here")]
    hangs, well = ask_all(questions, within_s=0.2)
    over.set()
    assert (hangs.ok, hangs.severity) == (False, "warning")
    assert hangs.message.startswith("slow: ")
    assert (well.ok, well.message) == (True, "here")


def test_a_disk_says_how_fast_and_roomy_it_is_and_keeps_nothing_of_the_trial(tmp_path: Path) -> None:
    assert "free at" in computer.disk(tmp_path)
    assert computer.path_length(tmp_path).startswith("paths up to")
    assert computer.links(tmp_path) == "links can be made"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Eight megabytes, where root may mount; else a folder that is gone, which fails as surely."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        place.rmdir()
    yield place
    if not done.returncode:
        subprocess.run(["umount", str(place)], check=False)


def test_a_full_disk_is_named_and_left_clean(small_disk: Path) -> None:
    if not small_disk.exists():
        with pytest.raises(FileNotFoundError):
            computer.disk(small_disk)
        return
    with pytest.raises(errors.LocalDisk) as caught:
        computer.disk(small_disk)
    assert caught.value.exit_code == 6
    assert list(small_disk.iterdir()) == []


def test_a_folder_that_is_too_deep_for_projects_is_named(tmp_path: Path) -> None:
    top, deep = tmp_path / "d", tmp_path
    while len(str(deep)) < 3900:
        deep /= "d" * 60
    deep.mkdir(parents=True)
    with pytest.raises(errors.LocalDisk, match="220 characters longer"):
        computer.path_length(deep)
    assert list(deep.iterdir()) == []
    shutil.rmtree(top, ignore_errors=True)


def test_without_the_right_to_make_links_it_says_what_that_costs(tmp_path: Path) -> None:
    def refuses(source: Path, link: Path) -> None:
        raise OSError(1314, "A required privilege is not held by the client")

    with pytest.raises(Advice, match="privilege is not held"):
        computer.links(tmp_path, refuses)


def test_a_computer_without_fonts_is_told(tmp_path: Path) -> None:
    with pytest.raises(Advice, match="no fonts"):
        computer.fonts([str(tmp_path), str(tmp_path / "missing")])
    (tmp_path / "a.TTF").write_bytes(b"x")
    assert computer.fonts([str(tmp_path)]) == "1 fonts"


@pytest.mark.parametrize(
    ("state", "instance", "outcome"),
    [
        (State.NO_DRIVER, "", Advice),
        (State.NO_DRIVER, "stream.graphics.g5.xlarge", errors.NotDone),
        (State.NO_DRIVER, "stream.standard.large", Advice),
        (State.MISMATCH, "", errors.NotDone),
        (State.NO_PERMISSION, "", errors.NotDone),
        (State.STUCK, "", errors.NotDone),
        (State.FAILED, "", errors.NotDone),
    ],
)
def test_a_gpu_that_should_be_there_and_is_not_is_a_fault(
    state: State, instance: str, outcome: type[Exception]
) -> None:
    reading = Reading(state=state, at=datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(outcome):
        computer.gpu(Look(reading, verdict(reading)), instance)
