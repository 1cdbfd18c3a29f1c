"""Random days: the lab's data, as its admin replaces, deletes and adds files there between and during stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from launcher.storage.seaweed import SeaweedFS
from tests.scenario.contents import content_of
from tests.scenario.days_computers import CONFLICTS, DONE, NAMED, Computer
from tests.scenario.days_files import DEEPLABCUT
from tests.scenario.days_leaving import Leaving
from tests.scenario.killing import at_answer

_LAB = "reaching/"


class Lab(Leaving):
    """Steps in which the admin changes what projects come from, and asks nobody."""

    def __init__(self, server: SeaweedFS, keys: Sequence[str], folder: Path, seed: int, *, steps: int) -> None:
        super().__init__(server, keys, folder, seed, steps=steps)
        #: What the admin has replaced or deleted in the lab just now.
        self._gone_from_lab: set[str] = set()

    def lab_changes(self) -> None:
        """Files of the lab are replaced, deleted and added, between and during stages."""
        computer, project = self.chance.choice(self.computers), self.projects[0]
        if self._busy() or not self.uris[project].startswith(self.site.data_uri):
            return
        was = self._lab()
        self._gone_from_lab.clear()
        if self.chance.random() < 0.5:
            self._changes_while_it_comes(self._fresh_computer(), project)
        self._change_lab()
        where = [computer.folders[project]] if project in computer.folders else []
        self._from_the_lab(computer, project, where)
        if project in computer.folders and computer.folders[project].is_dir():
            self._changes_while_it_comes(computer, project)
            self._saved_whatever_the_lab_has(computer, project)
        self._video_is_back(was)

    def _saved_whatever_the_lab_has(self, computer: Computer, project: str) -> None:
        """Once it is known that the lab has a video no more, a save keeps what is here."""
        folder = computer.folders[project]
        is_looked_for = self.chance.random() < 0.6 and self._run(computer, "verify", folder, "--json").code == NAMED
        saved = self._run(computer, "save", folder, "--json")
        self._saved(computer, project, saved)
        video = self.ledger.disks[computer.name, project].get(self.kind.video, "")
        if not is_looked_for or not video or self.kind.video in self._lab() or saved.code not in (DONE, CONFLICTS):
            return
        if video not in self.ledger.kept:
            raise self.wrong(f"{computer.name}: save said {saved.code}, and the video is neither in the lab nor saved")

    def _lab(self) -> dict[str, bytes]:
        return {key.removeprefix(_LAB): data for key, data in self.site.objects(self.data, _LAB).items()}

    def _fresh_computer(self) -> Computer:
        self._count += 1
        return self._computer(self.site.folder.parent, f"fresh-{self._count}")

    def _changes_while_it_comes(self, computer: Computer, project: str) -> None:
        """And then it is brought once more, when nobody changes anything."""
        folder = computer.folders.get(project, computer.site.folder / "from the lab")
        arguments: list[str | Path] = ["stage", self.lab_uri, folder]
        with self._under_way(computer, arguments, self.chance.randint(1, 15), "while the lab changes") as one:
            self._change_lab()
            if self.chance.random() < 0.5:
                at_answer(computer.proxy, self.chance.randint(1, 15))(one.process)
                self._change_lab()
        self._from_the_lab(computer, project, [folder])

    def _change_lab(self) -> None:
        for _ in range(self.chance.choice([1, 2, 4])):
            there = self._lab()
            path = self.chance.choice(sorted(there))
            how = self.chance.choice(["replaced", "replaced", "deleted", "added"])
            if how == "deleted" and path == self.kind.main:
                how = "replaced"
            if how == "added":
                self._count += 1
                path = f"results/the lab's {self._count}.txt"
            self._note(f"   in the lab: {how} {path}")
            if how == "deleted":
                self.s3.delete_object(Bucket=self.data, Key=f"{_LAB}{path}")
            else:
                self._put_in_lab(path, self._of_the_lab(path, there.get(path, b"")))
            if path in there:
                self._is_gone_from_lab(there[path])

    def _is_gone_from_lab(self, data: bytes) -> None:
        self.ledger.taken_from_lab(data)
        self._gone_from_lab.add(content_of(data))

    def _of_the_lab(self, path: str, before: bytes) -> bytes:
        return self.chance.randbytes(20_000) if path == self.kind.video else self._content(path, before)

    def _put_in_lab(self, path: str, data: bytes) -> None:
        self.ledger.put_in_lab(data)
        self.site.put(f"{_LAB}{path}", data)

    def _from_the_lab(self, computer: Computer, project: str, where: list[Path]) -> None:
        """What nobody changed here is as the lab has it now, or that is told."""
        here = computer.folders.get(project)
        before = self.ledger.disk(computer.name, project, here) if here is not None else {}
        done = self._run(computer, "stage", self.lab_uri, *where, "--json")
        self._brought(computer, done)
        if done.code not in (DONE, NAMED, CONFLICTS) or "skipped" not in done.json:
            return
        told = {row["key"] for row in done.json["skipped"]} | set(done.json["later"])
        disk = self.ledger.disk(computer.name, project, computer.folders[project])
        states = {item["path"]: item["state"] for item in (self._status(computer, project) or {"items": []})["items"]}
        wrong = []
        for path, data in self._lab().items():
            is_missing = path not in disk and (self.kind is DEEPLABCUT or path in before)
            is_old = disk.get(path) in self._gone_from_lab
            if path not in told and content_of(data) != disk.get(path) and (is_missing or is_old):
                wrong.append(f"{path} is {disk.get(path)} here, {states.get(path)!r}, and {content_of(data)} there")
        if wrong:
            raise self.wrong(f"{computer.name}: brought from the lab, and not told: " + "\n".join(wrong))

    def _video_is_back(self, was: Mapping[str, bytes]) -> None:
        """What is saved refers to it; where it is not what it was, that is told whenever anybody asks."""
        data = was[self.kind.video]
        if (now := self._lab().get(self.kind.video)) == data:
            return
        if now is not None:
            self._is_gone_from_lab(now)
        self._put_in_lab(self.kind.video, data)
        self._note("   in the lab: the video is what it was")
        for computer in self.computers:
            project = self.projects[0]
            if project in computer.folders:
                self._from_the_lab(computer, project, [computer.folders[project]])
                self._run(computer, "save", computer.folders[project], "--json")
