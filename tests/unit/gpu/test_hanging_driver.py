"""A driver that does not answer costs nobody anything but its own reading."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from launcher.gpu.bounded import NvmlThread
from launcher.gpu.nvml import NvmlSource
from launcher.gpu.readings import Reading, State
from launcher.gpu.verdict import Code, verdict
from tests.fixtures.nvml.replay import ReplayedNvml, replayed


@pytest.fixture
def driver() -> Iterator[ReplayedNvml]:
    """Answers once and then hangs; in the end no thread is left."""
    made = replayed("hanging")
    yield made
    made.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "nvml":
            thread.join(10)
            assert not thread.is_alive()


def test_the_first_call_that_hangs_is_named_and_nobody_waits_for_it_again(driver: ReplayedNvml) -> None:
    nvml = NvmlThread(NvmlSource(driver))
    assert nvml.read().state is State.READ
    driver.advance()
    stuck = nvml.read(0.1)
    assert driver.hanging.is_set()
    assert verdict(stuck).code is Code.STUCK
    assert f"has not answered since {stuck.at:%H:%M:%S}" in verdict(stuck).reason
    asked = len(driver.calls)
    assert nvml.read(0.1) == stuck
    assert len(driver.calls) == asked, "a driver that hangs is not asked again"
    driver.let_go.set()
    assert nvml.close()


def test_the_patience_with_a_call_is_spent_once(driver: ReplayedNvml) -> None:
    nvml = NvmlThread(NvmlSource(driver))
    nvml.read()
    driver.advance()
    nvml.read(0.5)
    began = time.monotonic()
    for _ in range(10):
        assert nvml.read(0.5).state is State.STUCK
    assert time.monotonic() - began < 0.5, "ten who ask now wait less together than one would alone"
    driver.let_go.set()
    assert nvml.close()


def test_it_answers_again_once_the_driver_does(driver: ReplayedNvml) -> None:
    nvml = NvmlThread(NvmlSource(driver))
    nvml.read()
    driver.advance()
    assert nvml.read(0.1).state is State.STUCK
    driver.let_go.set()
    assert nvml.read(30).state is not State.STUCK
    assert nvml.close()


def test_closing_does_not_wait_for_a_driver_that_hangs(driver: ReplayedNvml) -> None:
    nvml = NvmlThread(NvmlSource(driver))
    nvml.read()
    driver.advance()
    nvml.read(0.1)
    assert not nvml.close(0.1)


def test_without_a_look_there_is_nothing_to_close(driver: ReplayedNvml) -> None:
    assert NvmlThread(NvmlSource(driver)).close()
    assert driver.calls == []


class SurprisingSource:
    """A driver whose answers our code does not understand."""

    def read(self) -> Reading:
        raise AttributeError("no such field")

    def close(self) -> None:
        """Nothing was opened."""


def test_a_surprising_answer_is_a_reading_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    nvml = NvmlThread(SurprisingSource())
    reading = nvml.read()
    assert verdict(reading).code is Code.UNREADABLE
    assert "no such field" in reading.detail
    assert "could not be read" in caplog.text
    assert nvml.close()
