"""Random days: rehearsals, copies elsewhere, keys that expire, a clock that is off, soft ends, links."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.faults.rules import Fault, Rule
from tests.scenario.contents import content_of, in_place_of_folders, twins_of
from tests.scenario.days_bringing import Bringing
from tests.scenario.days_computers import (
    AWAY,
    BAD_USAGE,
    CONFLICTS,
    DONE,
    INTERRUPTED,
    NAMED,
    NAMES,
    REFUSED,
    Computer,
)
from tests.scenario.killing import at_answer

_CLOCKS_S = (-5 * 3600.0, 5 * 3600.0)


class Around(Bringing):
    """Steps after which everything must be as it was, and ends that are not kills."""

    def _anything(self, computer: Computer, project: str) -> list[str | Path]:
        """Some command that changes something."""
        home, folder = f"{self.site.home_uri}projects/{project}/", computer.folders[project]
        path = self.chance.choice(self.paths)
        commands: list[list[str | Path]] = [
            ["save", folder],
            ["save"],
            ["finish", "--deadline", "30"],
            ["session", "end", "--deadline", "30"],
            ["stage", home, folder],
            ["restore", home],
            ["restore", f"{home}{path}"],
            ["conflicts", folder, path, "--keep", self.chance.choice(["mine", "theirs", "both"])],
        ]
        return self.chance.choice(commands)

    def rehearse(self) -> None:
        """With `--dry-run` nothing changes, neither on the disk nor in the bucket."""
        if (chosen := self._someone()) is None or self._busy():
            return
        computer, project = chosen
        self._end_leases()
        before = self._everything(computer)
        others: list[list[str | Path]] = [["put-away", computer.folders[project]], ["stage", self.lab_uri]]
        arguments = self.chance.choice(others) if self.chance.random() < 0.2 else self._anything(computer, project)
        self._run(computer, *arguments, "--dry-run", may_be=(BAD_USAGE,))
        changed = {name for name, _ in before ^ self._everything(computer)}
        if changed:
            raise self.wrong(f"{computer.name}: a rehearsal changed {sorted(changed)}")

    def _everything(self, computer: Computer) -> set[tuple[str, str]]:
        there = {(key, content_of(data)) for key, data in self.site.objects(self.home).items()}
        folders = computer.folders.items()
        return there | {
            (f"{project}/{path}", content)
            for project, folder in folders
            for path, content in self.ledger.disk(computer.name, project, folder).items()
        }

    def download(self) -> None:
        """All that is saved of a project, as plain files in another folder."""
        computer, project = self.chance.choice(self.computers), self.chance.choice(self.projects)
        self._count += 1
        folder = computer.site.folder / f"downloaded-{self._count}"
        folder.mkdir()
        done = self._run(computer, "download", f"{self.site.home_uri}projects/{project}/", folder, "--json")
        if done.code not in (DONE, NAMES) or self._busy():
            return
        files = (file for file in folder.rglob("*") if file.is_file())
        here = {file.relative_to(folder / project).as_posix(): content_of(file.read_bytes()) for file in files}
        there = {
            key.removeprefix(f"{project}/"): content
            for key, content in self.ledger.current.items()
            if key.startswith(f"{project}/")
        }
        for path in twins_of(there) | in_place_of_folders(there):
            del there[path]
        if here != there:
            differ = {path for path in {*here, *there} if here.get(path) != there.get(path)}
            raise self.wrong(f"{computer.name}: download brought otherwise: {differ}")

    def keys_expire(self) -> None:
        """For a whole command, or for one or two of its requests."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        times = self.chance.choice([None, None, 1, 2])
        self._note(f"   keys expire, times: {times}")
        with self._faults(computer, [Rule(Fault.EXPIRED, times=times)]):
            arguments = self._anything(computer, project)
            if arguments[0] == "conflicts":
                self.ledger.shown(computer.name)
            # Keys that the server called expired are not tried again until there are others.
            self._run(computer, *arguments, may_be=(REFUSED, BAD_USAGE, AWAY))
            self._status(computer, project)

    def clock_is_off(self) -> None:
        """The server's time is hours from this computer's; nothing is decided by either."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        seconds = self.chance.choice(_CLOCKS_S)
        with self._faults(computer, [Rule(Fault.CLOCK, seconds=seconds)]):
            self._note(f"   {computer.name}: the server's clock is {seconds} s later")
            done = self._run(computer, "save", computer.folders[project], "--json")
            self._saved(computer, project, done)

    def ended(self) -> None:
        """The system ends some command softly."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        self._pass_over_dead(computer)
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        arguments = self._anything(computer, project)
        if arguments[0] == "conflicts":  # a decision is made by somebody who has looked
            arguments = ["stage", f"{self.site.home_uri}projects/{project}/", computer.folders[project]]
        process = computer.site.start(*arguments)
        at_answer(computer.proxy, self.chance.randint(1, 20))(process)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = self._wait(process, 40, f"{arguments[0]} that was told to end")
        self._note(f"   {computer.name}: {arguments[0]} ended -> {code} ({time.monotonic() - began:.1f} s)")
        if code not in (INTERRUPTED, *computer.ends(str(arguments[0])), -signal.SIGTERM):
            raise self.wrong(f"{computer.name}: {arguments[0]} that was told to end -> {code}")
        self._judge(computer, before)

    def end_session(self) -> None:
        """As the service's script ends it."""
        computer = self.chance.choice(self.computers)
        if computer.is_busy:
            return
        seconds = self.chance.choice(["4", "12", "55"])
        done = self._run(computer, "session", "end", "--deadline", seconds, "--json", may_be=(AWAY,))
        if done.code in (DONE, CONFLICTS):
            for project, folder in list(computer.folders.items()):
                if project in computer.forgotten:
                    continue
                # One that was cleared away whole, when all of it was saved, is known no more.
                row = self._status(computer, project) if folder.is_dir() else None
                if row is not None and not row["all_saved"]:
                    raise self.wrong(f"{computer.name}: the session ended with {done.code}, and status says {row}")

    def link(self) -> None:
        """A link to a file is not followed: it is named for as long as it is there."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        link = computer.folders[project] / "results" / "linked.txt"
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        outside = computer.site.folder / "outside.txt"
        outside.write_text("not of the project")
        link.symlink_to(outside)
        done = self._run(computer, "save", computer.folders[project], "--json")
        named = {row["path"] for row in done.json["failed"]} if done.code in (DONE, CONFLICTS, NAMED) else None
        if named is not None and "results/linked.txt" not in named:
            raise self.wrong(f"{computer.name}: a link is not named: {done.code} {done.out}")
        row = self._status(computer, project)
        if row is not None and row["all_saved"]:
            raise self.wrong(f"{computer.name}: all saved, and a link is there")
        link.unlink()
