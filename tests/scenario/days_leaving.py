"""Random days: a project that leaves its folder with a tool still in it, and a machine that is gone with everything."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

from tests.scenario.contents import content_of
from tests.scenario.days_computers import AWAY, BAD_USAGE, CONFLICTS, DISK, DONE, NAMED, NAMES, Computer
from tests.scenario.days_disk import OnDisk

#: It lies there then, whatever of it could not come.
BROUGHT = (DONE, NAMED, CONFLICTS, DISK, NAMES)


class Leaving(OnDisk):
    """Steps after which something is not where it was."""

    def brought_in_turn(self) -> None:
        """A project is brought into another folder and back, and a tool goes on in the one that it has left."""
        if (chosen := self._someone_free()) is None or not self._is_known(chosen[0], chosen[1]):
            return
        computer, project, first = chosen
        if self._run(computer, "save", first, "--json").code not in (DONE, CONFLICTS):
            return
        second = self._brought_to_another(computer, project)
        if second is None:
            return
        work = self._write_in_left(computer, first)
        self._is_left_named(computer, first, work)
        if self.chance.random() < 0.5:
            self._edit_one(computer, project, second)
        self._run(computer, "save", second, "--json")
        back = self._run(computer, "stage", self._home(project), first, "--json", may_be=(BAD_USAGE,))
        lost = sorted(path for path, content in work.items() if _content(first / path) != content)
        if lost:
            raise self.wrong(f"{computer.name}: work that was left in {first} is not there any more: {lost}")
        if back.code not in BROUGHT:
            self._work_is_taken_along(computer, project, first, work)
            return
        self._brought(computer, back)
        self._is_told(computer, project, back)
        saved = self._run(computer, "save", first, "--json")
        self._saved(computer, project, saved)
        self._is_kept_when_done(computer, first, work, "save", saved.code)
        if first == computer.folders[project]:
            shutil.rmtree(second, ignore_errors=True)

    def _brought_to_another(self, computer: Computer, project: str) -> Path | None:
        """It lies there then; None where nothing came of it."""
        self._count += 1
        second = computer.site.folder / f"second-{self._count}" / "project"
        arguments: list[str | Path] = ["stage", self._home(project), second]
        if self.chance.random() < 0.3:
            self._strike(computer, *arguments, most=25)
        done = self._run(computer, *arguments, "--json", may_be=(BAD_USAGE,))
        if done.code not in BROUGHT:
            return None
        self._brought(computer, done)
        self._is_told(computer, project, done)
        return second

    def _write_in_left(self, computer: Computer, left: Path) -> dict[str, str]:
        """A tool knows nothing of it, and writes where it always did."""
        path = self.chance.choice([path for path in self.paths if not self._has_paths(path)])
        file = left / path
        data = self._content(path, file.read_bytes() if file.is_file() else b"")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self._note(f"   {computer.name}: writes {path} in {left.name}, which the project has left")
        return {path: content_of(data)}

    def _is_left_named(self, computer: Computer, left: Path, work: dict[str, str]) -> None:
        told = self._run(computer, "status", "--json")
        if str(left) not in told.out or any(row["all_saved"] for row in told.json["projects"] if str(left) in str(row)):
            raise self.wrong(f"{computer.name}: status names nothing of the work in {left}: {told.out} {told.err}")
        ends: list[list[str | Path]] = [["save"], ["finish", "--deadline", "20"], ["session", "end"]]
        for arguments in self.chance.sample(ends, self.chance.choice([1, 2])):
            done = self._run(computer, *arguments, "--json", may_be=(AWAY,))
            self._is_kept_when_done(computer, left, work, str(arguments[0]), done.code)

    def _is_kept_when_done(self, computer: Computer, left: Path, work: dict[str, str], verb: str, code: int) -> None:
        alone = sorted(path for path, content in work.items() if self._is_alone(content))
        if alone and code in (DONE, CONFLICTS):
            raise self.wrong(f"{computer.name}: {verb} said {code}, and of the work in {left} {alone} is nowhere else")

    def _work_is_taken_along(self, computer: Computer, project: str, left: Path, work: dict[str, str]) -> None:
        """As the words say: what is needed is copied to where the project lies now, and the old folder goes."""
        here = computer.folders[project]
        for path in work:
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(left / path, here / path)
        shutil.rmtree(left)
        self._note(f"   {computer.name}: took along {sorted(work)}")
        self.ledger.disk(computer.name, project, here)
        saved = self._run(computer, "save", here, "--json")
        self._saved(computer, project, saved)
        self._is_kept_when_done(computer, left, work, "save", saved.code)

    def machine_gone(self) -> None:
        """A machine is destroyed with all that was on it, and its person goes on at a fresh one.

        Another computer is in the middle of a save then, or its saver runs.
        """
        if (drawn := self._two()) is None:
            return
        computer, other, project = drawn
        for _ in range(self.chance.choice([0, 1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        how = self.chance.choice(["worked", "saved", "was cut off in mid-save"])
        if how == "saved":
            self._run(computer, "save", computer.folders[project], "--json")
        elif how == "was cut off in mid-save":
            self._strike(computer, "save", computer.folders[project])
        has_saver = self.has_saver and self.chance.random() < 0.4
        if has_saver:
            self._start_saver(other)
            self._edit_one(other, project, other.folders[project])
        with nullcontext() if has_saver else self._held(other, project):
            self._destroy(computer)
            self._goes_on_anew(computer, project)
        if has_saver:
            self._stop_saver(other)
        if project not in computer.folders:
            return
        brought = self._run(computer, "stage", self._home(project), computer.folders[project], "--json")
        if brought.code in BROUGHT:
            self._is_told(computer, project, brought)
        for one in (computer, other):
            self._saved(one, project, self._run(one, "save", one.folders[project], "--json"))

    def _destroy(self, computer: Computer) -> None:
        """What is left is what the image had: the site's file, and the keys."""
        self.open_all(computer)
        for entry in list(computer.site.folder.iterdir()):
            if entry not in (computer.site.file, computer.site.folder / "credentials"):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        computer.folders.clear()
        computer.forgotten.clear()
        self.ledger.forget(computer.name)
        self._note(f"   {computer.name}: the machine is gone, and another one is there")

    def _goes_on_anew(self, computer: Computer, project: str) -> None:
        brought = self._run(computer, "stage", self._home(project), "--json")
        self._brought(computer, brought)
        if project not in computer.folders or self.chance.random() < 0.4:
            return
        self._edit_one(computer, project, computer.folders[project])
        arguments: list[str | Path] = self.chance.choice(
            [["save", computer.folders[project]], ["finish", "--deadline", "20"]]
        )
        self._run(computer, *arguments, "--json", may_be=(AWAY,))


def _content(file: Path) -> str:
    return content_of(file.read_bytes()) if file.is_file() else "nothing"
