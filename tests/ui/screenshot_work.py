"""Trainings, comparisons, conflicts, saved states and the way out, drawn from a desk that stands in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QDialog

from launcher.ui.dialogs.compare import CompareModels
from launcher.ui.dialogs.conflicts import ConflictsView
from launcher.ui.dialogs.ending import Ending
from launcher.ui.dialogs.jobs import JobsView
from launcher.ui.dialogs.saved_states import SavedStatesView
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.ui.driving import choose_first, said, until, window_on
from tests.ui.stand_ins import (
    DATA,
    CalmDesk,
    MountedDesk,
    compared,
    curve,
    earlier_state,
    in_state,
    in_two_versions,
    job,
    kept_file,
    saved,
    stray_project,
)
from tests.ui.test_coming_back import last

Shoot = Callable[[MainWindow, str], Awaitable[None]]
_FULL = {"what": "The disk is full", "data_safe": "Your labels are unchanged.", "next": "Free some room, go on."}
_AT = ("2026-01-05T10:00:00Z", "2026-01-04T16:20:00Z")


def _desk() -> CalmDesk:
    log = "\n".join(
        f"Epoch {row['epoch']}/200 (lr=0.0001), train loss {row['loss']:.5f}, valid loss {row['validation']:.5f}"
        for row in curve(60)
    )
    told = {"epoch": 60, "epochs": 200, "loss": 0.0008, "validation": 0.0075, "best": 0.0075, "rate": 4.4,
            "seconds_left": 616.0}  # fmt: skip
    held = saved(f"{DATA}openfield/", 2, 1_200_000)
    twice = kept_file("config.yaml", "saved as a conflict copy", "changed by another session too")
    return CalmDesk(
        states=[held | {"items": [*held["items"], twice]}],
        trained=[
            job(progress=told),
            job("train-0", "stopped", project="fly-pair", tool="sleap"),
            job("infer-0", "crashed", task="infer", progress=None, problem=_FULL),
        ],
        curves={"train-1": curve(60), "train-0": curve(12)},
        logs={"train-1": log, "train-0": "Epoch 12", "infer-0": "No space left on device"},
        resumable=frozenset({"train-0"}),
        earlier=[earlier_state(at) for at in _AT],
        inside={at: [in_state("config.yaml", is_newest=at == _AT[0]), in_state("labels.csv", 48_000)] for at in _AT},
        two_versions=[in_two_versions()],
    )


def _strange_desk() -> CalmDesk:
    """A session in which the window has several things to ask."""
    waiting = [{"project": "openfield-0badcafe", "name": "openfield", "run": "train-1", "epochs": 200}]
    return MountedDesk(
        strange=['The access mode "kerberos" is new to this launcher; it is taken as it is.'],
        last=last("openfield", missing=("labels.csv",)) | {"trainings": waiting},
        stray=[stray_project()],
    )


async def draw_work(theme: Theme, size: tuple[int, int], shoot: Shoot) -> None:
    """One window, one dialog after the other."""
    async with window_on(CalmDesk(is_new=True), theme, size=size) as window:
        await until(lambda: "Got it" in said(window.browser), "the first page")
        await asyncio.sleep(0.3)
        await shoot(window, "first-run")
    async with window_on(_strange_desk(), theme, size=size) as window:
        await until(lambda: "Train on" in said(window.asking.pane) and "lies in" in said(window.asking.pane))
        await choose_first(window)
        await asyncio.sleep(0.3)
        await shoot(window, "questions")
    async with window_on(_desk(), theme, size=size) as window:
        await choose_first(window)
        await until(lambda: window.running.runs and window.keeping.states)
        await asyncio.sleep(0.3)
        await shoot(window, "training")
        for action, kind, words, scene in (
            ("train", QDialog, "Begin training", "train"),
            ("jobs", JobsView, "Running, begun", "trainings"),
            ("compare", CompareModels, "Predictions that are missing", "compare"),
            ("saved-states", SavedStatesView, "What is here now is saved first", "history"),
            ("conflicts", ConflictsView, "Two sessions changed", "conflicts"),
            ("leave", Ending, "", "leaving"),
        ):
            window.acts[action].trigger()
            await until(lambda kind=kind, words=words: words in _said(window, kind), scene)  # type: ignore[misc]
            await asyncio.sleep(0.5)
            await shoot(window, scene)
        window.comparing_deeds.open_page("", compared())
        await asyncio.sleep(0.5)
        await shoot(window, "comparison")


def _said(window: MainWindow, kind: type[QDialog]) -> str:
    return "\n".join(said(one) for one in window.findChildren(kind) if one.isVisible())
