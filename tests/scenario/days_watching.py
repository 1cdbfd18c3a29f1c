"""Random days: the saver beside the work, and the time that passes."""

from __future__ import annotations

import signal
import time

from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import DONE, INTERRUPTED, Computer
from tests.scenario.days_saving import Saving

#: After so long a calm the saver has nothing left to do, at a training's networks, too.
RESTS_S = 150.0
DAY_S = 24 * 3600.0
MONTH_S = 33 * DAY_S
_UNSAVED = frozenset({"not saved yet", "changed since it was saved"})


class Watching(Saving):
    """Steps of the saver, and of time."""

    def start_saver(self) -> None:
        """It saves by itself from now on."""
        computer = self.chance.choice(self.computers)
        if computer.saver is None:
            self._start_saver(computer)

    def _start_saver(self, computer: Computer) -> None:
        computer.saver = computer.site.start("watch")
        self._note(f"   {computer.name}: saver starts")

    def stop_saver(self) -> None:
        """Softly."""
        for computer in self.computers:
            if computer.saver is not None:
                self._stop_saver(computer)
                return

    def _stop_saver(self, computer: Computer) -> None:
        assert computer.saver is not None
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        computer.saver.send_signal(signal.SIGTERM)
        code = self._wait(computer.saver, 30, "the saver")
        self._note(f"   {computer.name}: saver ends -> {code}")
        self._judge(computer, before)
        computer.saver = None
        if code not in (DONE, INTERRUPTED, -signal.SIGTERM):
            raise self.wrong(f"{computer.name}: the saver ended with {code}")

    def kill_saver(self) -> None:
        """Cut off."""
        for computer in self.computers:
            if computer.saver is not None:
                before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
                computer.saver.kill()
                computer.saver.wait()
                self._note(f"   {computer.name}: saver killed")
                self._judge(computer, before)
                computer.saver = None
                return

    def let_time_pass(self) -> None:
        """So that the saver comes to something."""
        time.sleep(self.chance.uniform(1, 12))
        wrong = self.ledger.look(self._busy())
        if wrong:
            raise self.wrong("\n".join(wrong))

    def work_beside_saver(self) -> None:
        """Work goes on for a while, and the saver with it."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.saver is None:
            self._start_saver(computer)
        for _ in range(self.chance.randint(3, 9)):
            self._edit_one(computer, project, computer.folders[project])
            time.sleep(self.chance.uniform(0.2, 4))
        self.ledger.disk(computer.name, project, computer.folders[project])
        self.let_time_pass()
        if self.chance.random() < 0.4:
            self._rests(computer, project)

    def _rests(self, computer: Computer, project: str) -> None:
        """When nobody works any more, the saver brings everything home, unless it says why it cannot."""
        self._end_leases()
        began, left = time.monotonic(), ["?"]
        while left and time.monotonic() - began < RESTS_S:
            time.sleep(3)
            row = self._status(computer, project)
            if row is None or row.get("problem") or computer.saver is None or computer.saver.poll() is not None:
                return
            left = [item["path"] for item in row["items"] if item["state"] in _UNSAVED]
        if left:
            raise self.wrong(f"{computer.name}: after {RESTS_S} s of rest its saver has not saved {left}")

    def days_pass(self) -> None:
        """By the server's clock, and fewer than a replaced content is kept: nothing may go."""
        self._save_later(self.chance.choice([2, 9, 29]) * DAY_S)

    def month_passes(self) -> None:
        """By the server's clock; what was replaced before then may go."""
        self.ledger.is_old = True
        self._save_later(MONTH_S)
        self.ledger.is_old = False
        self._note(f"   kept of the history: {len(self.site.objects(self.home, 'person/.pose-launcher/history/'))}")

    def _save_later(self, seconds: float) -> None:
        """Somebody works a little and saves, so much later by the server's clock."""
        if (chosen := self._someone()) is None or self._busy():
            return
        computer, project = chosen
        if computer.folders[project].is_dir():
            self._edit_one(computer, project, computer.folders[project])
        with self._faults(computer, [Rule(Fault.CLOCK, seconds=seconds)]):
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))
