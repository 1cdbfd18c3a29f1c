"""Random days: a server that stands still, connections that are lost, and a clock that is wrong for long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import AWAY, CONFLICTS, DONE, Computer
from tests.scenario.days_home import HomePrefix
from tests.scenario.days_sessions import LATE_S

#: A short moment, one that is longer than the patience of a session's end, and one longer than that of a request.
_STANDS_STILL_S = (1.0, 4.0, 12.0, 34.0)
_END_S = 20
#: So far off, the server itself refuses nothing, and the proxy does, as a server with S3's own limit would.
_MINUTES_OFF_S = (-780.0, -400.0, 400.0, 780.0)
_HOURS_OFF_S = (-26 * 3600.0, -5 * 3600.0, 5 * 3600.0, 26 * 3600.0)


class Servers(HomePrefix):
    """Steps in which the way to the server, or its time, is not what it should be."""

    def server_stands_still(self) -> None:
        """In the middle of a command, for some seconds; then it goes on as if nothing had been."""
        if (chosen := self._someone_free()) is None or self._busy():
            return
        computer, project = chosen[:2]
        arguments = self._edited(computer, project)
        seconds = self.chance.choice(_STANDS_STILL_S)
        number, what = self.chance.randint(1, 25), f"and the server stood still for {seconds} s"
        with self._under_way(computer, arguments, number, what, may_be=(AWAY,)) as one, self._standing_still():
            if arguments[0] == "finish" and seconds > _END_S:
                self._wait(one.process, _END_S + LATE_S, f"{computer.name}: finish")
            elif one.process.poll() is None:
                time.sleep(seconds)
        self._is_all_saved_if_done(computer, project, str(arguments[0]), one.code)

    def _edited(self, computer: Computer, project: str) -> Sequence[str | Path]:
        """Work to be saved, and a command that saves it or brings it."""
        for _ in range(self.chance.choice([1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        return self._quick_command(computer, project)

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        os.kill(self._server.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._server.pid, signal.SIGCONT)

    def _is_all_saved_if_done(self, computer: Computer, project: str, verb: str, code: int) -> None:
        row = self._status(computer, project)
        if verb in ("save", "finish") and code in (DONE, CONFLICTS) and row is not None and not row["all_saved"]:
            raise self.wrong(f"{computer.name}: {verb} said {code}, and status says {row}")
        folder = computer.folders[project]
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def connection_lost(self) -> None:
        """Once or twice, at some request: a command that reads or writes asks again, and comes to its own end."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project = chosen[:2]
        arguments, number = self._edited(computer, project), self.chance.randint(0, 25)
        kind = self.chance.choice([Fault.RESET, Fault.LOST_ANSWER, Fault.CUT])
        rule = Rule(kind, times=self.chance.choice([1, 2]), after=self.chance.choice([-1, 0, 20]))
        what = f"and a connection was lost: {kind}, {rule.times} times"
        with self._under_way(computer, arguments, number, what) as one, self._faults(computer, [rule]):
            one.code = self._wait(one.process, one.patience_s, f"{computer.name}: {arguments[0]}, {what}")
        self._is_all_saved_if_done(computer, project, str(arguments[0]), one.code)

    def clock_is_wrong_for_long(self) -> None:
        """Minutes or hours off for several steps, and set right, or otherwise wrong, in the middle of one."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        fault, amounts = self.chance.choice([(Fault.STRICT_CLOCK, _MINUTES_OFF_S), (Fault.CLOCK, _HOURS_OFF_S)])
        rule = Rule(fault, seconds=self.chance.choice(amounts))
        self._note(f"   {computer.name}: its clock is {-rule.seconds} s fast from now on, {fault}")
        with self._faults(computer, [rule]):
            for _ in range(self.chance.choice([1, 2, 3])):
                self._goes_on(computer, project)
            if not folder.is_dir():
                return
            done = self._run(computer, "save", folder, "--json")
            self._saved(computer, project, done)
            if done.code in (DONE, CONFLICTS) and done.json["saved"]:  # else it asked nobody
                self._skew_is_told(computer, -rule.seconds)
            self._clock_is_set(computer, project, rule, self.chance.choice([0.0, 0.0, -rule.seconds]))
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _skew_is_told(self, computer: Computer, seconds: float) -> None:
        told = self._run(computer, "status", "--json").json["clock"]["skew_seconds"]
        if told != pytest.approx(seconds, abs=30):
            raise self.wrong(f"{computer.name}: its clock is {seconds} s fast, and status says {told}")

    def _clock_is_set(self, computer: Computer, project: str, rule: Rule, seconds: float) -> None:
        self._edit_one(computer, project, computer.folders[project])
        arguments, number = self._quick_command(computer, project), self.chance.randint(1, 20)
        with self._under_way(computer, arguments, number, f"and its clock was set to {-seconds} s fast") as one:
            rule.seconds = seconds
        self._is_all_saved_if_done(computer, project, str(arguments[0]), one.code)
