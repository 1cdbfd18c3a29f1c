"""Random days: a computer, its memory or a folder as before, another disk, odd times, other rules, and two savers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scenario.days_computers import AWAY, BAD_USAGE, CONFLICTS, DONE, INTERRUPTED, Computer
from tests.scenario.days_elsewhere import Elsewhere
from tests.scenario.days_files import DEEPLABCUT

#: Times that a camera without a battery, a wrong clock and an archive give to files.
_ODD_TIMES_S = (0.0, 86_400.0, -86_400.0, 4_102_444_800.0, 253_402_300_000.0)


class Machines(Elsewhere):
    """Steps after which a computer is not what it was a moment ago."""

    def goes_back(self) -> None:
        """A machine, what the program remembers of it, or a project's folder is put back as it was before some work.

        As a machine from an image, or a backup, does: files keep their ids and their times.
        """
        if (chosen := self._someone_free()) is None:
            return
        computer, project, _ = chosen
        if self.chance.random() < 0.5:
            self._edit_one(computer, project, computer.folders[project])
        if self.chance.random() < 0.7:
            self._run(computer, "save", computer.folders[project], "--json")
        what = self.chance.choice(["machine", "machine", "state", "folder"])
        with self._as_before(computer, project, what):
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self._goes_on(computer, project)
        self._note(f"   {computer.name}: {what} as before")
        for one, folder in computer.folders.items():
            self.ledger.disk(computer.name, one, folder)
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            self._edit_one(computer, project, computer.folders[project])
        others: list[list[str | Path]] = [
            ["stage", self._home(project), computer.folders[project]],
            ["save"],
            ["finish"],
        ]
        for arguments in self.chance.sample(others, self.chance.choice([0, 1])):
            self._run(computer, *arguments, "--json", may_be=(AWAY,))
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    @contextmanager
    def _as_before(self, computer: Computer, project: str, what: str) -> Iterator[None]:
        """What is done in between, is done in a copy; then the original is there again."""
        folder = computer.folders[project]
        kept = {"machine": computer.site.folder, "folder": folder, "state": computer.site.state}[what]
        is_ours = [entry for entry in kept.iterdir() if what != "state" or not self._holds_work(computer, entry)]
        self._count += 1
        aside = computer.site.folder.parent / f"as-before-{self._count}"
        aside.mkdir()
        for entry in is_ours:
            entry.rename(aside / entry.name)
        subprocess.run(["cp", "-a", f"{aside}/.", str(kept)], check=True)
        folders, seen = dict(computer.folders), {key: set(found) for key, found in self.ledger.seen.items()}
        yield
        for entry in list(kept.iterdir()):
            if what != "state" or not self._holds_work(computer, entry):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        for entry in aside.iterdir():
            entry.rename(kept / entry.name)
        aside.rmdir()
        if what == "machine":  # it has not seen what it did since
            computer.folders = folders
            for key in self.ledger.seen:
                if key[0] == computer.name:
                    self.ledger.seen[key] = seen.get(key, set())

    @staticmethod
    def _holds_work(computer: Computer, entry: Path) -> bool:
        return any(entry == folder or entry in folder.parents for folder in computer.folders.values())

    def _goes_on(self, computer: Computer, project: str) -> None:
        """Something of a working day here, or at another computer."""
        others = [one for one in self.computers if one is not computer and project in one.folders and not one.is_busy]
        one = self.chance.choice([computer, computer, *others])
        folder = one.folders[project]
        if not folder.is_dir():
            return
        commands: list[list[str | Path]] = [["save", folder]] * 4
        commands += [["stage", self._home(project), folder], ["restore", self._home(project)], ["finish"]]
        self._edit_one(one, project, folder)
        arguments = self.chance.choice(commands)
        if self.chance.random() < 0.25:
            self._strike(one, *arguments)
        else:
            self._run(one, *arguments, "--json", may_be=(AWAY,))

    def to_another_disk(self) -> None:
        """A project's folder is copied to another disk and removed here: other ids, and sometimes other times."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, _ = chosen
        if self.chance.random() < 0.6:
            self._edit_one(computer, project, computer.folders[project])
        before = computer.folders[project]
        self._count += 1
        there = computer.site.folder / f"disk-{self._count}" / "project"
        keeps_times: Callable[[str, str], object] = self.chance.choice([shutil.copy2, shutil.copy])
        shutil.copytree(before, there, symlinks=True, copy_function=keeps_times)
        aside = before.with_name(f"{before.name}-gone-{self._count}")
        before.rename(aside)
        shutil.rmtree(aside)
        there.rename(before)  # so that what is noted of its place goes with it
        self._move(computer, project, there)
        if self.chance.random() < 0.5:
            self._edit_one(computer, project, there)
        self._saved(computer, project, self._run(computer, "save", there, "--json"))

    def odd_times(self) -> None:
        """A tool writes and gives its file the time that it had, or one that cannot be."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        folder = computer.folders[project]
        self.ledger.disk(computer.name, project, folder)
        is_saved = self.chance.random() < 0.6
        if is_saved:
            self._run(computer, "save", folder, "--json")
        for path in self.chance.sample(self.paths, self.chance.choice([1, 2, 3])):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            was = file.stat() if file.is_file() else None
            self._write_in_place(computer, project, path)
            if was is not None and (was.st_size == file.stat().st_size or self.chance.random() < 0.5):
                os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
                self._note(f"   {computer.name}: {path} keeps its time, {was.st_size} bytes, now {file.stat().st_size}")
            else:
                odd_s = self.chance.choice(_ODD_TIMES_S)
                os.utime(file, (odd_s, odd_s))
                self._note(f"   {computer.name}: {path} is of {odd_s}")
        self.ledger.disk(computer.name, project, folder)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _write_in_place(self, computer: Computer, project: str, path: str) -> None:
        file = computer.folders[project] / path
        file.write_bytes(self._content(path, file.read_bytes() if file.is_file() else b""))

    def two_savers(self) -> None:
        """Two windows begin to save at the same moment; one of them may be cut off."""
        if not self.has_saver or (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.is_busy:
            return
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        self._start_saver(computer)
        time.sleep(self.chance.choice([0.0, 0.0, 0.3]))
        computer.frozen = computer.site.start("watch")
        for _ in range(self.chance.choice([2, 3, 5])):
            self._edit_one(computer, project, computer.folders[project])
            time.sleep(self.chance.uniform(0.2, 3))
        both = [process for process in (computer.saver, computer.frozen) if process is not None]
        cut = self.chance.choice(both)
        if self.chance.random() < 0.4:
            cut.kill()
            time.sleep(self.chance.uniform(0, 6))
        self.let_time_pass()
        for process in both:
            process.send_signal(signal.SIGTERM)
            code = self._wait(process, 30, "one of two savers")
            self._note(f"   {computer.name}: one of two savers -> {code}")
            if code not in (DONE, INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL):
                raise self.wrong(f"{computer.name}: one of two savers ended with {code}")
        self._judge(computer, before)
        computer.saver = computer.frozen = None
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def rules_change(self) -> None:
        """The admin leaves some files out of every save, and thinks better of it later."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.is_busy:
            return
        text = computer.site.file.read_text()
        computer.excluded = self.chance.choice(["*.md", "*.csv", "*.png", "*.json"])
        computer.site.file.write_text(f'{text}[save]\nexclude = ["{computer.excluded}"]\n')
        self._note(f"   {computer.name}: left out from now on: {computer.excluded}")
        for _ in range(self.chance.choice([1, 2])):
            self._goes_on(computer, project)
        if computer.folders[project].is_dir():
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))
        computer.site.file.write_text(text)
        computer.excluded = ""
        self._note(f"   {computer.name}: nothing is left out any more")
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def versioning_begins(self) -> None:
        """The admin has the bucket keep versions from now on; what is replaced next has none."""
        self.s3.put_bucket_versioning(Bucket=self.home, VersioningConfiguration={"Status": "Enabled"})
        self.ledger.versions_began()
        self._note("   the home bucket keeps versions")

    def another_project(self) -> None:
        """One more, made here."""
        computer = self.chance.choice(self.computers)
        if self.kind is DEEPLABCUT and len(self.projects) < 2 and not computer.is_busy:
            self.make_anew(computer)

    def change_names(self) -> None:
        """The folders of two projects get each other's names, or files of the one are dragged into the other."""
        self.another_project()
        having = [one for one in self.computers if not one.is_busy and len(one.folders) > 1]
        if not having:
            return
        computer = self.chance.choice(having)
        (first, here), (second, there) = self.chance.sample(sorted(computer.folders.items()), 2)
        if not here.is_dir() or not there.is_dir():
            return
        if self.chance.random() < 0.4:
            self._drag(computer, first, second)
        else:
            self._count += 1
            self._move(computer, first, here.with_name(f"name in between {self._count}"))
            self._move(computer, second, here)
            self._move(computer, first, there)
        for project in (first, second):
            if self.chance.random() < 0.6:
                self._edit_one(computer, project, computer.folders[project])
        ends: list[list[str | Path]] = [["save"], ["finish", "--deadline", "20"], ["put-away", here]]
        ends += [["stage", self._home(first), here], ["stage", self._home(first)]]
        for arguments in self.chance.sample(ends, self.chance.choice([0, 1, 2])):
            if arguments[0] == "put-away" and self.chance.random() < 0.5:
                arguments = ["put-away", there]
            done = self._run(computer, *arguments, "--json", may_be=(AWAY, BAD_USAGE))
            if arguments[0] in ("save", "finish") and done.code in (DONE, CONFLICTS):
                for project in (first, second):
                    row = self._status(computer, project)
                    if row is not None and not row["all_saved"]:
                        raise self.wrong(f"{computer.name}: {arguments[0]} said {done.code}, and status says {row}")
        for project in (first, second):
            self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def _drag(self, computer: Computer, first: str, second: str) -> None:
        for path in self.chance.sample(self.paths, 3):
            file, target = computer.folders[first] / path, computer.folders[second] / path
            if file.is_file() and path != self.kind.main:
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
                self._note(f"   {computer.name}: dragged from {first} to {second}: {path}")
        for project in (first, second):
            self.ledger.disk(computer.name, project, computer.folders[project])
