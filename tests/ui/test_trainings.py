"""Trainings in the window: begun from a card, followed with curve and log, stopped, continued; told when they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from launcher.ui import job_words
from launcher.ui.commands import Outcome
from launcher.ui.dialogs.jobs import JobsView
from launcher.ui.dialogs.question import TrustQuestion
from launcher.ui.dialogs.stopping import StopQuestion
from launcher.ui.dialogs.train import TrainSettings
from launcher.ui.job_seen import EpochSeen, JobSeen, job_of, whole_of
from launcher.ui.panes.curve import CurveChart, is_logarithmic, traces, up
from launcher.ui.rows import run_of
from launcher.ui.theme import Theme
from launcher.ui.words import Tone, run_state
from tests.ui.driving import button, choose_first, press, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, PlayedCommands, curve, finding, job, project
from tests.ui.test_files_and_tools import shown, shows
from tests.ui.test_screen_reader import faults, spoken

Drive = Callable[[Callable[[], Any]], None]
KEEPS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


# In words


def test_a_running_training_in_one_line() -> None:
    assert run_state(run_of(job())) == "epoch 12/200 · 13 min left"
    assert run_state(run_of(job(state="queued", progress=None, message=""))) == "waits for its turn"
    assert run_state(run_of(job(progress=None, message=""))) == "starting …"


def test_facts_have_units_and_leave_out_what_is_not_known() -> None:
    told = job_of(job()).progress
    assert told is not None
    assert dict(job_words.facts(told)) == {
        "Epoch": "12 of 200", "Loss, training frames": "0.0031", "Loss, validation frames": "0.004",
        "Best so far": "0.0038", "An epoch takes": "4.4 s", "Time left": "about 13 min",
    }  # fmt: skip
    bare = job_of(job(progress={"epoch": 0, "epochs": 5})).progress
    assert bare is not None and job_words.facts(bare) == (("Epoch", "0 of 5"),)


@pytest.mark.parametrize(
    ("state", "tone", "words"),
    [
        ("queued", Tone.PLAIN, "Waits for its turn"),
        ("running", Tone.PLAIN, "Running, begun at"),
        ("exited", Tone.SAVED, "Done at"),
        ("stopped", Tone.ATTENTION, "Its last checkpoint is kept"),
        ("crashed", Tone.FAILED, "The disk is full. Your labels are unchanged. Free some."),
        ("ended unseen", Tone.FAILED, "The disk is full"),
    ],
)
def test_every_state_has_its_words(state: str, tone: Tone, words: str) -> None:
    problem = {"what": "The disk is full", "data_safe": "Your labels are unchanged.", "next": "Free some."}
    line = job_words.line(job_of(job(state=state, problem=problem if tone is Tone.FAILED else None)))
    assert line.tone is tone and words in line.text


def test_a_curve_for_whoever_cannot_see_it() -> None:
    points = [EpochSeen(1, 0.05, 0.06), EpochSeen(2, 0.02, 0.03), EpochSeen(3, 0.01, 0.04)]
    assert job_words.curve(points) == (
        "Loss on the training frames: 0.05 in epoch 1, 0.01 in epoch 3, lowest 0.01 in epoch 3. "
        "Loss on the validation frames: 0.06 in epoch 1, 0.04 in epoch 3, lowest 0.03 in epoch 2."
    )
    assert job_words.curve([]) == "No epoch has been finished yet."


def test_axes_hold_every_value_at_round_numbers() -> None:
    scale, ticks = up([0.02, 0.05], 100, 0, logarithmic=False)
    assert scale.at(0.05) > 0 and scale.at(0.0) == 100 and ticks[0] == 0.0
    assert is_logarithmic([1e-4, 1.0]) and not is_logarithmic([0.0, 1.0]) and not is_logarithmic([0.5, 1.0])
    scale, ticks = up([1e-4, 0.9], 100, 0, logarithmic=True)
    assert (scale.low, scale.high, ticks) == (-4, 0, [-4, -3, -2, -1, 0])


def test_lines_differ_by_stroke_as_well_as_by_colour() -> None:
    both = traces([EpochSeen(1, 0.5, None), EpochSeen(2, 0.4, 0.6)])
    assert [len(one.points) for one in both] == [2, 1]
    assert len({one.stroke for one in both}) == len({one.colour for one in both}) == 2
    assert traces([EpochSeen(1, None, None)]) == ()


@pytest.mark.parametrize("size", [(280, 150), (1600, 500)])
def test_the_chart_draws_both_lines_at_any_size(theme: Theme, size: tuple[int, int]) -> None:
    chart = CurveChart(theme)
    chart.resize(*size)
    empty = chart.grab().toImage()
    chart.show_curve(whole_of(job() | {"curve": curve(), "log": "", "can_continue": False}).curve)
    drawn = chart.grab().toImage()
    accent = QColor(theme.tokens.accent)
    assert _holds(drawn, accent) and not _holds(empty, accent)
    assert "lowest 0.0075" in chart.accessibleDescription()
    chart.deleteLater()


def _holds(image: Any, colour: QColor) -> bool:
    return any(image.pixelColor(x, y) == colour for x in range(image.width()) for y in range(image.height()))


# In the window


def test_a_training_is_begun_from_a_card_with_sensible_defaults(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"run": "train-1", "tool": "deeplabcut"})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            button(window.inspector, "Train …").click()
            asked = await shows(window, TrainSettings)
            assert faults(asked) == []
            press(asked, Qt.Key.Key_Return)
            await until(lambda: commands.asked)
            assert commands.asked == [
                ("train", f"{DATA}openfield/", "--epochs", "200", "--batch", "4", "--scale", "1.0")
            ]
            await until(lambda: "DeepLabCut trains without its window" in said(window.strip))

    drive(story)


def test_what_was_chosen_is_what_is_asked_for(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["train"].trigger()
            asked = await shows(window, TrainSettings)
            asked.epochs.setValue(30)
            asked.scale.setCurrentIndex(2)
            asked.pretrained.setChecked(True)
            button(asked, "Begin training").click()
            await until(lambda: commands.asked)
            assert commands.asked[0][2:] == ("--epochs", "30", "--batch", "4", "--scale", "0.5", "--pretrained")

    drive(story)


@pytest.mark.parametrize("row", [project(labelled_frames=0), project(health=[finding("damaged", "error", "Broken.")])])
def test_what_cannot_be_trained_on_is_not_offered(drive: Drive, theme: Theme, row: dict[str, Any]) -> None:
    async def story() -> None:
        async with window_on(CalmDesk([row]), theme) as window:
            await choose_first(window)
            assert not button(window.inspector, "Train …").isEnabled()
            assert not window.acts["train"].isEnabled()

    drive(story)


def test_a_project_with_code_is_asked_about_before_it_is_trained(drive: Drive, theme: Theme) -> None:
    question = {
        "task": "train", "title": "This project brings code", "reasons": ["model.py"], "advice": "Ask its author.",
    }  # fmt: skip
    commands = PlayedCommands([Outcome(11, {"run": None, "question": question}), Outcome(0, {"tool": "deeplabcut"})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["train"].trigger()
            press(await shows(window, TrainSettings), Qt.Key.Key_Return)
            asked = await shows(window, TrustQuestion)
            assert button(asked, "Do not train").isDefault(), "Return must not agree"
            button(asked, "I trust it, train on it").click()
            await until(lambda: len(commands.asked) == 2)
            assert commands.asked[1] == (*commands.asked[0], "--trust")

    drive(story)


def test_a_training_is_followed_with_curve_and_log_stopped_and_continued(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"tool": "deeplabcut"})])
    desk = CalmDesk(
        trained=[job(), job("train-0", "exited", project="fly-pair", progress=None)],
        curves={"train-1": curve()}, logs={"train-1": "Epoch 11\nEpoch 12/200 (lr=0.0001)"},
        resumable=frozenset({"train-1"}),
    )  # fmt: skip

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: window.running.runs)
            window.places.setCurrentIndex(window.browsing.places.index(5))
            press(window, Qt.Key.Key_F8, KEEPS)
            view = await shows(window, JobsView)
            await until(lambda: "Running, begun" in said(view))
            assert [view.rows.topLevelItem(row).text(2) for row in range(2)] == [
                "epoch 12/200 · 13 min left",
                "✓ done",
            ]
            assert "about 13 min" in said(view) and view.log.toPlainText().endswith("(lr=0.0001)")
            assert "0.0075 in epoch 12" in view.curve.accessibleDescription()
            assert faults(view) == []
            button(view, "Stop …").click()
            asked = await shows(window, StopQuestion)
            assert "keeps its last checkpoint" in said(asked)
            button(asked, "Stop DeepLabCut").click()
            await until(lambda: "Stopped at" in said(view) and "Its last checkpoint is kept." in said(view))
            button(view, "Go on with it").click()
            await until(lambda: commands.asked == [("runs", "continue", "train-1")])

    drive(story)


def test_a_question_that_was_closed_can_be_asked_again_at_once(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(trained=[job()]), theme) as window:
            window.training_deeds.show_job("train-1")
            view = await shows(window, JobsView)
            await until(lambda: "Running, begun" in said(view))
            button(view, "Stop …").click()
            press(await shows(window, StopQuestion), Qt.Key.Key_Escape)
            button(view, "Stop …").click()
            button(await shows(window, StopQuestion), "Stop DeepLabCut").click()
            await until(lambda: "Its last checkpoint is kept." in said(view))

    drive(story)


def test_the_training_that_goes_on_is_the_one_that_is_looked_at(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"tool": "deeplabcut", "run": "train-2"})])
    stopped = job(state="stopped", ended="2026-01-05T11:00:00Z")
    desk = CalmDesk(trained=[stopped], resumable=frozenset({"train-1"}))

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            window.training_deeds.show_job("train-1")
            view = await shows(window, JobsView)
            await until(lambda: "Its last checkpoint is kept." in said(view))
            desk.trained = [job("train-2"), stopped]
            button(view, "Go on with it").click()
            await until(lambda: "Running, begun" in said(view), "the new one is shown")
            assert view.rows.currentItem() is view.rows.topLevelItem(0)

    drive(story)


def test_another_row_shows_another_training(drive: Drive, theme: Theme) -> None:
    problem = {"what": "The GPU's memory was not enough", "data_safe": "Your labels are unchanged.", "next": "Read."}
    desk = CalmDesk(trained=[job(), job("infer-0", "crashed", task="infer", progress=None, problem=problem)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.training_deeds.show_job("")
            view = await shows(window, JobsView)
            await until(lambda: "Running, begun" in said(view))
            view.rows.setCurrentItem(view.rows.topLevelItem(1))
            await until(lambda: "✕ The GPU's memory was not enough. Your labels are unchanged." in said(view))
            assert "Stop …" not in said(view) and "Go on with it" not in said(view) and not view.curve.isVisible()

    drive(story)


def test_before_the_first_training_the_next_step_is_said(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            window.acts["jobs"].trigger()
            view = await shows(window, JobsView)
            await until(lambda: "Begin with Train a model … on a project." in said(view))
            view.close()
            await until(lambda: "trainings and predictions" not in window.tasks.names())
            assert shown(window, JobsView) is None

    drive(story)


def test_a_training_that_ends_is_told_and_what_it_wrote_is_looked_at(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(trained=[job()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.running.every_s = 0.05
            await until(lambda: window.running.runs)
            desk.trained = [job(state="exited")]
            await until(lambda: "✓ Training of openfield is done." in said(window.notice))
            assert any("Training of openfield is done" in one.name for one in spoken(window.browser))

    drive(story)


def test_ends_in_words() -> None:
    over = JobSeen("r", "sleap", "infer", "fly", "stopped")
    assert job_words.ended(over) == "! Predictions for fly was stopped."
