"""What a tool left where it goes with the machine comes along when the session ends: nobody can be asked any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_NO_TIME = "There was no time to bring it along."


class TakingAlong:
    """One after the other, on a thread of its own: a slow disk may hold it for longer than there is time."""

    def __init__(self, desk: Desk, tell: Callable[[str], None], *, may_come: bool) -> None:
        self._desk = desk
        self._tell = tell
        self._may_come = may_come
        self._some_came = self._is_over = False
        #: Those of which nothing is told yet; None until it is known which there are.
        self._left: list[Stray] | None = None
        self._deciding = Lock()

    def within(self, left_s: float) -> bool:
        """Has any come along? None does afterwards: what saves them next would not know of it.

        Nobody waits for what still goes on then, so what it has not come to is named here.
        """
        looking = Apart("strays", self._look)
        looking.wait(left_s / 3 if self._may_come else _NAMED_WITHIN_S)
        with self._deciding:
            self._is_over = True
            left, some_came = self._left, self._some_came
        self._name_left(left, looking.problem)
        return some_came

    def _name_left(self, left: Sequence[Stray] | None, problem: errors.LauncherError | None) -> None:
        if left is None:
            why = str(problem) if problem is not None else "There was no time for it."
            self._tell(f"Not looked through: where tools may have left projects that do not survive the session. {why}")
        for stray in left or ():
            self._tell(_not_kept(stray, str(problem) if problem is not None else _NO_TIME))

    def _look(self) -> None:
        with turn(self._desk.setup.state.path, "strays", TIME_ENOUGH_S):  # the session's script may run twice at once
            on_purpose, found = left_there(self._desk.journal), strays(self._desk)
            self._left = list(found)
            for stray in found:
                may_come = self._may_come and not self._is_over and str(stray.dir) not in on_purpose
                came_as, why = self._taken(stray) if may_come else ("", "")
                if not self._settle(stray, has_come=bool(came_as)):
                    return  # it is named as not kept, and so are those after it
                lay = f"{stray.dir} lay where nothing survives the session"
                self._tell(f"{lay}; it comes along as {came_as}." if came_as else _not_kept(stray, why))

    def _taken(self, stray: Stray) -> tuple[str, str]:
        """As what it comes along, or why it does not."""
        try:
            return move_in(self._desk, stray.dir, is_last_chance=True).id, ""
        except errors.LauncherError as exc:
            return "", str(exc)

    def _settle(self, stray: Stray, *, has_come: bool) -> bool:
        """Is it ours to tell what became of it? Not any more when the time is over."""
        with self._deciding:
            if self._is_over or self._left is None:
                return False
            self._left.remove(stray)
            self._some_came = self._some_came or has_come
            return True


def _not_kept(stray: Stray, why: str) -> str:
    return f"Not kept: {stray.dir} ({stray.files} files) lies where nothing survives the session. {why}".rstrip()
