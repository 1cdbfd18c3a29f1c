"""Random days: what two computers do to one project in the same minutes, and what a computer suffers for a minute."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import AWAY, CONFLICTS, DISK, DONE, NAMED, NOT_THERE, Computer
from tests.scenario.days_files import CONFIG, DEEPLABCUT
from tests.scenario.days_sessions import Sessions
from tests.scenario.days_watching import DAY_S
from tests.scenario.oracle import CORNER, without_paths

_BAD_PLACE = str(ROOT / "tests" / "scenario" / "bad_place.py")
#: No file grows beyond so many bytes: nothing fits any more, a page of the journal does, or a few files.
_ROOM = (0, 4096, 40_000, 400_000)
_PUT_AWAY_S = 12.0


class Elsewhere(Sessions):
    """Steps with two computers at once, and with what passes."""

    def _two(self) -> tuple[Computer, Computer, str] | None:
        """Two computers that have one project, and nothing that runs there."""
        pairs = [
            (one, other, project)
            for one in self.computers
            for other in self.computers
            for project in sorted(one.folders.keys() & other.folders.keys())
            if one is not other and not one.is_busy and not other.is_busy
            if one.folders[project].is_dir() and other.folders[project].is_dir()
        ]
        return self.chance.choice(pairs) if pairs else None

    def _in_two_versions(self, first: Computer, second: Computer, project: str) -> str | None:
        """A file that both have written and saved; None where one of them could not."""
        path = self.chance.choice([one for one in self.paths if not self._has_paths(one) and not one.endswith(".pt")])
        for computer in (first, second):
            self._write(computer, project, path)
            if self._run(computer, "save", computer.folders[project], "--json").code not in (DONE, CONFLICTS, NAMED):
                return None
        return path

    def _home(self, project: str) -> str:
        return f"{self.site.home_uri}projects/{project}/"

    def restore_elsewhere(self) -> None:
        """What one computer saved is brought back to an earlier state at another, which undoes that again."""
        if (drawn := self._two()) is None:
            return
        saving, other, project = drawn
        for _ in range(self.chance.choice([1, 2, 3])):
            self._edit_one(saving, project, saving.folders[project])
        self._saved(saving, project, self._run(saving, "save", saving.folders[project], "--json"))
        if self.chance.random() < 0.6:
            self._edit_one(other, project, other.folders[project])
        folder = other.folders[project]
        if self._run(other, "save", folder, "--json").code not in (DONE, CONFLICTS):
            return
        listed = self._run(other, "restore", self._home(project), "--list", "--json")
        if listed.code != DONE:
            return
        before, current = self.ledger.disk(other.name, project, folder), dict(self.ledger.current)
        uri = self._home(project) + (self.chance.choice(self.paths) if self.chance.random() < 0.5 else "")
        at = self.chance.choice(listed.json["states"][:5])["at"]
        done = self._run(other, "restore", uri, "--at", at, "--json")
        if done.code not in (DONE, CONFLICTS, NAMED):
            return
        self._is_back(other, uri, done)
        if done.code == NAMED or not done.json["before"]:
            return
        undone = self._run(other, "restore", uri, "--at", done.json["before"], "--json")
        if undone.code not in (DONE, CONFLICTS):
            return
        self._is_back(other, uri, undone)
        here = self.ledger.disk(other.name, project, folder)
        wrong = [
            path
            for path in done.json["restored"]
            if path in before
            and not self._has_paths(path)
            and current.get(f"{project}/{path}") == before[path] != here.get(path)
        ]
        if wrong:
            raise self.wrong(f"{other.name}: going back was undone, and is not: {wrong}")

    def decide_beside(self) -> None:
        """A decision, while the saver of the other computer sends what is worked on there."""
        if (drawn := self._two()) is None or not self.has_saver:
            return
        first, second, project = drawn
        if (path := self._in_two_versions(first, second, project)) is None:
            return
        listed = self._run(second, "conflicts", "--json")
        if listed.code != DONE or all(row["path"] != path for row in listed.json["conflicts"]):
            return
        self._start_saver(first)
        time.sleep(self.chance.uniform(0, 3))
        self._write(first, project, path)
        time.sleep(self.chance.uniform(0, 5))
        self.ledger.shown(second.name)
        keep = self.chance.choice(["mine", "mine", "theirs", "both"])
        decision: list[str | Path] = ["conflicts", second.folders[project], path, "--keep", keep]
        self._run(second, *decision, "--json", decided=(f"{project}/{path}",))  # there may be a newer one by then
        time.sleep(self.chance.uniform(0, 5))
        self._stop_saver(first)
        for computer in (first, second):
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def _write(self, computer: Computer, project: str, path: str) -> None:
        file = computer.folders[project] / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._content(path, file.read_bytes() if file.is_file() else b""))
        self._note(f"   {computer.name}: writes {path}")
        self.ledger.disk(computer.name, project, computer.folders[project])

    def put_away_beside(self) -> None:
        """A project is put away at one computer while the other one saves it, and comes again, all of it."""
        if (drawn := self._two()) is None:
            return
        computer, other, project = drawn
        folder = computer.folders[project]
        saved = self._run(computer, "save", folder, "--json")
        if saved.code not in (DONE, CONFLICTS):
            return
        self._edit_one(other, project, other.folders[project])
        process = other.site.start("save", other.folders[project])
        other.frozen = process
        self.ledger.disk(computer.name, project, folder)
        shutil.rmtree(folder)
        if self.chance.random() < 0.5:
            (folder / CORNER).mkdir(parents=True)
        time.sleep(self.chance.uniform(0, 1.5))
        began = time.monotonic()
        done = self._run(computer, "put-away", folder, "--json")
        code = self._wait(process, 90, "a save beside put-away")
        self._note(f"   {other.name}: save beside put-away -> {code}")
        self._judge(other, {})
        other.frozen = None
        if done.code != DONE or time.monotonic() - began > _PUT_AWAY_S + 90 * (code != DONE):
            raise self.wrong(f"{computer.name}: put-away -> {done.code} {done.err}")
        shutil.rmtree(folder, ignore_errors=True)
        again = self._run(computer, "stage", self._home(project), folder, "--json")
        self._brought(computer, again)
        self._is_told(computer, project, again)

    def lose_all(self) -> None:
        """Nothing on this computer says any more what a folder is; its person brings the project there again."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        for _ in range(self.chance.choice([0, 1, 2])):
            self._edit_one(computer, project, folder)
        before = self.ledger.disk(computer.name, project, folder)
        (folder / CORNER / "project.json").unlink(missing_ok=True)
        computer.forgotten.add(project)
        self._note(f"   {computer.name}: marker lost")
        is_all_lost = self.chance.random() < 0.4
        if is_all_lost:
            self._forget_state(computer)
        elif self.chance.random() < 0.5:
            self._forget_journal(computer)
        for arguments in (["save"], ["finish", "--deadline", "20"])[: self.chance.choice([0, 1, 2])]:
            code = self._run(computer, *arguments, may_be=(AWAY,)).code
            if before and code in (DONE, CONFLICTS) and not is_all_lost:
                raise self.wrong(f"{computer.name}: nobody can tell what {folder} is, and {arguments[0]} said {code}")
        again = self._bring_again(computer, project)
        if again.code not in (DONE, NAMED, CONFLICTS, DISK):
            return
        here = self.ledger.disk(computer.name, project, folder)
        wrong = [path for path, content in before.items() if here.get(path) != content and self._is_alone(content)]
        if wrong:
            raise self.wrong(f"{computer.name}: brought again over work that is nowhere else: {wrong}")
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _bring_again(self, computer: Computer, project: str) -> Any:
        """From where it was saved; where it never was, from the lab, if it is from there."""
        folder = computer.folders[project]
        done = self._run(computer, "stage", self._home(project), folder, "--json")
        if done.code == NOT_THERE and self.uris[project].startswith(self.site.data_uri):
            done = self._run(computer, "stage", self.lab_uri, folder, "--json")
        self._brought(computer, done)
        return done

    def _is_alone(self, content: str) -> bool:
        return content not in self.ledger.kept | self.ledger.excused

    def wrong_dates(self) -> None:
        """An answer or two with a date of another month, in the middle of a command."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        if self.chance.random() < 0.7 and computer.folders[project].is_dir():
            self._edit_one(computer, project, computer.folders[project])
        seconds = self.chance.choice([-400 * DAY_S, -5 * 3600.0, 60.0, 40 * DAY_S, 40 * DAY_S])
        rules = [Rule(Fault.CLOCK, seconds=seconds, probability=self.chance.choice([0.03, 0.1, 0.3]), times=1)]
        self._note(f"   {computer.name}: one answer is dated {seconds} s later")
        with self._faults(computer, rules):
            arguments = self._quick_command(computer, project)
            done = self._run(computer, *arguments, "--json", may_be=(AWAY,))
            if arguments[0] == "save":
                self._saved(computer, project, done)

    def disk_fills(self) -> None:
        """For one command no file may grow; then there is room again."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        for _ in range(self.chance.choice([1, 2])):
            self._edit_one(computer, project, folder)
        self._pass_over_dead(computer)
        before = {one: self.ledger.disk(computer.name, one, place) for one, place in computer.folders.items()}
        arguments, room = self._quick_command(computer, project), self.chance.choice(_ROOM)
        program, *words = computer.site.command(*arguments)
        command = [sys.executable, _BAD_PLACE, "grow", str(room), "--", shutil.which(program) or program, *words]
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        self._note(f"   {computer.name}: {arguments[0]} with room for {room} -> {done.returncode} {done.stderr[:400]}")
        if "Traceback" in done.stderr or done.returncode not in (*computer.ends(str(arguments[0])), DISK):
            raise self.wrong(f"{computer.name}: {arguments[0]}, room for {room} -> {done.returncode}: {done.stderr}")
        self._judge(computer, before)
        if arguments[0] == "save" and done.returncode in (DONE, CONFLICTS):
            row = self._status(computer, project)
            if row is not None and not row["all_saved"]:
                raise self.wrong(f"{computer.name}: save, room for {room}, said {done.returncode}; status says {row}")
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def opened_at_both(self) -> None:
        """DeepLabCut writes its settings anew when a project is opened: at both computers the same ones."""
        if self.kind is not DEEPLABCUT or (drawn := self._two()) is None:
            return
        one, other, project = drawn
        for computer in (one, other):
            folder = computer.folders[project]
            stage = self._run(computer, "stage", self._home(project), folder, "--json")
            if stage.code not in (DONE, NAMED, CONFLICTS, DISK):
                return
            self._saved(computer, project, self._run(computer, "save", folder, "--json"))
        texts = [computer.folders[project] / CONFIG for computer in (one, other)]
        there = self.site.objects(self.home, f"person/projects/{project}/{CONFIG}").values()
        if not all(text.is_file() for text in texts):
            return
        if len({_meaning(data) for data in (*(text.read_bytes() for text in texts), *there)}) != 1:
            return  # they are not the same, or one is cut off
        self._count += 1
        moment = self._count
        for computer, text in zip((one, other), texts, strict=True):
            settings: dict[str, Any] = yaml.safe_load(text.read_bytes())
            settings["opened"] = moment
            data = yaml.safe_dump(settings, sort_keys=True, width=10_000).encode()
            self.ledger.made(data, f"{CONFIG} as opened at {computer.name}")
            text.write_bytes(data)
            self._note(f"   {computer.name}: opened")
        for computer in (one, other):
            done = self._run(computer, "save", computer.folders[project], "--json")
            self._saved(computer, project, done)
            if done.code in (DONE, CONFLICTS) and CONFIG in {row["path"] for row in done.json["conflicts"]}:
                raise self.wrong(f"{computer.name}: what both opened is a conflict: {json.dumps(done.json)}")


def _meaning(data: bytes) -> str:
    try:
        return without_paths(data)
    except (yaml.YAMLError, AttributeError, TypeError):
        return ""
