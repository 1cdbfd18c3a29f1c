"""Random days: what a disk can do: files that become folders, places that nobody may see, other times, second names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.scenario.days_computers import AWAY, CONFLICTS, DISK, DONE, NAMED, Computer
from tests.scenario.days_files import NOTES
from tests.scenario.days_restless import Restless
from tests.scenario.oracle import CORNER

#: What no other step writes: these expect a file.
_PLANS = ("plan", "results/plan of the day")


class OnDisk(Restless):
    """Steps with the files and folders of a project that its tools know nothing of."""

    def becomes_folder(self) -> None:
        """A folder takes a file's place, or the other way round, for a while; a server may refuse to hold both."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        path = self.chance.choice(_PLANS)
        self.open_all(computer)
        for one in self.computers:
            one.has_folders_for_files = True  # from now on: nothing is deleted in the bucket
        is_file_first = self.chance.random() < 0.6
        for is_file in (is_file_first, not is_file_first):
            self._shape(computer, project, path, is_file=is_file)
            for _ in range(self.chance.choice([1, 1, 2])):
                self._some_command(computer, project)
        done = self._run(computer, "save", folder, "--json")
        self._saved(computer, project, done)
        _remove(folder / path)
        self.ledger.disk(computer.name, project, folder)
        self._run(computer, "save", folder, "--json")

    def _shape(self, computer: Computer, project: str, path: str, *, is_file: bool) -> None:
        place = computer.folders[project] / path
        _remove(place)
        file = place if is_file else place / "inside.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._content(NOTES, b""))
        self._note(f"   {computer.name}: {path} is a {'file' if is_file else 'folder'} now")
        self.ledger.disk(computer.name, project, computer.folders[project])

    def _some_command(self, computer: Computer, project: str) -> None:
        home, folder = self._home(project), computer.folders[project]
        commands: list[list[str | Path]] = [["save", folder], ["save", folder], ["finish", "--deadline", "20"]]
        commands += [["stage", home, folder], ["restore", home], ["verify", folder], ["status", folder]]
        arguments = self.chance.choice(commands)
        if self.chance.random() < 0.25:
            self._strike(computer, *arguments)
            return
        done = self._run(computer, *arguments, "--json", may_be=(AWAY,))
        if arguments[0] == "save":
            self._saved(computer, project, done)

    def out_of_sight(self) -> None:
        """Nobody may look into a folder, or read a file, for a while; what is not saved there is not called saved."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        for _ in range(self.chance.choice([1, 2])):
            self._edit_one(computer, project, folder)
        places = sorted(one for one in folder.rglob("*") if CORNER not in one.parts and not one.is_symlink())
        folders, files = [one for one in places if one.is_dir()], [one for one in places if one.is_file()]
        if not (kinds := [kind for kind in (folders, folders, files) if kind]):
            return
        place = self.chance.choice(self.chance.choice(kinds))
        place.chmod(0)
        computer.closed.append(place)
        self._note(f"   {computer.name}: out of sight: {place.relative_to(folder).as_posix()}")
        for _ in range(self.chance.choice([1, 2, 3])):
            self._in_the_dark(computer, project, place)
        self.open_all(computer)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _in_the_dark(self, computer: Computer, project: str, place: Path) -> None:
        home, folder = self._home(project), computer.folders[project]
        commands: list[list[str | Path]] = [["save", folder], ["save"], ["finish", "--deadline", "20"]]
        commands += [["stage", home, folder], ["restore", home], ["verify", folder], ["session", "end"]]
        arguments = self.chance.choice(commands)
        done = self._run(computer, *arguments, "--json", may_be=(AWAY,))
        self._status(computer, project)
        if arguments[0] not in ("save", "finish", "session") or done.code not in (DONE, CONFLICTS):
            return
        hidden = place.relative_to(folder).as_posix()
        lost = [
            path
            for path, content in self.ledger.disk(computer.name, project, folder).items()
            if path == hidden or path.startswith(f"{hidden}/")
            if self._is_alone(content)
        ]
        if lost:
            raise self.wrong(f"{computer.name}: {arguments[0]} said {done.code}, and nobody could see {lost}")

    def times_shift(self) -> None:
        """The clock, or an archive, gives all files other times and no other content: none is sent, each stays ours."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        if self.chance.random() < 0.5:
            self._news_elsewhere(computer, project)
        shift_ns = self.chance.choice([-3600, 3600, -7, 86_400 * 365]) * 10**9
        for path in self.ledger.disk(computer.name, project, folder):
            was = (folder / path).stat()
            os.utime(folder / path, ns=(was.st_atime_ns, was.st_mtime_ns + shift_ns))
        self._note(f"   {computer.name}: all times by {shift_ns / 1e9:.0f} s")
        if self.chance.random() < 0.5:
            brought = self._run(computer, "stage", self._home(project), folder, "--json")
            if brought.code in (DONE, NAMED, CONFLICTS, DISK):
                self._is_told(computer, project, brought)
        self._touched_is_not_sent(computer, project)

    def _touched_is_not_sent(self, computer: Computer, project: str) -> None:
        folder, there = computer.folders[project], dict(self.ledger.current)
        here = self.ledger.disk(computer.name, project, folder)
        done = self._run(computer, "save", folder, "--json")
        self._saved(computer, project, done)
        if done.code not in (DONE, CONFLICTS, NAMED):
            return
        again = [
            row["path"]
            for row in done.json["saved"]
            if not self._has_paths(row["path"]) and there.get(f"{project}/{row['path']}") == here.get(row["path"])
        ]
        if again and not self._busy():
            raise self.wrong(f"{computer.name}: sent again, and it is what was there: {again}")

    def second_names(self) -> None:
        """A file has a second name, in the project or outside of it, and is written by either."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        self.open_all(computer)
        here = [path for path in self.ledger.disk(computer.name, project, folder) if path in self.paths]
        if not here:
            return
        path = self.chance.choice(here)
        self._count += 1
        name = f"results/second {self._count}{Path(path).suffix}"
        second = self.chance.choice([folder / name, computer.site.folder / f"second-{self._count}"])
        second.parent.mkdir(exist_ok=True)
        os.link(folder / path, second)
        self._note(f"   {computer.name}: {path} is {second}, too")
        if self.chance.random() < 0.5:
            self._run(computer, "save", folder, "--json")
        for _ in range(self.chance.choice([1, 2])):
            file = self.chance.choice([folder / path, second])
            file.write_bytes(self._content(path, file.read_bytes()))
            self.ledger.disk(computer.name, project, folder)
            self._some_command(computer, project)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def versions_expire(self) -> None:
        """The bucket's own rule removes all that was replaced in it, in the middle of the day."""
        if not self.ledger.lists_versions or self._busy():
            return
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.home)
        rows = [row for page in pages for row in page.get("Versions", []) if not row["IsLatest"]]
        for row in rows:
            self.s3.delete_object(Bucket=self.home, Key=row["Key"], VersionId=row["VersionId"])
        self._note(f"   the bucket removed {len(rows)} replaced versions")
        self.ledger.versions_expired()
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        listed = self._run(computer, "restore", self._home(project), "--list", "--json")
        if listed.code != DONE or project not in computer.folders:
            return
        at = self.chance.choice(listed.json["states"])["at"]
        done = self._run(computer, "restore", self._home(project), "--at", at, "--json")
        if done.code in (DONE, CONFLICTS, NAMED, DISK) and "dir" in done.json:
            self._is_back(computer, self._home(project), done)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
