"""What scenario tests share: one real S3 server for the run, a site for each test, and the program's commands."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from xdist.scheduler import LoadFileScheduling

from launcher.storage.seaweed import SeaweedFS

# A runner that was put into the background ignores Ctrl-C, and every program it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
TOOLS = "tests/tools/"
#: Real projects of other people, beside the repository; never copied into it.
SHARED = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=seeds_of, metavar="FIRST-LAST", help="the seeds of a batch of the long kill loop")
    parser.addoption("--examples", type=int, default=60, help="examples of the long whole-product run")


def seeds_of(text: str) -> range:
    """`200-209`, both included."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes hours is left out of a run that chose no marker, and asked for with `-m long`."""
    if config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


class FilesAndTools(LoadFileScheduling):  # type: ignore[misc]  # it comes without types
    """File by file, but for the tests of the real pose tools: one training at a time is enough for two cores."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return TOOLS if file.startswith(TOOLS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesAndTools | None:
    """Who runs what when tests run side by side."""
    return FilesAndTools(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """One embedded server for the whole run."""
    with SeaweedFS(tmp_path_factory.mktemp("cloud")) as server:
        yield server


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The open-field project and the SLEAP samples."""
    assert SHARED.is_dir(), f"the shared data folder {SHARED} belongs beside the repository"
    return SHARED


@dataclass(frozen=True)
class Result:
    """What a command did, as its caller sees it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Site:
    """A site catalogue with two buckets of its own, and a computer with its own state dir."""

    folder: Path
    endpoint: str
    access_key: str
    secret_key: str
    data_bucket: str
    home_bucket: str
    s3: Any
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "site.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def account(self) -> Path:
        """The person's home folder: what lies in ours is nobody's to look at, and the end of a session moves it."""
        folder = self.folder / "account"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def data_uri(self) -> str:
        return f"s3://{self.data_bucket}/"

    @property
    def home_uri(self) -> str:
        return f"s3://{self.home_bucket}/person/"

    def write(self, **changes: str) -> None:
        """Write the catalogue; `changes` replace whole values such as `endpoint`, `secret_key` or `extra`."""
        value = {
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "home_bucket": self.home_bucket,
            "data_bucket": self.data_bucket,
            "strict": "true",
            "extra": "",
        } | changes
        keys = f"aws_access_key_id = {value['access_key']}\naws_secret_access_key = {value['secret_key']}\n"
        credentials = self.folder / "credentials"
        credentials.write_text(f"[test]\n{keys}")
        self.file.write_text(
            f"""schema = 1
[s3]
endpoint_url = "{value["endpoint"]}"
profile = "test"
credentials_file = "{credentials}"
strict = {value["strict"]}
[home]
uri = "s3://{value["home_bucket"]}/person/"
[[bucket]]
name = "Recordings"
uri = "s3://{value["data_bucket"]}/"
{value["extra"]}
"""
        )

    def put(self, key: str, data: bytes) -> None:
        """One object of the data bucket, by another client."""
        self.s3.put_object(Bucket=self.data_bucket, Key=key, Body=data)

    def upload(self, folder: Path, prefix: str) -> None:
        """A folder of this computer into the data bucket, by another client."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.put(prefix + file.relative_to(folder).as_posix(), file.read_bytes())

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """Every object of a bucket with its content, read by another client."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
        return {key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def remove_buckets(self) -> None:
        """Each bucket holds volumes of the server, and those run out."""
        for bucket in (self.data_bucket, self.home_bucket):
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            for rows in [page["Contents"] for page in pages if "Contents" in page]:
                self.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": row["Key"]} for row in rows]})
            self.s3.delete_bucket(Bucket=bucket)

    def run(self, *arguments: str | Path, environ: Mapping[str, str] | None = None, timeout: float = 120) -> Result:
        """The program, as a person or a script calls it."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self._environ(environ),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(
        self, *arguments: str | Path, environ: Mapping[str, str] | None = None, messages: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """The same, not waited for; for tests that kill it. `messages` is an open file for what it says."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self._environ(environ),
            stdout=subprocess.DEVNULL,
            stderr=messages,
            start_new_session=True,
        )

    def command(self, *arguments: str | Path) -> list[str]:
        """Its command line."""
        flags = ["--site", str(self.file), "--state-dir", str(self.state)]
        return [sys.executable, "-m", "launcher", *flags, *map(str, arguments)]

    def _environ(self, more: Mapping[str, str] | None) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AppStream", "POSE_"))
        }
        caches = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        return {**clean, "HOME": str(self.account), "XDG_CACHE_HOME": caches, **self.environ, **(more or {})}

    def another_computer(self) -> Site:
        """The same person at a machine that knows nothing yet."""
        folder = self.folder / f"computer-{secrets.token_hex(2)}"
        folder.mkdir()
        other = Site(
            folder, self.endpoint, self.access_key, self.secret_key, self.data_bucket, self.home_bucket, self.s3
        )
        other.write()
        return other


@pytest.fixture
def site(cloud: SeaweedFS, tmp_path: Path) -> Iterator[Site]:
    """A fresh site: empty buckets, empty state dir; the buckets are gone afterwards."""
    name = secrets.token_hex(6)
    s3 = s3_client(cloud.url, cloud.keys.access, cloud.keys.secret)
    made = Site(tmp_path, cloud.url, cloud.keys.access, cloud.keys.secret, f"data-{name}", f"home-{name}", s3)
    for bucket in (made.data_bucket, made.home_bucket):
        s3.create_bucket(Bucket=bucket)
    made.write()
    yield made
    made.remove_buckets()


def s3_client(endpoint: str, access: str, secret: str) -> Any:
    """Another client than the program's own."""
    config = Config(
        s3={"addressing_style": "path"}, retries={"max_attempts": 3, "mode": "standard"}, max_pool_connections=32
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=config,
    )
