"""Wait for what a started tool does next."""

from __future__ import annotations

import time
from collections.abc import Callable

from launcher.journal.run_records import RunRecord
from launcher.runs.runs import Look, Runs
from launcher.runs.screen import Screen, ScreenGone
from launcher.runs.states import RunState

_LOOK_EVERY_S, _LOOK_AT_END_EVERY_S = 0.05, 0.2
#: A dialog that asks stays; a window on its way to its final title does not.
_ASKS_FOR_S = 2.0
_STARTS_WITHIN_S = 5.0


class Patience:
    """Decides, look by look, whether there is something to tell; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asks_since: float | None = None

    def is_over(self, state: RunState) -> bool:
        """The window is up, or will not come by itself."""
        if state is not RunState.ASKING:
            self._asks_since = None
            return state is not RunState.STARTING
        self._asks_since = self._clock() if self._asks_since is None else self._asks_since
        return self._clock() - self._asks_since >= _ASKS_FOR_S


def until_up(runs: Runs, record: RunRecord, open_screen: Callable[[], Screen]) -> Look:
    """Look until the window is up, the tool asks for something, hangs, or ended."""
    patience, screen = Patience(), None
    # Longer only while another launcher holds the run and has not started the tool: its person is being asked.
    until = time.monotonic() + runs.hangs_after_s + _STARTS_WITHIN_S
    try:
        while True:
            screen = screen or _try(open_screen)
            look = runs.look(record, screen)
            record = look.record
            if patience.is_over(look.state) or time.monotonic() > until:
                return look
            time.sleep(_LOOK_EVERY_S)
    finally:
        if screen is not None:
            screen.close()


def until_over(runs: Runs, record: RunRecord) -> Look:
    """Look until the tool ended."""
    while not (look := runs.look(record)).state.is_over:
        record = look.record
        time.sleep(_LOOK_AT_END_EVERY_S)
    return look


def _try(open_screen: Callable[[], Screen]) -> Screen | None:
    try:
        return open_screen()
    except ScreenGone:
        return None
