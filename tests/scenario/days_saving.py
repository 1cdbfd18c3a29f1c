"""Random days: saving by a click, by the saver and at the end, through faults, and cut off."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import (
    AWAY,
    COMMAND_S,
    CONFLICTS,
    DONE,
    HELD,
    INTERRUPTED,
    NAMED,
    NOT_THERE,
    Computer,
)
from tests.scenario.days_work import Work
from tests.scenario.killing import after, at_answer


class Saving(Work):
    """Steps that send."""

    def save(self) -> None:
        """One click."""
        if (chosen := self._someone()) is not None:
            computer, project = chosen
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def save_all(self) -> None:
        """Everything at this computer."""
        computer = self.chance.choice(self.computers)
        self._run(computer, "save", "--json")
        for project in computer.folders:
            self._status(computer, project)

    def save_killed(self) -> None:
        """The machine is cut off."""
        if (chosen := self._someone()) is not None:
            computer, project = chosen
            if self.chance.random() < 0.7 and computer.folders[project].is_dir():
                self._edit_one(computer, project, computer.folders[project])
            self._strike(computer, "save", computer.folders[project])
            if self.chance.random() < 0.3:
                self._status(computer, project)

    def save_ended(self) -> None:
        """The system ends it softly."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        self._pass_over_dead(computer)
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        process = computer.site.start("save", computer.folders[project])
        at_answer(computer.proxy, self.chance.randint(1, 20))(process)
        process.send_signal(signal.SIGTERM)
        code = self._wait(process, 30, "a save that was told to end")
        self._note(f"   {computer.name}: save ended -> {code}")
        if code not in (INTERRUPTED, DONE, CONFLICTS, NAMED, HELD, NOT_THERE, -signal.SIGTERM):
            raise self.wrong(f"{computer.name}: a save that was told to end -> {code}")
        self._judge(computer, before)

    def frozen_save(self) -> None:
        """A save stands still for longer than its lease lives, while another computer works; then it goes on."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        others = [one for one in self.computers if one is not computer]
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        self._end_leases()
        process = computer.site.start("save", computer.folders[project])
        number = self.chance.randint(3, 20)
        at_answer(computer.proxy, number)(process)
        if process.poll() is not None:
            self._note(f"   {computer.name}: save was over before it could freeze")
            self._judge(computer, before)
            return
        process.send_signal(signal.SIGSTOP)
        self._note(f"   {computer.name}: save frozen at answer {number}")
        computer.frozen = process
        time.sleep(0.2)
        try:
            self._end_leases()
            other = self.chance.choice(others)
            for one in list(other.folders):
                self._run(other, "save", other.folders[one], "--json")
                self._end_leases()
        finally:
            process.send_signal(signal.SIGCONT)
            code = self._wait(process, 90, "a save that was frozen")
            self._note(f"   {computer.name}: frozen save -> {code}")
        if code not in (DONE, CONFLICTS, NAMED, HELD):
            raise self.wrong(f"{computer.name}: a save that was frozen -> {code}")
        self._judge(computer, before)
        computer.frozen = None

    def at_once(self) -> None:
        """Two commands at the same time, at one computer or two; one of them may be cut off."""
        drawn = (self._someone(), self._someone())
        chosen = [one for one in drawn if one is not None and one[0].folders[one[1]].is_dir()]
        if len(chosen) < len(drawn) or any(computer.is_busy for computer, _ in chosen):
            return
        for computer, project in chosen:
            self._edit_one(computer, project, computer.folders[project])
        before = {
            one.name: {project: self.ledger.disk(one.name, project, folder) for project, folder in one.folders.items()}
            for one, _ in chosen
        }
        self._end_leases()
        begun: list[tuple[Computer, str | Path, subprocess.Popen[bytes], Path]] = []
        for computer, project in chosen:
            arguments = self._quick_command(computer, project)
            words = self.site.folder.parent / f"words-{len(begun)}"
            with words.open("wb") as said:
                process = computer.site.start(*arguments, messages=said.fileno())
            computer.frozen = process
            begun.append((computer, arguments[0], process, words))
        if self.chance.random() < 0.3:
            after(self.chance.uniform(0.3, 1.5))(begun[0][2])
            begun[0][2].kill()
        for computer, verb, process, words in begun:
            code = self._wait(process, COMMAND_S, f"{computer.name}: {verb} at once with another")
            told = words.read_text()
            self._note(
                f"   {computer.name}: {verb} at once with another -> {code} {' | '.join(told.split(chr(10)))[:500]}"
            )
            if "Traceback" in told or code not in (*computer.ends(str(verb)), -signal.SIGKILL):
                raise self.wrong(f"{computer.name}: {verb} at once with another -> {code}: {told}")
        for computer in {one.name: one for one, _ in chosen}.values():
            if {"stage", "restore"} <= {verb for one, verb, *_ in begun if one is computer}:
                self.ledger.shown(computer.name)  # what the one brought may have been replaced by the other
            self._judge(computer, before[computer.name])
        for computer, _ in chosen:
            computer.frozen = None

    def _quick_command(self, computer: Computer, project: str) -> list[str | Path]:
        home = f"{self.site.home_uri}projects/{project}/"
        commands: list[list[str | Path]] = [
            ["save", computer.folders[project]],
            ["save", computer.folders[project]],
            ["finish", "--deadline", "20"],
            ["stage", home, computer.folders[project]],
            ["restore", home],
        ]
        return self.chance.choice(commands)

    def _rules(self) -> list[Rule]:
        kind = self.chance.choice(["resets", "slow down", "lost answers", "lost put", "mixed", "errors"])
        self._note(f"   faults: {kind}")
        return {
            "resets": [Rule(Fault.RESET, probability=0.15)],
            "slow down": [Rule(Fault.STATUS, probability=0.2)],
            "lost answers": [Rule(Fault.LOST_ANSWER, probability=0.15)],
            "lost put": [Rule(Fault.LOST_ANSWER, method="PUT", times=self.chance.randint(1, 6))],
            "mixed": [Rule(Fault.LOST_ANSWER, probability=0.1), Rule(Fault.RESET, probability=0.1)],
            "errors": [
                Rule(Fault.REFUSED, method="PUT", status=500, code="InternalError", times=self.chance.randint(1, 8))
            ],
        }[kind]

    @contextmanager
    def _faults(self, computer: Computer, rules: list[Rule]) -> Iterator[None]:
        computer.proxy.rules += rules
        try:
            yield
        finally:
            for rule in rules:
                computer.proxy.rules.remove(rule)

    def save_through_faults(self) -> None:
        """A bad network."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        verb = self.chance.choice(["save", "save", "save", "stage", "restore", "finish"])
        arguments: dict[str, list[str | Path]] = {
            "save": ["save", computer.folders[project], "--json"],
            "stage": ["stage", f"{self.site.home_uri}projects/{project}/", computer.folders[project], "--json"],
            "restore": ["restore", f"{self.site.home_uri}projects/{project}/", "--json"],
            "finish": ["finish", "--deadline", "30", "--json"],
        }
        with self._faults(computer, self._rules()):
            done = self._run(computer, *arguments[verb], may_be=(AWAY,))
        if verb == "save":
            self._saved(computer, project, done)

    def outage(self) -> None:
        """The server is away for a whole save."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        with self._faults(computer, [Rule(Fault.RESET)]):
            self._run(computer, "save", computer.folders[project], "--json", may_be=(AWAY,))
            self._status(computer, project)

    def finish(self) -> None:
        """The end of a session."""
        computer = self.chance.choice(self.computers)
        seconds = self.chance.choice([3, 8, 30])
        done = self._run(computer, "finish", "--deadline", str(seconds), "--json", may_be=(AWAY,))
        if done.code in (DONE, CONFLICTS):
            known = {row["project"] for row in done.json["projects"]}
            lying = {project for project, folder in computer.folders.items() if folder.is_dir()}
            for project in (known & computer.folders.keys()) | (lying - computer.forgotten):
                self._saved(computer, project, done)

    def finish_killed(self) -> None:
        """Nor does the end come to its end."""
        self._strike(self.chance.choice(self.computers), "finish", "--deadline", "30")
