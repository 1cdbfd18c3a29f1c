"""The contenders as command lines: our program by its contract, s5cmd and rclone with 64 transfers."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.measure import Command
from tests.bench.server_process import ROOT

KEYS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench-secret",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: Videos stay references when a project is saved, so the peers leave them out of the same upload.
VIDEOS = "*.mp4"
SITE = """\
schema = 1
title = "Bench"

[s3]
endpoint_url = "{endpoint}"
region = "us-east-1"
strict = true

[home]
uri = "s3://{home}/person/"

[[bucket]]
name = "Data"
uri = "s3://{data}/"
access = "read-only"

[[bucket]]
name = "Many"
uri = "s3://{many}/"
access = "read-only"
"""


def environment(home: Path) -> Mapping[str, str]:
    """What a child needs and nothing of the person who runs the bench: no profiles, no proxies, no endpoints."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, **KEYS, "HOME": str(home), "NO_PROXY": "127.0.0.1"}


class Peer(Protocol):
    """A tool that copies folders."""

    @property
    def name(self) -> str: ...

    def download(self, uri: str, folder: Path) -> Command:
        """Everything below a prefix into an empty folder."""

    def upload(self, folder: Path, uri: str) -> Command:
        """Everything below a folder but its videos to a prefix."""

    def bring_up_to_date(self, folder: Path, uri: str) -> Command:
        """What changed below a folder, to a prefix that holds an earlier state."""


@dataclass(frozen=True, slots=True)
class S5cmd:
    """s5cmd, the fastest copier of many small objects among the usual ones."""

    endpoint: str
    home: Path
    trusted: Path | None = None
    name: str = "s5cmd"

    def download(self, uri: str, folder: Path) -> Command:
        return self._copy(f"{uri}*", f"{folder}/")

    def upload(self, folder: Path, uri: str) -> Command:
        return self._copy("--exclude", VIDEOS, f"{folder}/", uri)

    def bring_up_to_date(self, folder: Path, uri: str) -> Command:
        return self._do("sync", f"{folder}/", uri)

    def _copy(self, *arguments: str) -> Command:
        return self._do("cp", *arguments)

    def _do(self, *arguments: str) -> Command:
        program = [_beside_python("s5cmd"), "--endpoint-url", self.endpoint, "--numworkers", "64", "--log", "error"]
        trusted = {"AWS_CA_BUNDLE": str(self.trusted)} if self.trusted else {}
        return Command([*program, *arguments], {**environment(self.home), **trusted}, self.home)


@dataclass(frozen=True, slots=True)
class Rclone:
    """rclone, configured by its environment alone."""

    endpoint: str
    home: Path
    trusted: Path | None = None
    name: str = "rclone"

    def download(self, uri: str, folder: Path) -> Command:
        return self._copy(_remote(uri), str(folder))

    def upload(self, folder: Path, uri: str) -> Command:
        return self._copy("--exclude", VIDEOS, str(folder), _remote(uri))

    def bring_up_to_date(self, folder: Path, uri: str) -> Command:
        return self._do("sync", "--fast-list", "--update", "--use-server-modtime", str(folder), _remote(uri))

    def _copy(self, *arguments: str) -> Command:
        return self._do("copy", *arguments)

    def _do(self, verb: str, *arguments: str) -> Command:
        program = [_beside_python("rclone"), "--config", "", verb, "--transfers", "64", "--checkers", "64", "--quiet"]
        remote = {
            "RCLONE_CONFIG_BENCH_TYPE": "s3",
            "RCLONE_CONFIG_BENCH_PROVIDER": "Other",
            "RCLONE_CONFIG_BENCH_ENV_AUTH": "true",
            "RCLONE_CONFIG_BENCH_ENDPOINT": self.endpoint,
            "RCLONE_CONFIG_BENCH_REGION": "us-east-1",
            "RCLONE_CONFIG_BENCH_NO_CHECK_BUCKET": "true",
            "RCLONE_CONFIG_BENCH_LIST_VERSION": "2",
            **({"RCLONE_CA_CERT": str(self.trusted)} if self.trusted else {}),
        }
        return Command([*program, *arguments], {**environment(self.home), **remote}, self.home)


@dataclass(frozen=True, slots=True)
class Launcher:
    """Our program, by its command line only."""

    site: Path
    home: Path

    def command(self, state_dir: Path, *arguments: str) -> Command:
        """One command with `--json`, its memory in `state_dir`."""
        program = [sys.executable, "-m", "launcher", "--site", str(self.site), "--state-dir", str(state_dir)]
        return Command([*program, *arguments, "--json"], environment(self.home), ROOT)


def _remote(uri: str) -> str:
    return "bench:" + uri.removeprefix("s3://")


def _beside_python(name: str) -> str:
    """A program of the environment that runs us, not whatever the PATH has."""
    program = Path(sys.executable).parent / name
    if not program.exists():
        raise FileNotFoundError(f"{name} is not in this environment; install the test requirements")
    return str(program)
