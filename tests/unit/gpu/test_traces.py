"""What is read of each kind of computer."""

from __future__ import annotations

import json

import pytest

from launcher.gpu.nvml import LOOK_AGAIN_S, NvmlSource
from launcher.gpu.readings import State, Throttle, Use
from tests.fixtures.nvml.record import record
from tests.fixtures.nvml.replay import NAMES, ReplayedNvml, replayed, trace
from tests.unit.gpu.looking import WORKER, look_at

GIB = 1024**3


@pytest.mark.parametrize("name", NAMES)
def test_every_trace_says_whether_it_was_recorded(name: str) -> None:
    assert trace(name)["origin"] in ("recorded", "made by hand from NVML's documentation, not recorded")


def test_one_card_tells_everything() -> None:
    reading = look_at("training", frame=1).reading
    (card,) = reading.devices
    assert (reading.driver, reading.cuda) == ("570.172.08", "12.8")
    assert (card.index, card.name, card.utilization, card.temperature) == (0, "Tesla T4", 87, 64)
    assert card.power == pytest.approx(68.1, abs=0.1)
    assert card.memory_total == 15 * GIB and card.memory_used == 6290 * 1024**2
    assert card.throttle == (Throttle.POWER_LIMIT,)
    assert [(program.pid, program.use) for program in card.processes or ()] == [
        (9000900, Use.GRAPHICS),
        (WORKER, Use.COMPUTE),
    ]


def test_a_card_of_others_is_left_out_and_the_own_one_stays() -> None:
    assert [card.index for card in look_at("two").reading.devices] == [0, 1]
    assert [card.index for card in look_at("two", frame=1).reading.devices] == [1]


def test_only_cards_of_others_is_a_matter_of_rights() -> None:
    told = trace("two")
    denied = {f"nvmlDeviceGetHandleByIndex({index})": {"error": 4} for index in (0, 1)}
    told["frames"] = [told["frames"][0] | denied]
    assert NvmlSource(ReplayedNvml(told)).read().state is State.NO_PERMISSION


def test_a_divided_card_is_its_parts() -> None:
    parts = look_at("mig").reading.devices
    assert [(part.index, part.instance, part.name) for part in parts] == [
        (0, 0, "NVIDIA A100-SXM4-40GB MIG 3g.20gb"),
        (0, 2, "NVIDIA A100-SXM4-40GB MIG 3g.20gb"),
    ]
    assert [part.utilization for part in parts] == [None, None]
    assert [part.temperature for part in parts] == [38, 38]
    assert [[program.pid for program in part.processes or ()] for part in parts] == [[], [WORKER]]


def test_the_use_of_a_whole_card_is_not_told_as_that_of_its_parts() -> None:
    told = trace("mig")
    told["frames"][0]["nvmlDeviceGetUtilizationRates(gpu0)"] = {"fields": {"gpu": 50, "memory": 10}}
    assert {part.utilization for part in NvmlSource(ReplayedNvml(told)).read().devices} == {None}


def test_what_a_fraction_of_a_card_does_not_tell_harms_nothing_else() -> None:
    (card,) = look_at("fractional").reading.devices
    assert (card.name, card.memory_total) == ("NVIDIA L4-3Q", 3 * GIB)
    assert (card.utilization, card.temperature, card.power, card.throttle, card.processes) == (None,) * 5


def test_a_lost_card_leaves_the_other_one() -> None:
    first, second = look_at("lost", frame=1).reading.devices
    assert (first.name, first.is_lost) == ("NVIDIA A10G", False)
    assert second.is_lost


def test_a_card_that_is_lost_in_the_middle_of_a_reading() -> None:
    told = trace("training")
    told["frames"][0]["nvmlDeviceGetPowerUsage(gpu0)"] = {"error": 15}
    (card,) = NvmlSource(ReplayedNvml(told)).read().devices
    assert card.is_lost


def test_an_old_driver_is_asked_in_its_own_words() -> None:
    (card,) = look_at("old_driver").reading.devices
    assert card.memory_used == 800 * 1024**2
    assert card.throttle == ()
    assert [program.pid for program in card.processes or ()] == [WORKER]


def test_on_a_windows_desktop_only_a_program_without_a_window_calculates() -> None:
    (card,) = look_at("windows", is_windows=True).reading.devices
    assert [(program.pid, program.use) for program in card.processes or ()] == [
        (9001204, Use.GRAPHICS),
        (9003300, Use.GRAPHICS),
        (WORKER, Use.COMPUTE),
    ]
    assert {program.memory for program in card.processes or ()} == {None}


def test_without_a_driver_the_library_is_looked_for_every_half_minute() -> None:
    driver, now = replayed("no_driver"), [0.0]
    source = NvmlSource(driver, clock=lambda: now[0])
    first = source.read()
    assert first.state is State.NO_DRIVER
    now[0] = LOOK_AGAIN_S - 1
    assert source.read() is first
    assert driver.calls == ["nvmlInit"]
    now[0] = LOOK_AGAIN_S
    assert source.read() is not first
    assert driver.calls == ["nvmlInit", "nvmlInit"]


def test_the_driver_is_opened_once_and_closed_once() -> None:
    driver = replayed("training")
    source = NvmlSource(driver)
    source.read()
    source.read()
    source.close()
    source.close()
    assert [call for call in driver.calls if call in ("nvmlInit", "nvmlShutdown")] == ["nvmlInit", "nvmlShutdown"]


def test_a_driver_that_goes_away_is_let_go_and_opened_anew() -> None:
    told, now = trace("training"), [0.0]
    gone = {"nvmlDeviceGetUtilizationRates(gpu0)": {"error": 9}}
    back = {"nvmlDeviceGetUtilizationRates(gpu0)": {"fields": {"gpu": 5, "memory": 0}}}
    driver = ReplayedNvml(told | {"frames": [told["frames"][0], gone, back]})
    source = NvmlSource(driver, clock=lambda: now[0])
    assert source.read().state is State.READ
    driver.advance()
    assert source.read().state is State.NO_DRIVER
    driver.advance()
    now[0] = LOOK_AGAIN_S
    assert source.read().devices[0].utilization == 5
    assert driver.calls.count("nvmlInit") == 2


@pytest.mark.parametrize("name", ["training", "two", "mig", "fractional", "old_driver", "no_driver"])
def test_a_recording_replays_as_what_was_recorded(name: str) -> None:
    recorded = json.loads(json.dumps(record(replayed(name), 2, 0)))
    assert recorded[1] == {}, "nothing changed between the two"
    before, after = NvmlSource(replayed(name)).read(), NvmlSource(ReplayedNvml({"frames": recorded})).read()
    assert (after.state, after.driver, after.devices) == (before.state, before.driver, before.devices)
