"""The Image Assistant's command line: what it refuses, each by its name, and what the admin is told to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from installer.image.actions import Run, carry_out
from installer.image.assistant import read
from installer.image.plan import ROOT
from installer.rehearsal import image_assistant
from installer.rehearsal.mishaps import Mishap
from launcher import errors


@pytest.fixture
def assistant(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "assistant"
    folder.mkdir()
    return {image_assistant.FOLDER: str(folder)}


def ask(environ: dict[str, str], *words: str) -> None:
    command = (sys.executable, str(Path(image_assistant.__file__)), *words)
    carry_out(Run(command, environ, expect="image assistant"))


def application(tmp_path: Path) -> list[str]:
    icon = ROOT / "resources" / "icons" / "pose-launcher.png"
    (tmp_path / "prewarm.txt").write_text("")
    names = ["--name", "PoseLauncher", "--absolute-app-path", sys.executable, "--absolute-icon-path", str(icon)]
    return ["add-application", *names, "--absolute-manifest-path", str(tmp_path / "prewarm.txt")]


def test_the_image_assistant_makes_an_image(tmp_path: Path, assistant: dict[str, str]) -> None:
    ask(assistant, *application(tmp_path))
    ask(assistant, *application(tmp_path))  # there already: no failure
    ask(assistant, "create-image", "--name", "pose-1", "--dry-run")
    folder = Path(assistant[image_assistant.FOLDER])
    assert not (folder / "image").exists()
    ask(assistant, "create-image", "--name", "pose-1")
    assert (folder / "image").read_text() == "pose-1"


@pytest.mark.parametrize(
    ("mishap", "words"),
    [
        (Mishap.EMPTY_CATALOGUE, "catalogue is empty"),
        (Mishap.PREWARM_DENIED, "PrewarmManifest.txt, or run the build elevated"),
        (Mishap.ICON_FAILS, "PNG of at most 256"),
        (Mishap.NEEDS_ELEVATION, "Administrator"),
        (Mishap.UNEXPECTED_255, "an unexpected failure"),
        (Mishap.NO_JSON, "a failure"),
    ],
)
def test_how_the_image_assistant_fails(assistant: dict[str, str], mishap: Mishap, words: str) -> None:
    if mishap is not Mishap.EMPTY_CATALOGUE:  # it is empty until an application is added
        (Path(assistant[image_assistant.FOLDER]) / "mishap").write_text(mishap)
    with pytest.raises(errors.NotDone, match=words):
        ask(assistant, "create-image", "--name", "pose-1", "--dry-run")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"status":0,"message":"ok"}', (0, "ok")),
        ('Starting\n{"status": 1, "message": "no"}\n', (1, "no")),
        ("", (None, "")),
        ("[1]", (None, "[1]")),
    ],
)
def test_its_answer_among_other_lines(text: str, expected: tuple[int | None, str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"--name": "Pose Launcher"}, "does not take this name"),
        ({"--name": "x" * 257}, "does not take this name"),
        ({"--absolute-app-path": "/no/such/program"}, "cannot start this program"),
        ({"--absolute-icon-path": "/opt/pose-launcher.svg"}, "PNG of at most 256"),
        ({"--absolute-manifest-path": "/no/such/manifest"}, "a failure"),
    ],
    ids=["a space in the name", "a long name", "a path that leads nowhere", "an icon of another kind", "no manifest"],
)
def test_what_it_does_not_add(tmp_path: Path, assistant: dict[str, str], wrong: dict[str, str], words: str) -> None:
    command, *options = application(tmp_path)
    given = {**dict(zip(options[::2], options[1::2], strict=True)), **wrong}
    with pytest.raises(errors.NotDone, match=words):
        ask(assistant, command, *(word for pair in given.items() for word in pair))


def test_a_catalogue_is_full_with_fifty(tmp_path: Path, assistant: dict[str, str]) -> None:
    command, first, _, *rest = application(tmp_path)
    catalogue = Path(assistant[image_assistant.FOLDER]) / "catalogue.json"
    catalogue.write_text(json.dumps([f"App{number}" for number in range(50)]))
    with pytest.raises(errors.NotDone, match=r"50 applications already.*Remove one first"):
        ask(assistant, command, first, "OneMore", *rest)


@pytest.mark.parametrize("name", ["aws-pose", "Amazon1", "pose image", "x" * 101])
def test_an_image_of_that_name_is_not_made(tmp_path: Path, assistant: dict[str, str], name: str) -> None:
    ask(assistant, *application(tmp_path))
    with pytest.raises(errors.NotDone, match="does not take this name"):
        ask(assistant, "create-image", "--name", name)
