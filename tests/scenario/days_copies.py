"""Random days: copies of a project's folder, worked on here at the end of a session, or carried to another computer."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests.scenario.a_stream import stream
from tests.scenario.contents import content_of
from tests.scenario.days_computers import AWAY, BAD_USAGE, CONFLICTS, DISK, DONE, NAMED, Computer
from tests.scenario.days_files import CONFIG, DEEPLABCUT, LABELS, NOTES
from tests.scenario.days_meanwhile import Meanwhile
from tests.scenario.killing import at_answer
from tests.scenario.oracle import CORNER

#: With more projects a day is too long.
_PROJECTS = 3


class Copies(Meanwhile):
    """Steps with a second folder that says of itself that it is the project."""

    def _is_known(self, computer: Computer, project: str) -> bool:
        """Does the program know there where this project lies?"""
        folder = computer.folders[project]
        is_marked = (folder / CORNER / "project.json").is_file() and project not in computer.forgotten
        return is_marked and self._run(computer, "status", folder).code == DONE

    def work_in_copy(self) -> None:
        """Somebody works in a copy of a project's folder, on the Desktop or beside it, and the session ends."""
        if (chosen := self._someone()) is None or self.kind is not DEEPLABCUT or len(self.projects) >= _PROJECTS:
            return
        computer, project = chosen  # in a folder of SLEAP's each file is a project by itself
        if computer.is_busy or not self._is_known(computer, project):
            return
        if self.chance.random() < 0.5:
            self._edit_one(computer, project, computer.folders[project])
        copy = self._copied(computer, project)
        work = self._work_in(computer, copy)
        for verb in self.chance.sample(["status", "save", "verify"], self.chance.choice([0, 1, 2])):
            if self._run(computer, verb, copy, may_be=(BAD_USAGE,)).code != BAD_USAGE:
                raise self.wrong(f"{computer.name}: {verb} took a copy for {project}")
        others = [one for one in self.computers if one is not computer and project in one.folders and not one.is_busy]
        other = self.chance.choice(others) if others and self.chance.random() < 0.5 else None
        is_cut_off = other is None and self.chance.random() < 0.4
        end: list[str | Path] = ["session", "end", "--deadline", "50"]
        computer.site.environ = stream(computer.site, f"s-{self._count}")
        try:
            if is_cut_off:
                self._strike(computer, *end, most=15)
            with self._held(other, project) if other is not None else nullcontext():
                done = self._run(computer, *end, "--json", may_be=(AWAY,))
        finally:
            computer.site.environ = {}
        self._adopt(computer)
        self._is_kept_or_named(computer, copy, work, done, is_cut_off=is_cut_off)
        if copy not in computer.folders.values():
            shutil.rmtree(copy, ignore_errors=True)

    def _is_kept_or_named(
        self, computer: Computer, copy: Path, work: dict[str, str], done: Any, *, is_cut_off: bool
    ) -> None:
        """Of an end that was cut off, the next one may find the copy where it was brought to."""
        lost = sorted(path for path, content in work.items() if self._is_alone(content))
        if "Not kept:" not in done.err and done.code in (DONE, CONFLICTS) and lost:
            raise self.wrong(f"{computer.name}: {copy} came along, and {lost} is nowhere: {done.err}")
        if str(copy) not in done.err and not is_cut_off:
            raise self.wrong(f"{computer.name}: nobody tells of {copy}: {done.code} {done.err}")

    def _copied(self, computer: Computer, project: str) -> Path:
        """As a person copies a folder: with its times, or without."""
        self._count += 1
        account = Path(stream(computer.site, "")["HOME"])
        places = [account / "Desktop", account / "Documents" / "thesis" / "day 1", computer.site.state / "scratch"]
        copy = self.chance.choice(places) / f"copy {self._count} of it"
        shutil.copytree(computer.folders[project], copy, copy_function=self.chance.choice([shutil.copy2, shutil.copy]))
        self._note(f"   {computer.name}: {project} copied to {copy}")
        return copy

    def _work_in(self, computer: Computer, copy: Path) -> dict[str, str]:
        """Some files are written there; what is new in it."""
        work = {}
        for path in self.chance.sample([CONFIG, LABELS, NOTES, f"results/new {self._count}.txt"], 2):
            file = copy / path
            data = self._content(path, file.read_bytes() if file.is_file() else b"")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.parent.chmod(0o700)
            file.unlink(missing_ok=True)
            file.write_bytes(data)
            work[path] = content_of(data)
            self._note(f"   {computer.name}: writes {path} in the copy")
        return work

    def _adopt(self, computer: Computer) -> None:
        """What the program made a project of, is one of these from now on."""
        for row in self._run(computer, "status", "--json").json["projects"]:
            project, folder = row["home"].rstrip("/").rpartition("/")[2], Path(row["dir"])
            if project not in self.projects:
                computer.folders[project] = folder
                self.projects.append(project)
                self.uris[project] = ""
                self.ledger.disk(computer.name, project, folder)
                self._note(f"   {computer.name}: {project} is a project now")

    @contextmanager
    def _held(self, other: Computer, project: str) -> Iterator[None]:
        """In between another computer is in the middle of a save of it."""
        self._edit_one(other, project, other.folders[project])
        before = {one: self.ledger.disk(other.name, one, folder) for one, folder in other.folders.items()}
        self._end_leases()
        process = other.site.start("save", other.folders[project])
        at_answer(other.proxy, self.chance.randint(3, 12))(process)
        if process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            other.frozen = process
            self._note(f"   {other.name}: is in the middle of a save")
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)
            code = self._wait(process, 90, "a save that was held")
            self._note(f"   {other.name}: its save -> {code}")
        self._judge(other, before)
        other.frozen = None

    def carried_over(self) -> None:
        """A project's folder is carried to another computer, as on a disk, and the work goes on at both."""
        pairs = [
            (one, other, project)
            for one in self.computers
            for other in self.computers
            for project, folder in one.folders.items()
            if one is not other and not one.is_busy and not other.is_busy
            if (folder / CORNER / "project.json").is_file()
        ]
        if not pairs:
            return
        one, other, project = self.chance.choice(pairs)
        if project in other.folders and not self._is_put_away(other, project):
            return
        if self.chance.random() < 0.6:
            self._edit_one(one, project, one.folders[project])
        if self.chance.random() < 0.4:  # and what it was in the middle of is carried along
            self._strike(one, "save", one.folders[project])
        there = self._carry(one, other, project)
        if self.chance.random() < 0.5:
            self._edit_one(other, project, there)
        first: list[list[str | Path]] = [["status", there], ["save", there], ["verify", there]]
        first += [["stage", self._home(project), there]]
        self._run(other, *self.chance.choice(first), "--json")
        for _ in range(self.chance.choice([1, 2, 3])):
            computer = self.chance.choice([one, other])
            self._edit_one(computer, project, computer.folders[project])
            done = self._run(computer, "save", computer.folders[project], "--json")
            self._saved(computer, project, done)
        for computer in (one, other):
            done = self._run(computer, "stage", self._home(project), computer.folders[project], "--json")
            if done.code in (DONE, NAMED, CONFLICTS, DISK):
                self._is_told(computer, project, done)

    def _is_put_away(self, computer: Computer, project: str) -> bool:
        folder = computer.folders[project]
        if not folder.is_dir() or self._run(computer, "save", folder, "--json").code != DONE:
            return False
        self.open_all(computer)
        shutil.rmtree(folder)
        self.ledger.disk(computer.name, project, folder)
        if self._run(computer, "put-away", folder).code != DONE:
            return False
        del computer.folders[project]
        computer.forgotten.discard(project)
        return True

    def _carry(self, one: Computer, other: Computer, project: str) -> Path:
        self._count += 1
        folder, there = one.folders[project], other.site.folder / f"carried-{self._count}" / "project"
        shutil.copytree(folder, there, symlinks=True, copy_function=self.chance.choice([shutil.copy2, shutil.copy]))
        other.folders[project] = there
        other.closed += [there / path.relative_to(folder) for path in one.closed if folder in (path, *path.parents)]
        other.forgotten.add(project)
        for (name, key), contents in list(self.ledger.seen.items()):
            if name == one.name and key.startswith(f"{project}/"):
                self.ledger.seen[other.name, key] |= contents  # whose work it is goes with the folder
        self.ledger.disk(other.name, project, there)
        self._note(f"   {project} is carried from {one.name} to {other.name}: {there}")
        time.sleep(0.01)
        return there
