"""What a tool left where it goes with the machine comes along when the session ends: nobody can be asked any more."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.moving_in import move_in
from launcher.desk.stray import left_there
from launcher.desk.stray_search import strays
from launcher.saving.apart import Apart
from launcher.saving.turns import turn

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.desk.stray import Stray

#: What is left of the five seconds that `finish` leaves; what a tool left elsewhere is only named then.
_NAMED_WITHIN_S = 1.5
#: With as much time it is saved; of it no more than a third is for finding it.
TIME_ENOUGH_S = 15.0


class TakingAlong:
    """One after the other, on a thread of its own: a slow disk may hold it for longer than there is time."""

    def __init__(self, desk: Desk, tell: Callable[[str], None], *, may_come: bool) -> None:
        self._desk = desk
        self._tell = tell
        self._may_come = may_come
        self._some_came = False
        self._deciding = Lock()

    def within(self, left_s: float) -> bool:
        """Has any come along? None does afterwards: what saves them next would not know of it."""
        Apart("strays", self._look).wait(left_s / 3 if self._may_come else _NAMED_WITHIN_S)
        with self._deciding:
            self._may_come = False
            return self._some_came

    def _look(self) -> None:
        with turn(self._desk.setup.state.path, "strays", TIME_ENOUGH_S):  # the session's script may run twice at once
            left = left_there(self._desk.journal)
            for stray in strays(self._desk):
                why = self._take(stray) if self._may_come and str(stray.dir) not in left else ""
                if why is not None:
                    named = f"{stray.dir} ({stray.files} files)"
                    self._tell(f"Not kept: {named} lies where nothing survives the session. {why}".rstrip())

    def _take(self, stray: Stray) -> str | None:
        """None if it comes along, else why not."""
        try:
            record = move_in(self._desk, stray.dir, is_last_chance=True)
        except errors.LauncherError as exc:
            return str(exc)
        with self._deciding:
            if not self._may_come:
                return "There was no time to bring it along."
            self._some_came = True
        self._tell(f"{stray.dir} lay where nothing survives the session; it comes along as {record.id}.")
        return None
