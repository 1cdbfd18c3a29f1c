"""The sentence that a person reads, for each situation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launcher.gpu.driver_words import throttle_reasons
from launcher.gpu.owners import ToolNow
from launcher.gpu.readings import State
from launcher.gpu.verdict import Code, verdict
from tests.unit.gpu.looking import WORKER, look_at

SLEAP = ToolNow("sleap", "SLEAP", frozenset({WORKER}))
TRAINING = replace(SLEAP, is_training=True)
ELSEWHERE = replace(TRAINING, pids=frozenset({9000001}))
BLIND = ToolNow("deeplabcut", "DeepLabCut", torch_sees_gpu=False)
SEEING = replace(BLIND, torch_sees_gpu=True)

SITUATIONS = [
    ("no_driver", 0, [], Code.NO_DRIVER, "No NVIDIA driver"),
    ("no_driver", 0, [TRAINING, BLIND], Code.NO_DRIVER, "they work on the processor"),
    ("driver_mismatch", 0, [], Code.DRIVER_MISMATCH, "start a new session"),
    ("no_permission", 0, [], Code.NO_PERMISSION, "may not use it"),
    ("no_device", 0, [], Code.NO_DEVICE, "sees no GPU"),
    ("training", 0, [], Code.IDLE, "T4 is free"),
    ("training", 0, [SEEING], Code.IDLE, "T4 is free"),
    ("training", 0, [BLIND], Code.TORCH_CANNOT_USE, "T4 is there, but DeepLabCut cannot use it"),
    ("training", 0, [ELSEWHERE], Code.TRAINING_ELSEWHERE, "SLEAP trains, but not on the GPU"),
    ("training", 0, [replace(ELSEWHERE, torch_sees_gpu=False)], Code.TORCH_CANNOT_USE, "SLEAP cannot use it"),
    ("training", 1, [], Code.BUSY, f"T4 is busy (87 %) with a program (process {WORKER})"),
    ("training", 1, [SLEAP], Code.TOOL, "SLEAP uses T4"),
    ("training", 1, [replace(SLEAP, torch_sees_gpu=False)], Code.TOOL, "SLEAP uses T4"),
    ("training", 1, [TRAINING], Code.TRAINING, "SLEAP trains on T4"),
    ("training", 1, [TRAINING, BLIND], Code.TRAINING, "SLEAP trains on T4"),
    ("training", 1, [replace(TRAINING, torch_sees_gpu=False)], Code.TRAINING, "SLEAP trains on T4"),
    ("training", 2, [TRAINING], Code.NEARLY_FULL, "nearly full (14.3 of 15.0 GiB)"),
    ("training", 3, [TRAINING], Code.HOT, "T4 is slowed by heat (92 °C)"),
    ("two", 0, [TRAINING], Code.TRAINING, "SLEAP trains on A10G"),
    ("mig", 0, [], Code.BUSY, f"MIG 3g.20gb is busy with a program (process {WORKER})"),
    ("mig", 0, [TRAINING], Code.TRAINING, "SLEAP trains on A100"),
    ("fractional", 0, [], Code.PRESENT, "does not tell how busy it is"),
    ("fractional", 0, [TRAINING], Code.PRESENT, "does not tell how busy it is"),
    ("fractional", 0, [BLIND], Code.TORCH_CANNOT_USE, "L4-3Q is there"),
    ("lost", 0, [TRAINING], Code.TRAINING, "SLEAP trains"),
    ("lost", 1, [TRAINING], Code.LOST, "GPU 1 stopped answering"),
]


@pytest.mark.parametrize(("trace", "frame", "tools", "code", "words"), SITUATIONS)
def test_the_sentence(trace: str, frame: int, tools: list[ToolNow], code: Code, words: str) -> None:
    told = look_at(trace, *tools, frame=frame).verdict
    assert told.code is code
    assert words in told.reason


def test_a_power_brake_slows_without_being_hot() -> None:
    reading = look_at("training").reading
    card = replace(reading.devices[0], throttle=throttle_reasons(0x88))
    told = verdict(replace(reading, devices=(card,)))
    assert told.code is Code.THROTTLED
    assert "slowed by its power supply" in told.reason


def test_two_free_cards_are_both_free() -> None:
    reading = look_at("two").reading
    cards = tuple(replace(card, utilization=0, processes=()) for card in reading.devices)
    assert verdict(replace(reading, devices=cards)).reason.startswith("All 2 GPUs are free")


@pytest.mark.parametrize("state", [state for state in State if state is not State.READ])
def test_every_state_without_a_reading_has_its_sentence(state: State) -> None:
    told = verdict(replace(look_at("no_driver").reading, state=state))
    assert told.reason.endswith((".", "it.")) and len(told.reason) > 40


def test_no_code_is_left_without_a_situation() -> None:
    shown = {code for _, _, _, code, _ in SITUATIONS} | {Code.THROTTLED, Code.STUCK, Code.UNREADABLE}
    assert shown == set(Code)
