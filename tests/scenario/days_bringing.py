"""Random days: bringing, going back, deciding, and what happens to a computer meanwhile; cut off, too."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from pathlib import Path
from typing import Any

from tests.scenario.days_computers import CONFLICTS, DISK, DONE, NAMED, Computer
from tests.scenario.days_watching import Watching
from tests.scenario.oracle import CORNER


class Bringing(Watching):
    """Steps that bring, and those that take away what the program knows."""

    def _where_from(self, project: str) -> str:
        is_lab = self.uris.get(project, "").startswith(self.site.data_uri)
        if is_lab and self.chance.random() < 0.25:
            return self.lab_uri
        return f"{self.site.home_uri}projects/{project}/"

    def stage(self) -> None:
        """Bring a project, or what is new of it."""
        computer, project = self.chance.choice(self.computers), self.chance.choice(self.projects)
        where = [computer.folders[project]] if project in computer.folders else []
        part = ["--profile", self.chance.choice(["label", "train", "analyse"])] if self.chance.random() < 0.2 else []
        self._brought(computer, self._run(computer, "stage", self._where_from(project), *where, *part, "--json"))

    def stage_killed(self) -> None:
        """Cut off while it comes."""
        computer, project = self.chance.choice(self.computers), self.chance.choice(self.projects)
        folder = computer.folders.get(project, computer.site.folder / f"brought-{project}")
        self._strike(computer, "stage", self._where_from(project), folder, most=25)
        if (folder / CORNER / "project.json").is_file():
            computer.folders[project] = folder
            self.ledger.disk(computer.name, project, folder)

    def _earlier(self, computer: Computer) -> list[str | Path]:
        project = self.chance.choice(self.projects)
        uri = f"{self.site.home_uri}projects/{project}/"
        listed = self._run(computer, "restore", uri, "--list", "--json")
        if listed.code != DONE:
            return []
        if project not in computer.folders:  # it is brought first
            self.ledger.shown(computer.name)
        at = self.chance.choice(listed.json["states"])["at"]
        if self.chance.random() < 0.5:
            uri += self.chance.choice(self.paths)
        return ["restore", uri, *(["--at", at] if self.chance.random() < 0.8 else [])]

    def restore(self) -> None:
        """An earlier state comes back."""
        computer = self.chance.choice(self.computers)
        if arguments := self._earlier(computer):
            done = self._run(computer, *arguments, "--json")
            if done.code in (DONE, CONFLICTS, NAMED, DISK) and "dir" in done.json:
                computer.folders.setdefault(done.json["project"], Path(done.json["dir"]))
                self.ledger.disk(computer.name, done.json["project"], Path(done.json["dir"]))
                self._is_back(computer, str(arguments[1]), done)

    def _is_back(self, computer: Computer, uri: str, done: Any) -> None:
        """What was asked for is here, as that state names it, or named as not brought back."""
        project, folder = done.json["project"], Path(done.json["dir"])
        only = uri.partition(f"{project}/")[2]
        failed = {row["path"] for row in done.json["failed"]}
        wrong = [
            path
            for path, sha256 in self.ledger.state(project, done.json["at"]).items()
            if only in ("", path)
            and path not in failed
            and sha256
            and (not (folder / path).is_file() or hashlib.sha256((folder / path).read_bytes()).hexdigest() != sha256)
        ]
        if wrong:
            raise self.wrong(f"{computer.name}: restore did not bring back {wrong}: {done.out}")

    def restore_killed(self) -> None:
        """Cut off on the way back."""
        computer = self.chance.choice(self.computers)
        having = [project for project in self.projects if project in computer.folders]
        arguments = self._earlier(computer)
        if arguments and any(project in str(arguments[1]) for project in having):
            self._strike(computer, *arguments)

    def _decision(self) -> tuple[Computer, dict[str, Any], list[str | Path]] | None:
        """Some conflict at some computer, and what is decided about it; the person has looked at both versions."""
        for computer in self.chance.sample(self.computers, len(self.computers)):
            listed = self._run(computer, "conflicts", "--json")
            rows = listed.json["conflicts"] if listed.code == DONE else []
            if rows:
                break
        else:
            return None
        self.ledger.shown(computer.name)
        row, keep = self.chance.choice(rows), self.chance.choice(["mine", "theirs", "both"])
        names = [name for name in (row["path"], row["copy"]) if _meant(name, row["dir"], rows) is row]
        if not names:  # it is decided after the others of its file
            return None
        path = self.chance.choice(names)
        return computer, row, ["conflicts", Path(row["dir"]), path, "--keep", keep]

    def decide(self) -> None:
        """Which version counts."""
        if (drawn := self._decision()) is None:
            return
        computer, row, arguments = drawn
        project, path, copy, keep = row["project"], row["path"], row["copy"], arguments[-1]
        before = self.ledger.disk(computer.name, project, Path(row["dir"]))
        theirs = self.ledger.current.get(row["theirs"]["uri"].removeprefix(f"{self.site.home_uri}projects/"))
        if row["theirs"]["uri"].endswith(copy):  # it was brought, and may have been worked on here
            theirs = before.get(copy)
        done = self._run(computer, *arguments, "--json")
        if (
            done.code == NAMED and "`restore" in done.err
        ):  # what is saved was never here: it is brought as the words say
            self._run(computer, *shlex.split(done.err.split("`")[1]))
            before = self.ledger.disk(computer.name, project, Path(row["dir"]))
            done = self._run(computer, *arguments, "--json")
        if done.code != DONE or path not in before or theirs is None:
            return
        here = self.ledger.disks[computer.name, project].get(path)
        is_kept = keep == "mine" or (keep == "both" and row["theirs"]["uri"].endswith(copy))
        wanted = before[path] if is_kept else theirs
        there = self.ledger.current.get(f"{project}/{path}")
        if here != wanted or (there != wanted and not self._busy()):
            words = [self.ledger.say(one or "nothing") for one in (wanted, here, there)]
            raise self.wrong(f"{computer.name}: {path}, keep {keep}: wanted, here, there: {words}")
        left = self._run(computer, "conflicts", "--json").json["conflicts"]
        if any((one["path"], one["copy"]) == (path, copy) for one in left):
            raise self.wrong(f"{computer.name}: {path} is decided, and still a conflict")

    def decide_killed(self) -> None:
        """Cut off in mid-decision."""
        if (drawn := self._decision()) is not None:
            computer, _, arguments = drawn
            self._strike(computer, *arguments, most=45)

    def lose_journal(self) -> None:
        """Its memory is gone."""
        computer = self.chance.choice(self.computers)
        if not computer.is_busy:
            self._forget_journal(computer)

    def _forget_journal(self, computer: Computer) -> None:
        for file in computer.site.state.glob("journal.sqlite*"):
            if not file.name.endswith(".json"):
                file.unlink()
        self._note(f"   {computer.name}: journal lost")

    def lose_state(self) -> None:
        """Everything that the program remembered is gone; the folders are not, unless they lay there."""
        computer = self.chance.choice(self.computers)
        if not computer.is_busy:
            self._forget_state(computer)

    def _forget_state(self, computer: Computer) -> None:
        for entry in list(computer.site.state.iterdir()) if computer.site.state.is_dir() else []:
            if any(entry == folder or entry in folder.parents for folder in computer.folders.values()):
                continue
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        scratch = computer.site.state / "scratch"
        computer.forgotten |= {name for name, folder in computer.folders.items() if folder.parent != scratch}
        self._note(f"   {computer.name}: state lost")

    def move(self) -> None:
        """The person moves the project's folder."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        if computer.is_busy or not computer.folders[project].is_dir():
            return
        self._count += 1
        target = self._move(computer, project, computer.site.folder / f"moved-{self._count}" / "project")
        # Before it was looked at there, the project would be brought anew to where it was, and this were a copy of it.
        if self.chance.random() < 0.7:
            self._saved(computer, project, self._run(computer, "save", target, "--json"))
        else:
            self._status(computer, project)

    def _move(self, computer: Computer, project: str, target: Path) -> Path:
        before = computer.folders[project]
        target.parent.mkdir(exist_ok=True)
        computer.folders[project] = before.rename(target)
        computer.closed = [
            target / path.relative_to(before) if before in (path, *path.parents) else path for path in computer.closed
        ]
        self._note(f"   {computer.name}: moved to {target}")
        return target

    def verify(self) -> None:
        """Everything is hashed again."""
        if (chosen := self._someone()) is not None:
            computer, project = chosen
            where: list[str | Path] = [computer.folders[project], f"{self.site.home_uri}projects/{project}/"]
            self._run(computer, "verify", self.chance.choice(where), "--json")

    def status(self) -> None:
        """A look."""
        if (chosen := self._someone()) is not None:
            self._status(*chosen)


def _meant(name: str, folder: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Which conflict of a project is decided by this name: a file may have several copies beside it."""
    return next((row for row in rows if row["dir"] == folder and name in (row["path"], row["copy"])), None)
