"""The pose tools on the image: each works, sees the GPU, opens a project in its window, and trains one step."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from installer.image.looks.asking import Image, Seen, Session, complaint, document
from launcher.runs.environments import RESOURCES

SAMPLE = RESOURCES.parent / "sample"
#: The sample's project of each tool that has a window, and the file that is opened; empty is the folder itself.
PROJECTS = {"sleap": ("two-mice", "two-mice.slp"), "deeplabcut": ("open-arena-Sample-2026-01-15", "")}
#: As small as it can be and still be a training.
ONE_STEP = ("--epochs", "1", "--batch", "4", "--scale", "0.2", "--steps", "1", "--trust", "--wait")
BUILD_AGAIN = "Run the build again."


Rows = list[dict[str, Any]]


def tools_work(image: Image) -> Seen:
    """Each is the locked one, imports, and makes one prediction."""
    return _judged(image, _work)


def _work(image: Image, rows: Rows) -> Seen:
    said = "; ".join(f"{row['title']} {row['version']}: {row['message']}" for row in rows)
    if not image.test_shim and any("TEST SHIM" in row["message"] for row in rows):
        return False, said, "This set is for the test suite alone: build without --test-shim."
    return all(row.get("ok", False) for row in rows), said, BUILD_AGAIN


def gpu_seen(image: Image) -> Seen:
    """Each tool's torch sees the GPU; without one here nothing is known but what it was built with."""
    return _judged(image, _see_the_gpu)


def _see_the_gpu(image: Image, rows: Rows) -> Seen:
    plain = [row["title"] for row in rows if not (row.get("torch") or {}).get("cuda")]
    if plain and not image.test_shim:
        hint = _WINDOWS_LOCK if image.layout.windows else _CPU_TORCH
        return False, f"{', '.join(plain)}: built without CUDA, for a fleet of {image.spec.gpu}", hint
    devices = [one["name"] for one in (document(image.ask("gpu", "--json")) or {}).get("devices", ())]
    if not devices:
        return True, "no GPU here: not tried whether they see one", ""
    blind = [row["title"] for row in rows if not row["gpu"]]
    if blind:
        hint = "See the table of `pose-admin image check`: driver, CUDA, compute capability."
        return False, f"{', '.join(blind)} cannot use {', '.join(devices)}", hint
    return True, f"{', '.join(devices)}, seen by {', '.join(row['title'] for row in rows)}", ""


def _judged(image: Image, judge: Callable[[Image, Rows], Seen]) -> Seen:
    """By the rows of `tools check`, which is asked once; an image without tools has nothing to judge."""
    if not image.spec.tools:
        return True, "no tool is asked for", ""
    done = image.once("tools check", lambda: image.ask("tools", "check", *image.spec.tool_ids, "--json"))
    told = document(done)
    rows = told.get("tools") if isinstance(told, dict) else None
    return judge(image, rows) if isinstance(rows, list) and rows else (False, complaint(done), BUILD_AGAIN)


_CPU_TORCH = "Build where pip's settings name no folder with a CPU-only torch; see docs/tools.md."
_WINDOWS_LOCK = "Make the lock with CUDA first: `pose-launcher tools lock`, where torch's own index answers."


def tools_open(image: Image) -> Seen:
    """Each opens a project in its real window, and ends when it is told to."""
    return _with_each(image, _opened)


def _opened(session: Session, title: str, project: Path) -> tuple[bool, str]:
    done = session.ask("open", str(project), "--trust", "--json")
    told = document(done)
    if done.returncode or not told or told.get("state") != "running" or not told.get("window"):
        return False, f"{title}: {_why(told) or complaint(done)}"
    ended = session.ask("runs", "stop", told["run"], "--yes", "--json")
    words = f"{title}: “{told['window']}” after {told['seconds_to_window']:.0f} s"
    return ended.returncode == 0, words if ended.returncode == 0 else f"{words}, and cannot be ended"


def tools_train(image: Image) -> Seen:
    """Each trains one step on a project and leaves a model."""
    return _with_each(image, _trained)


def _trained(session: Session, title: str, project: Path) -> tuple[bool, str]:
    done = session.ask("train", str(project), *ONE_STEP, "--json")
    told = document(done)
    model = Path(told["model"]).name if told and told.get("model") else ""
    if done.returncode or not model:
        return False, f"{title}: {_why(told) or complaint(done)}"
    loss = (told.get("progress") or {}).get("loss")
    return True, f"{title}: {model}" + (f", loss {loss:.3g}" if loss is not None else "")


def _why(told: Any) -> str:
    problem = told.get("problem") if isinstance(told, dict) else None
    return str(problem["what"]) if problem else ""


def _with_each(image: Image, act: Callable[[Session, str, Path], tuple[bool, str]]) -> Seen:
    """Every tool of the image that the sample has a project for, each in a session of its own."""
    found = list(_tried(image, act))
    if not found:
        return True, "no tool with a sample project is asked for", ""
    return all(ok for ok, _ in found), "; ".join(words for _, words in found), "Look at `pose-launcher runs log`."


def _tried(image: Image, act: Callable[[Session, str, Path], tuple[bool, str]]) -> Iterator[tuple[bool, str]]:
    for tool_id in image.spec.tool_ids:
        if tool_id in PROJECTS:
            folder, file = PROJECTS[tool_id]
            with image.session() as session:
                copy = Path(shutil.copytree(SAMPLE / folder, session.folder / folder))
                yield act(session, tool_id, copy / file if file else copy)
