"""The AWS command line as a contender: its packages do not go with ours, so it has an environment of its own."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tests.bench.clients import VIDEOS, environment
from tests.bench.measure import Command

LOCK = Path(__file__).with_name("awscli.lock")
#: As many at once as the other contenders; the default is 10.
CONFIG = "[default]\ns3 =\n  max_concurrent_requests = 64\n"


def installed() -> Path:
    """The program `aws`, from exactly the packages of the lock; made when it is first asked for, and kept."""
    cache = platformdirs.user_cache_path("pose-launcher", appauthor=False) / "test-bench"
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / f"awscli-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]}"
    with (cache / "awscli.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two benches may begin at once
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            _make(place)
            (place / "complete").touch()
    return place / "bin" / "aws"


def _make(place: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(LOCK)], check=True)


@dataclass(frozen=True, slots=True)
class AwsCli:
    """`aws s3`, as AWS's own users know it."""

    endpoint: str
    home: Path
    trusted: Path | None = None
    name: str = "aws"

    def download(self, uri: str, folder: Path) -> Command:
        return self._do("cp", "--recursive", uri, str(folder))

    def upload(self, folder: Path, uri: str) -> Command:
        return self._do("cp", "--recursive", "--exclude", VIDEOS, str(folder), uri)

    def bring_up_to_date(self, folder: Path, uri: str) -> Command:
        return self._do("sync", str(folder), uri)

    def _do(self, *arguments: str) -> Command:
        config = self.home / "aws-config"
        config.write_text(CONFIG, encoding="utf-8")
        trusted = {"AWS_CA_BUNDLE": str(self.trusted)} if self.trusted else {}
        own = {"AWS_CONFIG_FILE": str(config), "AWS_DEFAULT_REGION": "us-east-1", **trusted}
        program = [str(installed()), "--endpoint-url", self.endpoint, "s3"]
        return Command([*program, *arguments, "--only-show-errors"], {**environment(self.home), **own}, self.home)
