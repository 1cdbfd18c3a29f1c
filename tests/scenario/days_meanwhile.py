"""Random days: tools that write while a command runs, lines that damage what goes over them, and missing rights."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import AWAY, CONFLICTS, DONE, REFUSED, Computer
from tests.scenario.days_machines import Machines
from tests.scenario.killing import at_answer


class Meanwhile(Machines):
    """Steps in which two things happen at once, and what is on its way does not arrive as it was sent."""

    def work_under_way(self) -> None:
        """A tool writes the very files that a command brings or sends; what it wrote is not lost."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        self._news_elsewhere(computer, project)
        if self.chance.random() < 0.5:
            self._edit_one(computer, project, folder)
        before = {one: self.ledger.disk(computer.name, one, place) for one, place in computer.folders.items()}
        commands: list[list[str | Path]] = [["stage", self._home(project), folder]] * 3
        commands += [["restore", self._home(project)]] * 3
        commands += [["save", folder], ["finish", "--deadline", "30"]]
        listed = self._run(computer, "conflicts", folder, "--json")
        rows = listed.json["conflicts"] if listed.code == DONE else []
        if rows and self.chance.random() < 0.5:
            self.ledger.shown(computer.name)
            keep = self.chance.choice(["mine", "theirs", "both"])
            commands = [["conflicts", folder, self.chance.choice(rows)["path"], "--keep", keep]]
        arguments = self.chance.choice(commands)
        self._pass_over_dead(computer)
        process, words = self._started(computer, arguments, 0)
        at_answer(computer.proxy, self.chance.randint(1, 30))(process)
        for _ in range(self.chance.choice([1, 2, 4])):
            gone = self._write_anew(computer, project, self.chance.choice([*self.busy_paths, *self.paths]))
            left = {path: content for path, content in before[project].items() if path not in gone}
            before[project] = left | self.ledger.disk(computer.name, project, folder)
            time.sleep(self.chance.choice([0.0, 0.05, 0.2]))
        code = self._wait(process, 90, f"{computer.name}: {arguments[0]} while a tool writes")
        told = words.read_text()
        self._note(f"   {computer.name}: {arguments[0]} while a tool writes -> {code} {told[:500]}")
        if "Traceback" in told or code not in computer.ends(str(arguments[0])):
            raise self.wrong(f"{computer.name}: {arguments[0]} while a tool writes -> {code}: {told}")
        if arguments[0] in ("stage", "restore"):
            self.ledger.shown(computer.name)  # it may have been here before the tool wrote
        self._judge(computer, before, self._decidable(tuple(arguments)))
        self._status(computer, project)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _news_elsewhere(self, computer: Computer, project: str) -> None:
        """Another computer saves something that is to be brought."""
        others = [one for one in self.computers if one is not computer and project in one.folders and not one.is_busy]
        if not others or not (other := self.chance.choice(others)).folders[project].is_dir():
            return
        for _ in range(self.chance.choice([1, 2, 4])):
            self._edit_one(other, project, other.folders[project])
        self._saved(other, project, self._run(other, "save", other.folders[project], "--json"))

    def _write_anew(self, computer: Computer, project: str, path: str) -> set[str]:
        """As tools do: in place, by another name, or after deleting the file or its whole folder; what went with it."""
        file = computer.folders[project] / path
        how = self.chance.choice(["in place", "renamed", "deleted first", "folder deleted first"])
        self._note(f"   {computer.name}: writes {path} meanwhile, {how}")
        data = self._content(path, file.read_bytes() if file.is_file() else b"")
        gone = {path}
        if how == "folder deleted first" and file.parent != computer.folders[project]:
            disk = self.ledger.disk(computer.name, project, computer.folders[project])
            gone |= {one for one in disk if one.startswith(f"{path.rpartition('/')[0]}/")}
            shutil.rmtree(file.parent, ignore_errors=True)
        elif how == "deleted first":
            file.unlink(missing_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".tmp") if how == "renamed" else file
        draft.write_bytes(data)
        draft.replace(file)
        return gone

    def bad_line(self) -> None:
        """Bytes flip, answers end in their middle, or some right is missing, for a whole command."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        self._news_elsewhere(computer, project)
        for _ in range(self.chance.choice([1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        with self._faults(computer, self._bad_rules()):
            arguments = self._quick_command(computer, project)
            done = self._run(computer, *arguments, "--json", may_be=(AWAY, REFUSED))
            row = self._status(computer, project)
            is_whole = arguments[0] == "save" and done.code in (DONE, CONFLICTS)
            if is_whole and row is not None and not computer.is_busy and not row["all_saved"]:
                raise self.wrong(f"{computer.name}: save on a bad line said {done.code}, and status says {row}")
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def _bad_rules(self) -> list[Rule]:
        ours, often = f"/{self.home}/person/", self.chance.choice([0.05, 0.2, 1.0])
        kinds = {
            "flips": [Rule(Fault.FLIP, method="GET", path=f"{ours}*", probability=often)],
            "flips in what is sent": [Rule(Fault.FLIP_REQUEST, method="PUT", path=f"{ours}*", probability=often)],
            "answers cut": [Rule(Fault.CUT, path=f"{ours}*", after=self.chance.choice([-1, 0, 20]), probability=often)],
            "no history": [Rule(Fault.REFUSED, method="PUT", path=f"{ours}.pose-launcher/history/*", status=403)],
            "no lists": [Rule(Fault.REFUSED, method="PUT", path=f"{ours}.pose-launcher/state/*", status=403)],
            "no conflicts": [Rule(Fault.REFUSED, method="PUT", path=f"{ours}.pose-launcher/conflicts/*", status=403)],
            "nothing read": [Rule(Fault.REFUSED, method="GET", path=f"{ours}*", status=403, probability=often)],
            "no look": [Rule(Fault.REFUSED, method="HEAD", path=f"{ours}*", status=403, probability=often)],
            "not all written": [
                Rule(Fault.REFUSED, method="PUT", path=f"{ours}projects/*", status=403, probability=0.5)
            ],
            "slow": [Rule(Fault.DELAY, seconds=self.chance.uniform(0.5, 3), probability=0.3)],
        }
        kind = self.chance.choice(sorted(kinds))
        self._note(f"   a bad line: {kind}, {often}")
        return kinds[kind]
