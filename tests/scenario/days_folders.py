"""Random days: folders that let nothing in, files that are read-only, and a project's folder that is moved unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenario.days_around import Around
from tests.scenario.days_computers import AWAY, BAD_USAGE, CONFLICTS, DISK, DONE, HELD, NAMED, Computer
from tests.scenario.killing import at_answer
from tests.scenario.oracle import CORNER

_OPEN_FOLDER, _OPEN_FILE = 0o700, 0o644
_CLOSED_FOLDER, _CLOSED_FILE = 0o555, 0o444


class Folders(Around):
    """Steps with the folders of a project, and what must be told about what does not come."""

    def close_some(self) -> None:
        """A file that may only be read, or a folder that takes no new file and gives none its name."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        self._close(*chosen)

    def _close(self, computer: Computer, project: str) -> None:
        root = computer.folders[project]
        everything = [path for path in root.rglob("*") if CORNER not in path.parts and not path.is_symlink()]
        folders = [root, *(path for path in everything if path.is_dir())]
        files = [path for path in everything if path.is_file()]
        kind = folders if self.chance.random() < 0.7 or not files else files
        closed = sorted(self.chance.sample(sorted(kind), min(len(kind), self.chance.choice([1, 1, 2]))))
        for path in closed:
            path.chmod(_CLOSED_FOLDER if path.is_dir() else _CLOSED_FILE)
            self._note(f"   {computer.name}: read-only from now on: {path.relative_to(root).as_posix()}")
        computer.closed += closed

    def open_all(self, computer: Computer) -> None:
        """Everything may be written again."""
        if computer.closed:
            self._note(f"   {computer.name}: nothing is read-only any more")
        for path in computer.closed:
            if path.exists():
                path.chmod(_OPEN_FOLDER if path.is_dir() else _OPEN_FILE)
        computer.closed.clear()

    def open_some(self) -> None:
        """The same at some computer."""
        self.open_all(self.chance.choice(self.computers))

    def bring_over_closed(self) -> None:
        """What another computer saves is to come where it may not: all that does not come is told."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        others = [one for one in self.computers if one is not computer and project in one.folders]
        if others and (other := self.chance.choice(others)).folders[project].is_dir():
            for _ in range(self.chance.choice([1, 2, 3])):
                self._edit_one(other, project, other.folders[project])
            self._saved(other, project, self._run(other, "save", other.folders[project], "--json"))
        self._close(computer, project)
        where, folder = f"{self.site.home_uri}projects/{project}/", computer.folders[project]
        brought = self._run(computer, "stage", where, folder, "--json")
        self._brought(computer, brought)
        self._is_told(computer, project, brought)
        if self.chance.random() < 0.6:
            self.open_all(computer)
            again = self._run(computer, "stage", where, folder, "--json")
            self._is_told(computer, project, again)

    def _is_told(self, computer: Computer, project: str, brought: Any) -> None:
        """After all of a project was brought, what is here otherwise than there is named, or is work of this computer.

        An older content that is called saved, and of which nobody says that a newer one is there, is lost to a person.
        """
        if brought.code == HELD or "skipped" not in brought.json or self._busy():
            return
        told = {row["key"] for row in brought.json["skipped"]}
        row = self._status(computer, project)
        if row is None:
            return
        states = {item["path"]: item["state"] for item in row["items"]}
        disk, prefix = self.ledger.disks[computer.name, project], f"{project}/"
        there = {key.removeprefix(prefix): one for key, one in self.ledger.current.items() if key.startswith(prefix)}
        wrong = [
            f"{path} is {self.ledger.say(disk.get(path, 'nothing'))} here, {states.get(path)!r}, and "
            f"{self.ledger.say(content)} there"
            for path, content in there.items()
            if path not in told and disk.get(path) != content and states.get(path, "saved") == "saved"
        ]
        if wrong:
            raise self.wrong(f"{computer.name}: brought, and not told: " + "\n".join(wrong))

    def move_unseen(self) -> None:
        """The person moves the project's folder, and commands run before anybody has looked there."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.is_busy or self._run(computer, "status", computer.folders[project]).code != DONE:
            return
        before = computer.folders[project]
        self._count += 1
        is_beside = self.chance.random() < 0.7
        elsewhere = computer.site.folder / f"moved-{self._count}" / "elsewhere"
        self._move(computer, project, before.with_name(f"renamed {self._count}") if is_beside else elsewhere)
        if self.chance.random() < 0.7:
            self._edit_one(computer, project, computer.folders[project])
        ends: list[list[str]] = [["save"], ["finish", "--deadline", "20"], ["session", "end", "--deadline", "20"]]
        for arguments in self.chance.sample(ends, self.chance.choice([1, 2])):
            done = self._run(computer, *arguments, "--json", may_be=(AWAY,))
            if is_beside and done.code in (DONE, CONFLICTS):  # what lies elsewhere, nobody can know of
                row = self._status(computer, project)
                if row is not None and not row["all_saved"]:
                    raise self.wrong(f"{computer.name}: {arguments[0]} said {done.code}, and status says {row}")
        if self.chance.random() < 0.4:
            self._move(computer, project, before)
        folder = computer.folders[project]
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def rename_under_way(self) -> None:
        """The folder gets another name in the middle of a command; the next one finds it there."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.is_busy:
            return
        self._edit_one(computer, project, computer.folders[project])
        if self._run(computer, "status", computer.folders[project]).code != DONE:
            return
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        self._pass_over_dead(computer)
        home, folder = f"{self.site.home_uri}projects/{project}/", computer.folders[project]
        commands: list[list[str | Path]] = [["save"], ["save"], ["finish", "--deadline", "20"]]
        commands += [["stage", home, folder], ["stage", home], ["restore", home]]
        arguments = self.chance.choice(commands)
        process = computer.site.start(*arguments)
        at_answer(computer.proxy, self.chance.randint(1, 25))(process)
        self._count += 1
        self._move(computer, project, computer.folders[project].with_name(f"renamed {self._count}"))
        code = self._wait(process, 90, f"{arguments[0]} while the folder got another name")
        self._note(f"   {computer.name}: {arguments[0]} while the folder got another name -> {code}")
        # Where it was to be brought, it is not any more.
        if code not in (*computer.ends(str(arguments[0])), DISK, *([BAD_USAGE] if arguments[0] == "stage" else [])):
            raise self.wrong(f"{computer.name}: {arguments[0]} while the folder got another name -> {code}")
        self._judge(computer, before)
        done = self._run(computer, "save", "--json")
        if done.code in (DONE, CONFLICTS) and not (row := self._status(computer, project))["all_saved"]:
            raise self.wrong(f"{computer.name}: save said {done.code}, and status says {row}")

    def bring_all(self) -> None:
        """A project is brought again, whole: everything is here then, or told."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        where, folder = f"{self.site.home_uri}projects/{project}/", computer.folders[project]
        done = self._run(computer, "stage", where, folder, "--json")
        if done.code in (DONE, NAMED, CONFLICTS, DISK):
            self._is_told(computer, project, done)
