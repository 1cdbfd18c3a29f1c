"""Real trainings as a person drives them: begun from a card, watched, stopped, continued, saved meanwhile, compared."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from launcher.runs.environments import Environments
from launcher.ui.dialogs.compare import CompareModels
from launcher.ui.dialogs.jobs import JobsView
from launcher.ui.dialogs.stopping import StopQuestion
from launcher.ui.dialogs.train import TrainSettings
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.conftest import Site
from tests.tools.test_training_saved_real import converted
from tests.ui.conftest import drive as drive
from tests.ui.conftest import ended_saver as ended_saver
from tests.ui.conftest import no_silent_failure as no_silent_failure
from tests.ui.conftest import theme as theme
from tests.ui.conftest import widgets_end_where_they_were_made as widgets_end_where_they_were_made
from tests.ui.driving import button, cards, lines, press, said, until
from tests.ui.test_files_and_tools import shows
from tests.ui.test_with_a_real_server import SAMPLE, real_window

LONGEST_S = 1700.0
pytestmark = [
    pytest.mark.tools, pytest.mark.long, pytest.mark.timeout(LONGEST_S + 100), pytest.mark.usefixtures("ended_saver"),
]  # fmt: skip
#: A step of a tool on a busy computer.
PATIENCE_S = 600.0
QUARTER = "25 %"


@pytest.fixture
def browser(tmp_path: Path, tool_environments: Environments, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down the page that it was asked to show; both tools are on this computer."""
    programs, asked = tmp_path / "programs", tmp_path / "asked"
    programs.mkdir()
    (programs / "x-www-browser").write_text(f'#!/bin/sh\necho "$1" >> "{asked}"\n')
    (programs / "x-www-browser").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", os.environ.get("DISPLAY", ":none"))
    monkeypatch.setenv("POSE_LAUNCHER_TOOLS_DIR", str(tool_environments.root))
    asked.touch()
    return asked


def test_deeplabcut_from_the_card_to_the_page(
    drive: Callable[..., None], theme: Theme, site: Site, browser: Path
) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await _trained_with_a_pause(window, SAMPLE.name, "DeepLabCut", epochs=20)
            await _is_kept(window, site, r"/train/snapshot-.*20\.pt$")
            await _trained(window, epochs=1)
            await _compared(window, browser, models=2)

    drive(story, LONGEST_S)


def test_sleap_from_the_card_to_the_page(
    drive: Callable[..., None], theme: Theme, site: Site, browser: Path, tool_environments: Environments, tmp_path: Path
) -> None:
    site.put("arena.pkg.slp", converted(tool_environments, SAMPLE, tmp_path).read_bytes())

    async def story() -> None:
        async with real_window(site, theme) as window:
            await _trained_with_a_pause(window, "arena", "SLEAP", epochs=4)
            await _is_kept(window, site, r"/best\.ckpt$")
            await _trained(window, epochs=5)
            await _compared(window, browser, models=2, unfinished=1)

    drive(story, LONGEST_S)


async def _trained_with_a_pause(window: MainWindow, name: str, tool: str, epochs: int) -> None:
    """*Train …*, watched, *Stop …*, *Go on with it*, and watched to its end."""
    await until(lambda: cards(window) == [name], "the card")
    window.browser.cards.setCurrentIndex(window.shown.index(0, 0))
    await _begun(window, epochs)
    window.acts["jobs"].trigger()
    view: JobsView = await shows(window, JobsView)
    await until(lambda: _is_watched(view, epochs), "epoch, loss, time left, curve and log are shown", PATIENCE_S)
    button(view, "Stop …").click()
    press(await shows(window, StopQuestion), Qt.Key.Key_Escape)
    assert "Running, begun" in said(view), "who thinks better of it stops nothing"
    button(view, "Stop …").click()
    button(await shows(window, StopQuestion), f"Stop {tool}").click()
    await until(lambda: "Its last checkpoint is kept." in said(view), "it is stopped", PATIENCE_S)
    button(view, "Go on with it").click()
    await until(lambda: "Running, begun" in said(view), "it goes on, and is what is looked at", PATIENCE_S)
    await until(lambda: "✓ Done at" in said(view), "it is done", PATIENCE_S)
    assert f"{epochs} of {epochs}" in said(view) and f"epoch {epochs}," in view.curve.accessibleDescription()
    view.close()


async def _begun(window: MainWindow, epochs: int) -> None:
    window.acts["train"].trigger()
    asked: TrainSettings = await shows(window, TrainSettings)
    asked.epochs.setValue(epochs)
    asked.scale.setCurrentText(QUARTER)
    press(asked, Qt.Key.Key_Return)
    await until(lambda: "trains without its window" in said(window.strip), "it is queued", PATIENCE_S)
    button(window.strip, "Dismiss").click()


async def _trained(window: MainWindow, epochs: int) -> None:
    """Once more, with another number of epochs, by which its end is told from that of an earlier one."""
    await _begun(window, epochs)
    window.acts["jobs"].trigger()
    view: JobsView = await shows(window, JobsView)
    over = f"{epochs} of {epochs}", "✓ Done at"
    await until(lambda: all(words in said(view) for words in over), "it is done", PATIENCE_S)
    view.close()


def _is_watched(view: JobsView, epochs: int) -> bool:
    text = said(view)
    facts = (f"of {epochs}", "Loss, training frames", "An epoch takes", "Time left")
    return (
        all(fact in text for fact in facts)
        and "in epoch" in view.curve.accessibleDescription()
        and bool(re.search(r"epoch", view.log.toPlainText(), re.IGNORECASE))
    )


async def _is_kept(window: MainWindow, site: Site, pattern: str) -> None:
    """The saver kept up: nobody pressed a button, and the server holds the model."""
    await until(lambda: "✓ All results saved" in said(window.bottom), "everything is saved", PATIENCE_S)
    await until(lambda: lines(window) == ["✓ healthy · saved"], "the card says it")
    kept = [key for key in site.objects(site.home_bucket, "person/projects/") if re.search(pattern, key)]
    assert kept, f"no {pattern} in the home bucket"


async def _compared(window: MainWindow, browser: Path, models: int, unfinished: int = 0) -> None:
    """*Compare models …* predicts what is missing, judges, and shows the page; it can be opened again later.

    What was stopped is a model as well: the earliest are left out, for a network that has hardly begun finds nothing.
    """
    window.acts["compare"].trigger()
    asked: CompareModels = await shows(window, CompareModels)
    found = models + unfinished
    await until(lambda: asked.models.topLevelItemCount() == found, f"{found} models are found")
    rows = [item for row in range(found) if (item := asked.models.topLevelItem(row)) is not None]
    for row in sorted(rows, key=lambda row: row.text(0))[:unfinished]:
        row.setCheckState(0, Qt.CheckState.Unchecked)
    assert "were kept from" in asked.frames.currentText()
    button(asked, "Compare").click()
    await until(lambda: f"✓ {models} models compared" in said(window.strip), "they are compared", PATIENCE_S)
    await until(lambda: browser.read_text().count("comparison.html") == 1, "the browser was asked")
    window.acts["compare"].trigger()
    again: CompareModels = await shows(window, CompareModels)
    await until(lambda: again.answers.topLevelItemCount() == 1, "the answer is listed")
    press(again.answers, Qt.Key.Key_Home)
    press(again.answers, Qt.Key.Key_Space)
    button(again, "Open the chosen page").click()
    await until(lambda: browser.read_text().count("comparison.html") == 2, "it is opened again")
    again.close()
    await until(lambda: "✓ All results saved" in said(window.bottom), "the page is saved, too", PATIENCE_S)
