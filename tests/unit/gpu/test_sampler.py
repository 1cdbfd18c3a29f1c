"""Once a second, ten minutes, told to whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from queue import SimpleQueue

import pytest

from launcher.gpu.look import Gpu
from launcher.gpu.nvml import NvmlSource
from launcher.gpu.owners import ToolNow
from launcher.gpu.readings import Reading
from launcher.gpu.sampler import Sampler, Snapshot
from launcher.gpu.verdict import Code
from tests.fixtures.nvml.replay import replayed
from tests.unit.gpu.looking import WORKER


def told_until(told: SimpleQueue[Snapshot], done: Callable[[Snapshot], bool]) -> Snapshot:
    while not done(snapshot := told.get(timeout=30)):
        pass
    return snapshot


def test_it_keeps_the_latest_readings_oldest_first() -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    driver = replayed("training")
    sampler = Sampler(Gpu(NvmlSource(driver)), every_s=0.001, keep=3)
    sampler.subscribe(told.put)
    sampler.start()
    full = told_until(told, lambda snapshot: len(snapshot.history) == 3)
    later = told.get(timeout=30)
    assert sampler.stop()
    assert len(later.history) == 3
    assert later.history[:2] == full.history[1:], "the oldest makes room"
    assert later.history[-1] is later.look.reading
    assert sampler.latest is not None
    assert "nvmlShutdown" in driver.calls


def test_a_change_on_the_card_is_a_new_verdict() -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    driver = replayed("training")
    training = ToolNow("sleap", "SLEAP", frozenset({WORKER}), is_training=True)
    sampler = Sampler(Gpu(NvmlSource(driver), lambda: [training]), every_s=0.001)
    sampler.subscribe(told.put)
    sampler.start()
    told_until(told, lambda snapshot: snapshot.look.verdict.code is Code.TRAINING_ELSEWHERE)
    driver.advance()
    told_until(told, lambda snapshot: snapshot.look.verdict.code is Code.TRAINING)
    assert sampler.stop()


class Counted:
    """A driver that is not there, and how often it was asked for."""

    def __init__(self, until: int) -> None:
        self._source, self._left, self.often_enough = NvmlSource(replayed("no_driver")), until, threading.Event()

    def read(self) -> Reading:
        self._left -= 1
        if self._left == 0:
            self.often_enough.set()
        return self._source.read()

    def close(self) -> None:
        self._source.close()


def test_nothing_is_told_while_nothing_changes() -> None:
    told: list[Snapshot] = []
    source = Counted(until=20)
    sampler = Sampler(Gpu(source), every_s=0.001)
    sampler.subscribe(told.append)
    sampler.start()
    assert source.often_enough.wait(30)
    assert sampler.stop()
    assert [snapshot.look.verdict.code for snapshot in told] == [Code.NO_DRIVER]
    assert len(told[0].history) == 1


def test_who_comes_later_is_told_the_latest_at_once_and_who_left_nothing() -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    late: list[Snapshot] = []
    sampler = Sampler(Gpu(NvmlSource(replayed("no_driver"))))
    leave = sampler.subscribe(told.put)
    sampler.start()
    first = told.get(timeout=30)
    leave()
    sampler.subscribe(late.append)
    assert late == [first]
    assert sampler.stop()
    assert told.empty()


def test_a_snapshot_cannot_be_changed() -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    sampler = Sampler(Gpu(NvmlSource(replayed("training"))), every_s=0.001)
    sampler.subscribe(told.put)
    sampler.start()
    snapshot = told.get(timeout=30)
    assert sampler.stop()
    with pytest.raises(FrozenInstanceError):
        snapshot.look = snapshot.look  # type: ignore[misc]
    assert isinstance(snapshot.history, tuple)


def test_a_broken_listener_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    sampler = Sampler(Gpu(NvmlSource(replayed("training"))), every_s=0.001)

    def broken(_: Snapshot) -> None:
        raise RuntimeError("the window is gone")

    sampler.subscribe(broken)
    sampler.subscribe(told.put)
    sampler.start()
    told.get(timeout=30)
    told.get(timeout=30)
    assert sampler.stop()
    assert "a listener to the GPU failed" in caplog.text


def test_unknown_tools_cost_one_look_and_not_the_sampler(caplog: pytest.LogCaptureFixture) -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    failures = iter([True])

    def tools_now() -> list[ToolNow]:
        if next(failures, False):
            raise OSError("the journal is locked")
        return []

    sampler = Sampler(Gpu(NvmlSource(replayed("training")), tools_now), every_s=0.001)
    sampler.subscribe(told.put)
    sampler.start()
    assert told.get(timeout=30).look.verdict.code is Code.IDLE
    assert sampler.stop()
    assert "could not be looked at" in caplog.text


def test_it_stops_although_the_driver_hangs() -> None:
    told: SimpleQueue[Snapshot] = SimpleQueue()
    driver = replayed("hanging")
    sampler = Sampler(Gpu(NvmlSource(driver)), every_s=0.001)
    sampler.subscribe(told.put)
    sampler.start()
    told.get(timeout=30)
    driver.advance()
    told_until(told, lambda snapshot: snapshot.look.verdict.code is Code.STUCK)
    assert not sampler.stop(), "the driver does not let go"
    driver.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "nvml":
            thread.join(10)


def test_one_that_never_started_stops_too() -> None:
    assert Sampler(Gpu(NvmlSource(replayed("no_driver")))).stop()
