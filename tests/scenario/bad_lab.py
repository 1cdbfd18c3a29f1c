"""Where the cases of bad input happen: a site of its own for each, the real program, and what must not be lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT, Result, Site
from tests.scenario import bad_projects as made
from tests.scenario.bad_servers import Servers

#: What a case gives: the command that meets the bad input.
Arguments = tuple[str | Path, ...]
#: No case takes as long, on a busy machine either.
LIMIT_S = 60
#: Starts a command on a full disk, without rights, and the like.
_PLACE = Path(__file__).with_name("bad_place.py")


@dataclass
class Lab:
    """One case: its folder, its prefix in the data bucket, its site catalogue, and the project it has brought here."""

    name: str
    folder: Path
    servers: Servers
    site: Site
    environ: dict[str, str] = field(default_factory=dict)
    place: Sequence[str] = ()
    has_site: bool = True
    limit_s: float = LIMIT_S
    dir: Path = Path()
    held: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def on(cls, server: Site, name: str, folder: Path, servers: Servers) -> Lab:
        """A lab on one of the servers, with an empty state dir."""
        site = Site(
            folder,
            server.endpoint,
            server.access_key,
            server.secret_key,
            server.data_bucket,
            server.home_bucket,
            server.s3,
        )
        site.write()
        return cls(name, folder, servers, site)

    @property
    def uri(self) -> str:
        """This case's part of the data bucket."""
        return f"{self.site.data_uri}{self.name}/"

    def put(self, files: Mapping[str, bytes]) -> None:
        """Objects of this case, by another client."""
        for path, data in files.items():
            self.site.put(f"{self.name}/{path}", data)

    def stage(self, uri: str) -> Path:
        """Bring a sound project here, before things go wrong; its files count as not to be lost."""
        done = self.site.run("stage", uri, "--json")
        assert done.code == 0, done.err
        self.dir = Path(done.json["dir"])
        return self.dir

    def edit(self, path: str, data: bytes) -> Path:
        """The person's own work in the project that was brought here."""
        file = self.dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def run(self, *arguments: str | Path) -> Result:
        """The program in this case's environment, and place."""
        siteless = [sys.executable, "-m", "launcher", "--state-dir", str(self.site.state), *map(str, arguments)]
        place = [sys.executable, str(_PLACE), *self.place, "--"] if self.place else []
        done = subprocess.run(
            [*place, *(self.site.command(*arguments) if self.has_site else siteless)],
            cwd=ROOT,
            env=clean_environ() | self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.limit_s,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    # What must not be lost

    def remember(self) -> tuple[dict[str, str], dict[str, str], dict[Path, bytes]]:
        """Everything in both buckets, and every file of the person here."""
        return self._listed(self.site.data_bucket), self._listed(self.site.home_bucket), self._files()

    def nothing_was_lost(self, then: tuple[dict[str, str], dict[str, str], dict[Path, bytes]]) -> None:
        """The data bucket is as it was; the home bucket and the folder here may have grown, no more."""
        data, home, files = self.remember()
        assert data == then[0]
        assert then[1].items() <= home.items()
        assert then[2].items() <= files.items()

    def _listed(self, bucket: str) -> dict[str, str]:
        pages = self.site.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        rows = {row["Key"]: row["ETag"] for page in pages for row in page.get("Contents", [])}
        return {key: etag for key, etag in rows.items() if "/.pose-launcher/" not in key}

    def _files(self) -> dict[Path, bytes]:
        if self.dir == Path():
            return {}
        plain = (path for path in self.dir.rglob("*") if path.is_file() and not path.is_symlink())
        return {path: path.read_bytes() for path in plain if ".pose-launcher" not in path.parts}


def clean_environ() -> dict[str, str]:
    """The environment without what would steer the program."""
    strange = ("AWS_", "AppStream", "POSE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}


def a_changed_project(lab: Lab) -> None:
    """A sound project, brought here, with the person's own work in it."""
    lab.put(made.REACHING)
    lab.stage(lab.uri)
    lab.edit("labeled-data/left/notes.txt", b"the mouse turned left")


def status_says_unsaved(lab: Lab, result: Result) -> None:
    """Afterwards `status` names the work as not saved."""
    lab.site.write()
    (project,) = lab.site.run("status", lab.dir, "--json").json["projects"]
    assert not project["all_saved"]
    assert "labeled-data/left/notes.txt" in {row["path"] for row in project["items"] if row["state"] != "saved"}


def files_in(folder: Path) -> list[Path]:
    """The files of a project, without the launcher's own corner."""
    return [path for path in folder.rglob("*") if path.is_file() and ".pose-launcher" not in path.parts]
