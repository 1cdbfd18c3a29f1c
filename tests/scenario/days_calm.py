"""Random days: calm at the end. Every computer saves until nothing changes; then all must be right, and agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenario.contents import in_place_of_folders, twins_of
from tests.scenario.days_computers import DONE, NAMES, NOT_THERE, Computer
from tests.scenario.days_training import Trainings
from tests.scenario.oracle import CORNER, open_uploads


class Calm(Trainings):
    """Nothing fails any more."""

    def calm(self) -> None:
        """Nothing fails any more: every computer saves until nothing changes, and then all must be right."""
        for computer in self.computers:
            if computer.saver is not None:
                self._stop_saver(computer)
            self.open_all(computer)
        self._save_until_calm()
        wrong = []
        for project in self.projects:
            wrong += self.ledger.manifest(project)
        wrong += [f"lease left: {key}" for key in self.ledger.leases()]
        wrong += [f"upload left: {key}" for key in open_uploads(self.site)]
        if wrong:
            raise self.wrong("in calm: " + "\n".join(wrong))
        for computer in self.computers:
            for project in computer.folders:
                self._agrees(computer, project)
        self._fresh()

    def _save_until_calm(self) -> None:
        for computer in self.computers:
            for project in list(computer.folders):
                self._look_after(computer, project)
        for computer in self.computers:
            for project in computer.folders:
                self._run(computer, "verify", computer.folders[project], "--json")
        for _ in range(6):
            self._end_leases()
            before = dict(self.ledger.current)
            reports = [
                self._run(computer, "save", computer.folders[project], "--json")
                for computer in self.computers
                for project in computer.folders
            ]
            if self.ledger.current == before and all(done.code == DONE and not done.json["saved"] for done in reports):
                return
        raise self.wrong("they do not come to rest")

    def _look_after(self, computer: Computer, project: str) -> None:
        """Its person brings it again where nothing came of it, or it was cleared away, and has its files whole."""
        folder = computer.folders[project]
        is_here = (folder / CORNER / "project.json").is_file() and self.ledger.disk(computer.name, project, folder)
        if not is_here and self._bring_again(computer, project).code == NOT_THERE:  # it was never saved
            del computer.folders[project]
            return
        self._mend_halves(computer, project)

    def _agrees(self, computer: Computer, project: str) -> None:
        row = self._status(computer, project)
        if row is None or not row["all_saved"]:
            raise self.wrong(f"in calm: {computer.name} is not all saved: {row}")
        bad = self._not_sound(computer, project)
        if bad and {row["key"].removeprefix("person/projects/") for row in bad} <= self.ledger.deleted:
            # A list went on to name it; once it is noticed, the next save settles it.
            self._run(computer, "save", computer.folders[project], "--json")
            bad = self._not_sound(computer, project)
        if bad:
            raise self.wrong(f"in calm: {computer.name}: verify: {bad}")
        self._run(computer, "stage", f"{self.site.home_uri}projects/{project}/", computer.folders[project], "--json")
        again = self._run(computer, "save", computer.folders[project], "--json")
        if again.code != DONE or again.json["saved"]:
            raise self.wrong(f"in calm: {computer.name} saves what it has just brought: {again.out}")

    def _not_sound(self, computer: Computer, project: str) -> list[dict[str, Any]]:
        proof = self._run(computer, "verify", computer.folders[project], "--json")
        return [row for row in proof.json["bad"] if not self._is_newer_elsewhere(row)]

    def _is_newer_elsewhere(self, row: dict[str, Any]) -> bool:
        """Another computer saved another version since, which `verify` says truly; the list names it, as was seen."""
        return "replaced it" in row["message"] and row["key"].removeprefix("person/projects/") in self.ledger.current

    def _fresh(self) -> None:
        """A computer that knows nothing brings just what the bucket holds, and has nothing to save."""
        self._count += 1
        fresh = self._computer(self.site.folder.parent, f"fresh-{self._count}")
        fresh.has_folders_for_files = self.computers[0].has_folders_for_files
        for project in self.projects:
            if not any(key.startswith(f"{project}/") for key in self.ledger.current):
                continue
            done = self._run(fresh, "stage", f"{self.site.home_uri}projects/{project}/", "--json")
            prefix = f"{project}/"
            there = {key: data for key, data in self.ledger.current.items() if key.startswith(prefix)}
            twins = twins_of(there) | in_place_of_folders(there)
            refused = {f"{prefix}{row['key']}" for row in done.json.get("skipped", [])}
            if done.code != (NAMES if twins else DONE) or refused != twins:
                raise self.wrong(f"in calm: a fresh computer: stage -> {done.code}: {done.err} {twins ^ refused}")
            folder = Path(done.json["dir"])
            fresh.folders[project] = folder
            here = {f"{project}/{path}": data for path, data in self.ledger.disk(fresh.name, project, folder).items()}
            videos = {key for key in here if key.endswith(".mp4") and key not in there}
            differ = {key for key in {*here, *there} - videos - twins if here.get(key) != there.get(key)}
            if differ:
                raise self.wrong(f"in calm: a fresh computer brought otherwise: {differ}")
            proof = self._run(fresh, "verify", folder, "--json")
            saved = self._run(fresh, "save", folder, "--json")
            if (proof.code, saved.code) != (DONE, DONE) or saved.json["saved"]:
                raise self.wrong(f"in calm: a fresh computer: {proof.out} {saved.out}")
