"""Random days: files that change all the time, a saver that sleeps or has to follow its folder, an end done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

from tests.scenario.contents import content_of
from tests.scenario.days_computers import AWAY, CONFLICTS, DISK, DONE, NAMED, Computer
from tests.scenario.days_copies import Copies
from tests.scenario.days_files import half

#: A tool writes for no longer than this, however long the command takes.
_WRITES_S = 8.0
_HOLE = 100_000
#: Of these an empty one is what a tool has just opened.
_EMPTY_IS_HALF = (".csv", ".json", ".png", ".h5", ".slp", ".yaml")


class Restless(Copies):
    """Steps in which nothing stands still while it is saved."""

    def written_while_saved(self) -> None:
        """One file is written again and again while it is saved: replaced, made shorter, emptied, with holes."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        path = self.chance.choice([one for one in self.paths if one != self.kind.main])
        before = {one: self.ledger.disk(computer.name, one, place) for one, place in computer.folders.items()}
        self._pass_over_dead(computer)
        commands: list[list[str | Path]] = [["save", folder], ["save"], ["finish", "--deadline", "20"]]
        if self.has_saver:
            commands += [["watch"]] * 2
        arguments = self.chance.choice(commands)
        process, words = self._started(computer, arguments, 0)
        computer.frozen = process
        self._write_while(computer, project, path, process)
        before[project].pop(path, None)
        if arguments == ["watch"]:
            process.send_signal(signal.SIGTERM)
        code = self._wait(process, 120, f"{computer.name}: {arguments[0]} while {path} is written")
        told = words.read_text()
        self._note(f"   {computer.name}: {arguments[0]} while {path} is written -> {code} {told[:300]}")
        soft = (130, -signal.SIGTERM) if arguments == ["watch"] else ()
        if "Traceback" in told or code not in (*computer.ends(str(arguments[0])), *soft):
            raise self.wrong(f"{computer.name}: {arguments[0]} while {path} is written -> {code}: {told}")
        self._judge(computer, before)
        computer.frozen = None
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _write_while(self, computer: Computer, project: str, path: str, process: subprocess.Popen[bytes]) -> None:
        file, began, times = computer.folders[project] / path, time.monotonic(), 0
        file.parent.mkdir(parents=True, exist_ok=True)
        hows = self.chance.sample(["replaced", "shorter", "emptied", "holes", "cut off"], 2)
        pause_s = self.chance.choice([0.0, 0.02, 0.1, 0.4])
        while process.poll() is None and time.monotonic() - began < _WRITES_S:
            self._write_once(computer, project, path, self.chance.choice(hows))
            times += 1
            time.sleep(pause_s)
        self._note(f"   {computer.name}: wrote {path} {times} times, {hows}, every {pause_s} s")
        self.ledger.disk(computer.name, project, computer.folders[project])

    def _write_once(self, computer: Computer, project: str, path: str, how: str) -> None:
        """Each content that may be seen on the way is told before it is there."""
        file = computer.folders[project] / path
        was = file.read_bytes() if file.is_file() else b""
        data = self._content(path, was)
        told = partial(self._passes_by, computer, project, path)
        told(data, "whole")
        pause_s = self.chance.choice([0.0, 0.0, 0.05])
        if how == "shorter" and was:
            told(data + was[len(data) :], "with the old end")
            with file.open("r+b") as opened:
                opened.write(data)
                opened.flush()
                time.sleep(pause_s)
                opened.truncate(len(data))
        elif how == "emptied":
            told(b"", "nothing", is_half=path.endswith(_EMPTY_IS_HALF))
            with file.open("wb") as opened:
                time.sleep(pause_s)
                opened.write(data)
        elif how == "cut off" and (rest := half(path, data, self.chance)) is not None:
            told(rest, "cut off", is_half=True)
            file.write_bytes(rest)
            time.sleep(pause_s)
            file.write_bytes(data)
        else:
            draft = file.with_suffix(".tmp")
            draft.write_bytes(data)
            draft.replace(file)
            if how == "holes":
                told(data + bytes(_HOLE), "and a hole")
                os.truncate(file, len(data) + _HOLE)
                os.truncate(file, len(data))

    def _passes_by(
        self, computer: Computer, project: str, path: str, data: bytes, how: str, *, is_half: bool = False
    ) -> None:
        self.ledger.made(data, f"no. {self._count} of {path}, {how}", is_half=is_half)
        self.ledger.seen[computer.name, f"{project}/{path}"].add(content_of(data))

    def saver_sleeps(self) -> None:
        """A computer goes to sleep with its saver for longer than a lease lives; another one works meanwhile."""
        if not self.has_saver or (drawn := self._two()) is None:
            return
        computer, other, project = drawn
        self._start_saver(computer)
        assert computer.saver is not None
        for _ in range(self.chance.choice([0, 1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        time.sleep(self.chance.uniform(0, 14))
        os.killpg(computer.saver.pid, signal.SIGSTOP)
        self._note(f"   {computer.name}: sleeps")
        try:
            for _ in range(self.chance.choice([1, 2])):
                self._edit_one(other, project, other.folders[project])
                self._end_leases()
                self._run(other, "save", other.folders[project], "--json")
            self._end_leases()
        finally:
            os.killpg(computer.saver.pid, signal.SIGCONT)
            self._note(f"   {computer.name}: is awake again")
        for _ in range(self.chance.choice([0, 1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        self.let_time_pass()
        if self.chance.random() < 0.5:
            self._rests(computer, project)
        self._stop_saver(computer)
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def renamed_beside_saver(self) -> None:
        """The folder of a project gets another name while the saver runs, and the work goes on in it."""
        if not self.has_saver or (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.is_busy or not self._is_known(computer, project):
            return
        self._start_saver(computer)
        for _ in range(self.chance.choice([1, 2])):
            if self.chance.random() < 0.7:
                self._edit_one(computer, project, computer.folders[project])
            time.sleep(self.chance.uniform(0, 5))
            self._count += 1
            folder = computer.folders[project]
            self._move(computer, project, folder.with_name(f"renamed {self._count}"))
            if self.chance.random() < 0.7:
                self._edit_one(computer, project, computer.folders[project])
        self.ledger.disk(computer.name, project, computer.folders[project])
        self.let_time_pass()
        if self.chance.random() < 0.6:
            self._rests(computer, project)
        self._stop_saver(computer)
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def ends_again(self) -> None:
        """The end of a session is killed, and done once more: it is as if it had been done once."""
        computer = self.chance.choice(self.computers)
        if computer.is_busy or not computer.folders:
            return
        for project, folder in computer.folders.items():
            if folder.is_dir() and self.chance.random() < 0.7:
                self._edit_one(computer, project, folder)
        ends: list[list[str | Path]] = [["finish", "--deadline", "30"], ["session", "end", "--deadline", "30"]]
        for _ in range(self.chance.choice([1, 1, 2])):
            self._strike(computer, *self.chance.choice(ends))
        done = self._run(computer, *self.chance.choice(ends), "--json", may_be=(AWAY,))
        if done.code not in (DONE, CONFLICTS):
            return
        for project, folder in list(computer.folders.items()):
            row = self._status(computer, project) if folder.is_dir() and project not in computer.forgotten else None
            if row is not None and not row["all_saved"]:
                raise self.wrong(f"{computer.name}: the end, done again, said {done.code}, and status says {row}")
        self._is_complete(computer)

    def restore_taken_over(self) -> None:
        """What is brought back at one computer is cut off, done at another one, and then here once more."""
        if (drawn := self._two()) is None:
            return
        computer, other, project = drawn
        for one in self.chance.sample([computer, other], self.chance.choice([1, 2])):
            self._edit_one(one, project, one.folders[project])
            self._saved(one, project, self._run(one, "save", one.folders[project], "--json"))
        listed = self._run(other, "restore", self._home(project), "--list", "--json")
        if listed.code != DONE:
            return
        at = self.chance.choice(listed.json["states"][:6])["at"]
        arguments: list[str | Path] = ["restore", self._home(project), "--at", at]
        self._strike(computer, *arguments, most=40)
        for one in (other, computer):
            done = self._run(one, *arguments, "--json")
            if done.code in (DONE, CONFLICTS, NAMED, DISK) and "dir" in done.json:
                self._is_back(one, self._home(project), done)
            self._saved(one, project, self._run(one, "save", one.folders[project], "--json"))

    def decided_at_both(self) -> None:
        """Two computers have both versions of a file, and somebody decides at each of them at the same moment."""
        if (drawn := self._two()) is None:
            return
        first, second, project = drawn
        if (path := self._in_two_versions(first, second, project)) is None:
            return
        self._run(first, "stage", self._home(project), first.folders[project], "--json")
        before = {
            one.name: {name: self.ledger.disk(one.name, name, folder) for name, folder in one.folders.items()}
            for one in drawn[:2]
        }
        self._end_leases()
        begun = []
        for number, computer in enumerate((first, second)):
            self.ledger.shown(computer.name)
            keep = self.chance.choice(["mine", "theirs", "both"])
            decision: list[str | Path] = ["conflicts", computer.folders[project], path, "--keep", keep]
            process, words = self._started(computer, decision, number)
            computer.frozen = process
            begun.append((computer, keep, process, words))
            time.sleep(self.chance.choice([0.0, 0.0, 0.4]))
        if self.chance.random() < 0.2:
            time.sleep(self.chance.uniform(0.5, 2))
            begun[0][2].kill()
        for computer, keep, process, words in begun:
            code = self._wait(process, 150, f"{computer.name}: keep {keep}, decided at both")
            told = words.read_text()
            self._note(f"   {computer.name}: keep {keep} of {path}, decided at both -> {code} {told[:300]}")
            if "Traceback" in told or code not in (*computer.ends("conflicts"), -signal.SIGKILL):
                raise self.wrong(f"{computer.name}: keep {keep}, decided at both -> {code}: {told}")
        for computer in (first, second):
            self.ledger.shown(computer.name)
            self._judge(computer, before[computer.name], (f"{project}/{path}",))
        for computer in (first, second):
            computer.frozen = None
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))
