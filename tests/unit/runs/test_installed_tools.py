"""Which environments are there, which is newest, and how they are told and removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import errors
from launcher.runs.check import Found, Torch, verdict
from launcher.runs.environments import (
    STAMP,
    Environments,
    Installed,
    Variant,
    interpreter,
    resources,
    tools_root,
    version_order,
    write_stamp,
)
from launcher.runs.install import python_for
from launcher.tools import TOOLS
from launcher.tools.running import EnvironmentSpec


def made(
    root: Path, version: str, at: float, tool_id: str = "sleap", variant: Variant = "cuda", shims: tuple[str, ...] = ()
) -> Installed:
    """A complete environment without content."""
    folder = root / tool_id / f"{version}-{int(at):08x}"
    python = interpreter(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    one = Installed(tool_id, version, folder, python, variant, shims, 1234)
    write_stamp(one)
    os.utime(folder / STAMP, (at, at))
    return one


def test_an_image_may_keep_tools_for_everyone(tmp_path: Path) -> None:
    assert tools_root(tmp_path, {}) == tmp_path / "tools"
    assert tools_root(tmp_path, {"POSE_LAUNCHER_TOOLS_DIR": "/opt/pose-tools"}) == Path("/opt/pose-tools")


def test_each_system_has_its_place_for_python() -> None:
    assert interpreter(Path("/t/sleap"), "linux") == Path("/t/sleap/bin/python")
    assert interpreter(Path("/t/sleap"), "win32") == Path("/t/sleap/Scripts/python.exe")


def test_the_newest_version_is_found_and_of_one_version_the_last_built(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    assert environments.find("sleap") is None
    made(tmp_path, "1.9.0", 300)
    made(tmp_path, "1.10.0", 100)
    last = made(tmp_path, "1.10.0", 200)
    assert environments.find("sleap") == last
    old = environments.find("sleap", "1.9.0")
    assert old is not None and old.version == "1.9.0"
    assert environments.find("sleap", "2.0") is None
    assert version_order("1.10.0rc1") > version_order("1.9")


@pytest.mark.parametrize("stamp", ["", "{", "[]", "{}", '{"tool_id": "sleap"}', '"x"'])
def test_without_a_whole_stamp_there_is_no_environment(tmp_path: Path, stamp: str) -> None:
    one = made(tmp_path, "1.0", 1)
    (one.folder / STAMP).write_text(stamp)
    assert Environments(tmp_path).find("sleap") is None


def test_the_python_is_named_where_it_lies_not_where_its_link_leads(tmp_path: Path) -> None:
    one = made(tmp_path, "1.0", 1)
    one.python.unlink()
    one.python.symlink_to(sys.executable)
    found = Environments(tmp_path).find("sleap")
    assert found is not None and found.python == one.folder / "bin" / "python"


def test_the_list_names_every_tool_and_what_is_special(tmp_path: Path) -> None:
    made(tmp_path, "1.6.6", 1, variant="cpu", shims=("torchvision",))
    made(tmp_path, "3.0.2", 1, "deeplabcut")
    rows = {row.id: row for row in Environments(tmp_path).listed()}
    assert set(rows) == {tool.tool_id for tool in TOOLS}
    assert rows["sleap"].gpu is False
    assert (
        rows["sleap"].message == "installed; CPU set: its torch has no CUDA; TEST SHIM for torchvision: for tests only"
    )
    assert rows["deeplabcut"].gpu is None, "only a check can know"
    assert json.loads(json.dumps(rows["deeplabcut"].to_json())) == {
        "id": "deeplabcut",
        "title": "DeepLabCut",
        "version": "3.0.2",
        "installed": True,
        "python": str(interpreter(tmp_path / "deeplabcut" / "3.0.2-00000001")),
        "bytes": 1234,
        "gpu": None,
        "message": "installed",
    }


def test_a_tool_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    for ask in (environments.require, environments.remove):
        with pytest.raises(errors.NotFound, match="pose-launcher tools install sleap"):
            ask("sleap", None)


def test_one_version_is_removed_and_the_other_stays(tmp_path: Path) -> None:
    old, new = made(tmp_path, "1.0", 1), made(tmp_path, "2.0", 2)
    assert Environments(tmp_path).remove("sleap", "1.0") == [old]
    assert not old.folder.exists()
    assert Environments(tmp_path).of("sleap") == [new]


def test_a_running_tool_is_not_removed(tmp_path: Path) -> None:
    one = made(tmp_path, "1.0", 1)
    one.python.unlink()
    one.python.symlink_to(sys.executable)
    with subprocess.Popen([one.python, "-c", "print(1, flush=True); input()"], stdin=subprocess.PIPE, stdout=-1) as run:
        assert run.stdout is not None
        run.stdout.readline()
        with pytest.raises(errors.Held, match=f"This tool is running \\(process {run.pid}\\)"):
            Environments(tmp_path).remove("sleap")
        assert Environments(tmp_path).find("sleap") == one
        run.communicate(b"\n")
    Environments(tmp_path).remove("sleap")
    assert Environments(tmp_path).find("sleap") is None


def test_every_tool_brings_its_lock_and_its_inference() -> None:
    for tool in TOOLS:
        names = {file.name for file in resources(tool.tool_id).iterdir()}
        assert {"requirements.in", "linux.lock", "windows-cpu.lock", "tiny_inference.py"} <= names


@pytest.mark.parametrize(("running", "own"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_the_launchers_own_python_is_taken_where_the_tool_allows(running: tuple[int, int], own: bool) -> None:
    chosen = python_for(EnvironmentSpec("mouse", "mouse", ((3, 10), (3, 13))), running)
    assert Path(chosen).is_absolute() if own else chosen == ">=3.11,<3.14"


CPU_BUILD, GPU_BUILD = Torch("2.13.0+cpu"), Torch("2.13.0", "13.0")
T4 = Torch("2.13.0", "13.0", available=True, devices=("NVIDIA T4",))
NO_OPERATOR = "RuntimeError: operator torchvision::nms does not exist"


@pytest.mark.parametrize(
    ("variant", "shims", "found", "words"),
    [
        ("cuda", (), Found(T4), "works on NVIDIA T4 (CUDA 13.0)"),
        ("cuda", (), Found(GPU_BUILD), "works on the CPU only: this torch has CUDA 13.0, but sees no GPU"),
        ("cpu", (), Found(CPU_BUILD), "works on the CPU only: this torch has no CUDA"),
        (
            "cpu",
            ("torchvision",),
            Found(CPU_BUILD),
            "works on the CPU only: this torch has no CUDA; TEST SHIM for torchvision: for tests only",
        ),
        (
            "cpu",
            (),
            Found(CPU_BUILD, NO_OPERATOR),
            "does not work: the torchvision of this CPU set needs CUDA's libraries",
        ),
        ("cuda", (), Found(GPU_BUILD, "ImportError: x"), "cannot be imported (ImportError: x); remove it"),
        ("cuda", (), Found(T4, "", "RuntimeError: y"), "starts, but cannot compute (RuntimeError: y)"),
    ],
)
def test_the_verdict_in_words(variant: Variant, shims: tuple[str, ...], found: Found, words: str) -> None:
    one = Installed("sleap", "1.6.6", Path("/t"), Path("/t/bin/python"), variant, shims, 0)
    assert verdict(one, found).startswith(words)
