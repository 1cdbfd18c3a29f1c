"""Told to end at whatever moment: it is heard, once is enough, and the exit code is the one that was told."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator

import pytest

from launcher import errors
from launcher.desk.told_to_end import ends_when_told
from tests.conftest import ROOT

#: Stands in for the command; what it does is the next word.
_RUN = """
import signal, sys
import launcher.cli.main
from launcher.__main__ import main
def tell():
    signal.raise_signal(signal.SIGTERM)
class AtTheVeryEnd:
    def __init__(self, do):
        self.do = do
    def __del__(self):
        self.do(15)
def while_a_class_is_made():
    try:
        exec("tell()")
    except KeyboardInterrupt:
        print("told")
    return 130
def while_python_ends():
    global last
    last = AtTheVeryEnd(signal.raise_signal)
    return 4
launcher.cli.main.main = globals()[sys.argv[1]]
sys.exit(main())
"""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """As they were, afterwards."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


def interrupt() -> None:
    raise KeyboardInterrupt


def goes_on() -> None:
    """The process of the tests is not cut off."""


class Thing:
    """May go."""


def test_an_interruption_that_python_drops_in_a_call_back_is_heard_all_the_same() -> None:
    def call_back(_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    def go_on() -> None:
        things.clear()
        time.sleep(10)

    things = [Thing()]
    called = weakref.ref(things[0], call_back)
    with pytest.raises(KeyboardInterrupt), ends_when_told(interrupt, goes_on):
        go_on()
    assert called() is None


def test_who_asks_again_while_what_was_told_to_end_tidies_up_changes_nothing() -> None:
    told = []
    with ends_when_told(interrupt, goes_on):
        with ends_when_told(lambda: told.append("saver"), goes_on):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert told == ["saver"]


@pytest.mark.parametrize(("moment", "code"), [("while_a_class_is_made", errors.INTERRUPTED), ("while_python_ends", 4)])
def test_the_process_ends_with_its_code_and_not_by_the_signal(moment: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, moment], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout == ("told\n" if code == errors.INTERRUPTED else "")
