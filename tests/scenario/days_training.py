"""Random days: a training that is killed and starts again in its folder, and one that gives its folder another name."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.scenario.days_computers import Computer
from tests.scenario.days_files import SLEAP, half
from tests.scenario.days_server import Servers


class Trainings(Servers):
    """Steps of a tool that writes a network and what belongs to it."""

    def training_killed(self) -> None:
        """Between its checkpoint and its settings, or in the middle of one; then it starts again in that folder."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        run = self._run_folder()
        networks, rest = self._files_of(run)
        for _ in range(self.chance.choice([1, 1, 2])):
            self._writes(computer, project, networks, killed_at=self.chance.randint(0, len(networks)))
            for _ in range(self.chance.choice([0, 1, 1])):
                self._some_command(computer, project)
        if self.chance.random() < 0.3:
            shutil.rmtree(folder / run, ignore_errors=True)
            self._note(f"   {computer.name}: {run} is cleared away first")
        for _ in range(self.chance.choice([1, 2])):
            self._writes(computer, project, [*rest, *networks])
            if self.chance.random() < 0.6:
                self._some_command(computer, project)
        self._writes(computer, project, [*networks, *rest])
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def run_renamed(self) -> None:
        """A training writes under one name and gives its folder another one; the next one takes the first name."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        run = self._run_folder()
        networks, rest = self._files_of(run)
        self._writes(computer, project, [*rest, *networks])
        if self.chance.random() < 0.6:
            self._some_command(computer, project)
        if self.chance.random() < 0.6:
            self._renamed_under_way(computer, project, run)
        else:
            self._gets_its_name(computer, project, run)
        if self.chance.random() < 0.6:
            self._writes(computer, project, [*networks, *rest])
            self._some_command(computer, project)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _run_folder(self) -> str:
        self._count += 1
        if self.kind is SLEAP:
            return f"models/run {self._count}"
        return f"dlc-models-pytorch/iteration-0/reach-trainset95shuffle{self._count}/train"

    def _files_of(self, run: str) -> tuple[list[str], list[str]]:
        """Its networks, and what is written beside them."""
        if self.kind is SLEAP:
            names = ["best.ckpt", "last.ckpt"], ["initial_config.yaml", "training_config.yaml", "training_log.csv"]
        else:
            names = ["snapshot-best-010.pt", "snapshot-020.pt"], ["training.yaml", "learning_stats.csv"]
        return [f"{run}/{name}" for name in names[0]], [f"{run}/{name}" for name in names[1]]

    def _writes(self, computer: Computer, project: str, paths: Sequence[str], *, killed_at: int | None = None) -> None:
        """One after the other; the one at which it is killed is cut off, and none comes after it."""
        for number, path in enumerate(paths):
            file = computer.folders[project] / path
            data = self._of_a_training(path)
            if number == killed_at:
                data = half(path, data, self.chance) or data[: len(data) // 2]
                self.ledger.made(data, f"no. {self._count} of {path}, cut off", is_half=True)
            file.parent.mkdir(parents=True, exist_ok=True)
            if self.chance.random() < 0.5:
                draft = file.with_suffix(".tmp")
                draft.write_bytes(data)
                draft.replace(file)
            else:
                file.write_bytes(data)
            if number == killed_at:
                break
        killed = "" if killed_at is None else f", killed at {killed_at}"
        self._note(f"   {computer.name}: a training writes {list(paths)}{killed}")
        self.ledger.disk(computer.name, project, computer.folders[project])

    def _of_a_training(self, path: str) -> bytes:
        if not path.endswith((".yaml", "learning_stats.csv", "training_log.csv")):
            return self._content(path, b"")
        self._count += 1
        data = b"epoch,loss\n%d,0.5\n" % self._count if path.endswith(".csv") else b"epochs: %d\n" % self._count
        self.ledger.made(data, f"no. {self._count} of {path}")
        return data

    def _gets_its_name(self, computer: Computer, project: str, run: str) -> None:
        folder = computer.folders[project] / run
        folder.rename(folder.with_name(f"{folder.name} done"))
        self._note(f"   {computer.name}: {run} has its own name now")
        self.ledger.disk(computer.name, project, computer.folders[project])

    def _renamed_under_way(self, computer: Computer, project: str, run: str) -> None:
        folder = computer.folders[project]
        commands: list[list[str | Path]] = [["save", folder], ["finish", "--deadline", "30"]]
        commands += [["stage", self._home(project), folder]]
        arguments = self.chance.choice(commands)
        what = "while a run got its name"
        with self._under_way(computer, arguments, self.chance.randint(1, 20), what, moved=run):
            self._gets_its_name(computer, project, run)
