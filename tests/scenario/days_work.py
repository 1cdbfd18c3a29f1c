"""Random days: work on files, at a computer and, by another program, in the bucket."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.scenario.days_computers import DONE, Computer, Computers
from tests.scenario.days_files import CONFIG, LABELS, LARGE, NOTES, SLEAP, half, whole
from tests.scenario.oracle import CORNER

#: How often a file is changed in which way.
_HOW = {
    "in place": 7,
    "renamed": 4,
    "append": 2,
    "cut off": 3,
    "delete": 2,
    "move": 1,
    "touch": 1,
    "as elsewhere": 2,
    "as before": 1,
}


class Work(Computers):
    """What people and other programs write."""

    def _content(self, path: str, before: bytes) -> bytes:
        """As good as never the same bytes twice."""
        self._count += 1
        number = self._count
        data = whole(path, number, before, self.chance)
        self.ledger.made(data, f"no. {number} of {path}", is_passing=path.endswith((".pt", ".ckpt")))
        return data

    def edit(self) -> None:
        """Some work on some files."""
        chosen = self._someone()
        if chosen is None:
            return
        computer, project = chosen
        folder = computer.folders[project]
        if not folder.is_dir():
            return
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            self._edit_one(computer, project, folder)
        self.ledger.disk(computer.name, project, folder)

    def _edit_one(self, computer: Computer, project: str, folder: Path) -> None:
        disk = self.ledger.disk(computer.name, project, folder)
        copies = [path for path in disk if "(conflict " in path]
        large = [LARGE] if self.is_large and self.chance.random() < 0.3 else []
        path = self.chance.choice([*self.paths, self.kind.video, *self.busy_paths * 4, *copies, *large])
        file = folder / path
        (how,) = self.chance.choices(list(_HOW), list(_HOW.values()))
        self._note(f"   {computer.name}: {how} {path}")
        if how in ("delete", "touch", "move"):
            if file.is_file():
                target = folder / self.chance.choice(self.paths)
                self._rearrange(how, file, target, is_main=path == self.kind.main)
            return
        data = self._draft(how, computer, project, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if how == "renamed":
            draft = file.with_suffix(".tmp")
            draft.write_bytes(data)
            draft.replace(file)
        else:
            file.write_bytes(data)

    @staticmethod
    def _rearrange(how: str, file: Path, target: Path, *, is_main: bool) -> None:
        if how == "touch":
            file.touch()
        elif how == "delete" and not is_main:
            file.unlink()
        elif how == "move" and not is_main and file.suffix == target.suffix:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)

    def _draft(self, how: str, computer: Computer, project: str, path: str) -> bytes:
        """What is to be written."""
        file = computer.folders[project] / path
        before = file.read_bytes() if file.is_file() else b""
        data = self._content(path, before)
        if how == "append" and file.suffix in (".txt", ".md"):
            data = before + data
            self.ledger.made(data, f"no. {self._count} of {path}, appended")
        if how == "cut off" and (rest := half(path, data, self.chance)) is not None:
            data = rest
            self.ledger.made(data, f"no. {self._count} of {path}, cut off", is_half=True)
        if how == "as elsewhere":
            data = self._elsewhere(computer, project, path) or data
        if how == "as before":
            data = self._before(project, path) or data
        return data

    def _elsewhere(self, computer: Computer, project: str, path: str) -> bytes | None:
        others = [
            one.folders[project] / path for one in self.computers if one is not computer and project in one.folders
        ]
        there = [file for file in others if file.is_file()]
        return self.chance.choice(there).read_bytes() if there and not self._has_paths(path) else None

    def _has_paths(self, path: str) -> bool:
        """Is it another file on each computer, as its tool names this computer's folder in it?"""
        return path == self.kind.main or (self.kind is SLEAP and path.endswith(".slp"))

    def _before(self, project: str, path: str) -> bytes | None:
        """A content that the bucket held once."""
        if self._has_paths(path):
            return None
        if self.has_versions:
            key = f"person/projects/{project}/{path}"
            rows = self.s3.list_object_versions(Bucket=self.home, Prefix=key).get("Versions", [])
            rows = [row for row in rows if row["Key"] == key]
            if not rows:
                return None
            row = self.chance.choice(rows)
            data: bytes = self.s3.get_object(Bucket=self.home, Key=key, VersionId=row["VersionId"])["Body"].read()
            return data
        objects = self.site.objects(self.data, f"reaching/{path}")
        return objects.get(f"reaching/{path}")

    def another_program(self) -> None:
        """Something else writes or deletes in the bucket."""
        keys = sorted(self.ledger.current)
        if not keys:
            return
        key = self.chance.choice(keys)
        if self.chance.random() < 0.25:
            self._delete_list(key.partition("/")[0])
            return
        how = self.chance.choice(["deleted", "deleted", "replaced", "replaced", "put again", "new"])
        if how == "new":
            self._count += 1
            key = f"{key.partition('/')[0]}/results/not ours {self._count}.txt"
        self._note(f"   {how} in the bucket: {key}")
        where = {"Bucket": self.home, "Key": f"person/projects/{key}"}
        if how == "deleted":
            self.s3.delete_object(**where)
            self.ledger.put_by_another_program(key, None)
            return
        if how == "put again":
            self.s3.put_object(**where, Body=self.s3.get_object(**where)["Body"].read())
            return
        data = self._content(key.partition("/")[2], b"")
        self.s3.put_object(**where, Body=data)
        self.ledger.put_by_another_program(key, data)

    def _delete_list(self, project: str) -> None:
        """One that the program itself goes by."""
        name = self.chance.choice(["state", "conflicts"])
        self._note(f"   list deleted in the bucket: {name} of {project}")
        self.s3.delete_object(Bucket=self.home, Key=f"person/.pose-launcher/{name}/{project}.json")

    def empty(self) -> None:
        """Somebody clears the project's folder away, or all that is in it."""
        if (chosen := self._someone()) is None:
            return
        computer, project = chosen
        folder = computer.folders[project]
        self.ledger.disk(computer.name, project, folder)
        is_whole = self.chance.random() < 0.5
        self._note(f"   {computer.name}: {'folder removed' if is_whole else 'folder emptied'}")
        for entry in list(folder.iterdir()) if folder.is_dir() else []:
            if is_whole or entry.name != CORNER:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if is_whole and folder.is_dir():
            folder.rmdir()
        self.ledger.disk(computer.name, project, folder)
        if self.chance.random() < 0.4 and self._run(computer, "put-away", folder).code == DONE:
            del computer.folders[project]

    def _mend_halves(self, computer: Computer, project: str) -> None:
        """The tools write again what they were kept from writing whole."""
        for path, content in self.ledger.disk(computer.name, project, computer.folders[project]).items():
            if content in self.ledger.halves:
                (computer.folders[project] / path).write_bytes(self._content(path, b""))
        self.ledger.disk(computer.name, project, computer.folders[project])

    def make_anew(self, computer: Computer) -> None:
        """A project that is in no lab yet."""
        folder = computer.site.folder / "made-anew"
        for path in (CONFIG, LABELS, NOTES):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(self._content(path, b""))
        self._brought(computer, self._run(computer, "stray", "keep", folder, "--json"))
