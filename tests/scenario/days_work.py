"""Random days: work on files, at a computer and, by another program, in the bucket."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenario.days_computers import CONFIG, LARGE, LARGE_BYTES, PATHS, Computer, Computers
from tests.scenario.projects import VIDEO, png, reaching


class Work(Computers):
    """What people and other programs write."""

    def _content(self, path: str, before: bytes) -> bytes:
        """As good as never the same bytes twice."""
        self._count += 1
        number = self._count
        if path == LARGE:
            data = b"%d " % number + bytes(LARGE_BYTES) + bytes(number)
        elif path.endswith(".yaml"):
            text = before if b"pcutoff" in before else reaching(1)[CONFIG]
            data = re.sub(rb"pcutoff: [\d.]+", b"pcutoff: 0.%06d1" % number, text)
        elif path.endswith(".csv"):
            data = b"scorer,Ada,Ada\nbodyparts,paw,paw\ncoords,x,y\nlabeled-data/mouse/img000.png,%d,2.5\n" % number
        elif path.endswith(".png"):
            data = png(self.chance, 300)
        else:
            data = b"note %d\n" % number
        self.ledger.made(data, f"no. {number} of {path}")
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
        path = self.chance.choice([*PATHS, VIDEO, *self.busy_paths * 4, *copies, *large])
        file = folder / path
        how = self.chance.choices(
            ["in place", "renamed", "append", "delete", "move", "as elsewhere", "as before", "touch", "same size"],
            [6, 4, 2, 2, 1, 2, 1, 1, 1],
        )[0]
        before = file.read_bytes() if file.is_file() else b""
        self._note(f"   {computer.name}: {how} {path}")
        if how == "delete":
            if path != CONFIG:
                file.unlink(missing_ok=True)
            return
        if how == "touch":
            if file.is_file():
                file.touch()
            return
        if how == "move":
            target = folder / self.chance.choice(PATHS)
            if file.is_file() and path != CONFIG and file.suffix == target.suffix:
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
            return
        data = self._content(path, before)
        if how == "append" and file.suffix in (".txt", ".md"):
            data = before + data
            self.ledger.made(data, f"no. {self._count} of {path}, appended")
        if how == "as elsewhere":
            data = self._elsewhere(computer, project, path) or data
        if how == "as before":
            data = self._before(project, path) or data
        file.parent.mkdir(parents=True, exist_ok=True)
        if how == "renamed":
            draft = file.with_suffix(".tmp")
            draft.write_bytes(data)
            draft.replace(file)
        else:
            file.write_bytes(data)

    def _elsewhere(self, computer: Computer, project: str, path: str) -> bytes | None:
        others = [
            one.folders[project] / path for one in self.computers if one is not computer and project in one.folders
        ]
        there = [file for file in others if file.is_file()]
        return self.chance.choice(there).read_bytes() if there and path != CONFIG else None

    def _before(self, project: str, path: str) -> bytes | None:
        """A content that the bucket held once."""
        if path == CONFIG:
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
        if self.chance.random() < 0.5:
            self._note(f"   deleted in the bucket: {key}")
            self.s3.delete_object(Bucket=self.home, Key=f"person/projects/{key}")
            self.ledger.put_by_another_program(key, None)
            return
        data = self._content(key.partition("/")[2], b"")
        self._note(f"   put into the bucket: {key}")
        self.s3.put_object(Bucket=self.home, Key=f"person/projects/{key}", Body=data)
        self.ledger.put_by_another_program(key, data)
