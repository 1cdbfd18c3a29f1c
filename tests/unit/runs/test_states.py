"""How a run is, and what a hanging tool waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launcher.runs.hanging import Signs, diagnose
from launcher.runs.process import Outcome
from launcher.runs.states import RunFacts, RunState, most_telling, state_of
from launcher.runs.watch import Patience
from launcher.tools.running import WindowSays

NOTHING, ASKS, READY = WindowSays.NOTHING_YET, WindowSays.ASKS_FOR_FILES, WindowSays.READY
YOUNG = RunFacts(is_alive=True, outcome=None, stop_asked=False, says=NOTHING, was_up=False, seconds=3.0)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (YOUNG, RunState.STARTING),
        (replace(YOUNG, seconds=89.9), RunState.STARTING),
        (replace(YOUNG, seconds=90.0), RunState.HANGING),
        (replace(YOUNG, says=ASKS, seconds=500.0), RunState.ASKING),
        (replace(YOUNG, says=READY), RunState.RUNNING),
        (replace(YOUNG, was_up=True, seconds=5000.0), RunState.RUNNING),
        (replace(YOUNG, was_up=True, says=ASKS), RunState.RUNNING),
        (replace(YOUNG, stop_asked=True), RunState.STARTING),
        (replace(YOUNG, is_alive=False), RunState.UNKNOWN),
        (replace(YOUNG, is_alive=False, stop_asked=True), RunState.STOPPED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(0, 1.0)), RunState.EXITED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(1, 1.0)), RunState.CRASHED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(-11, 1.0)), RunState.CRASHED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(None, 1.0, "no such file")), RunState.CRASHED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(143, 1.0), stop_asked=True), RunState.STOPPED),
        (replace(YOUNG, is_alive=False, outcome=Outcome(0, 1.0), stop_asked=True), RunState.STOPPED),
    ],
)
def test_state_of_a_run(facts: RunFacts, state: RunState) -> None:
    assert state_of(facts) is state


def test_a_ready_window_counts_more_than_a_dialog_before_it() -> None:
    assert most_telling([NOTHING, ASKS, READY]) is READY
    assert most_telling([NOTHING, ASKS]) is ASKS
    assert most_telling([]) is NOTHING


def test_a_title_on_its_way_is_not_taken_for_a_question() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    assert not patience.is_over(RunState.STARTING)
    assert not patience.is_over(RunState.ASKING)
    now[0] = 1.0
    assert not patience.is_over(RunState.STARTING)
    assert not patience.is_over(RunState.ASKING)
    now[0] = 2.9
    assert not patience.is_over(RunState.ASKING)
    now[0] = 3.0
    assert patience.is_over(RunState.ASKING)
    assert patience.is_over(RunState.RUNNING)


QUIET = Signs(busy_percent=0.0, on_disk=False, answers_awaited=(), titles=(), last_line="Loading model")


@pytest.mark.parametrize(
    ("signs", "word"),
    [
        (QUIET, "does nothing and waits"),
        (replace(QUIET, busy_percent=97.0), "still computing (97 %"),
        (replace(QUIET, on_disk=True), "waits for the disk"),
        (replace(QUIET, answers_awaited=["192.0.2.7:443"]), "over the network, from 192.0.2.7:443"),
        (replace(QUIET, titles=["Update?"], busy_percent=50.0), "window named “Update?”"),
    ],
)
def test_what_a_hanging_tool_waits_for(signs: Signs, word: str) -> None:
    assert word in diagnose(signs)
    assert "Its last words: Loading model" in diagnose(signs)
    assert "has not printed anything" in diagnose(replace(signs, last_line=""))
