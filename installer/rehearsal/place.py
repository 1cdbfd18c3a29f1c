"""Where a rehearsal happens: a folder, the services, a real S3 server, and the admin's and the person's commands."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.others import moto
from installer.rehearsal.report import require
from installer.rehearsal.sessions import variables
from installer.rehearsal.world import Record, World
from launcher import errors
from launcher.storage.seaweed import SeaweedFS

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 300
DATA, HOMES, CATALOGUE = "rehearsal-data", "rehearsal-homes", "rehearsal-site"


@dataclass
class Place:
    """Everything that a rehearsal needs, and nothing outside its folder."""

    folder: Path
    plane: ControlPlane
    cloud: SeaweedFS
    network: tuple[str, str]

    @property
    def world(self) -> World:
        """What the service knows."""
        return self.plane.world

    @property
    def site(self) -> Path:
        """The one file that describes it all."""
        return self.folder / "site.toml"

    def write_site(self, image: str) -> None:
        """The site as an admin would write it."""
        keys = f"aws_access_key_id = {self.cloud.keys.access}\naws_secret_access_key = {self.cloud.keys.secret}\n"
        credentials = self.folder / "credentials"
        credentials.touch(mode=0o600)
        credentials.write_text(f"[rehearsal]\n{keys}", encoding="utf-8")
        text = TEMPLATE.format(
            url=self.cloud.url, credentials=credentials, image=image, vpc=self.network[0], subnet=self.network[1],
            scratch=self.folder / "scratch", data=DATA, homes=HOMES, catalogue=CATALOGUE,
        )  # fmt: skip
        self.site.write_text(text, encoding="utf-8")

    def admin(self, *words: str | Path, code: int = 0) -> Any:
        """A command of the admin; its JSON where it was asked for. Another `--site` among the words counts."""
        from installer.cli.main import main

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found = main(["--site", str(self.site), "--endpoint", self.plane.url, *map(str, words)])
        require(found == code, f"pose-admin {' '.join(map(str, words))}: exit {found}: {err.getvalue().strip()[-300:]}")
        return json.loads(out.getvalue()) if "--json" in words else out.getvalue()

    def person(
        self,
        session: Record,
        *words: str | Path,
        code: int | None = 0,
        environ: Mapping[str, str] | None = None,
        outside: bool = False,
    ) -> Any:
        """A command of the launcher in a session, on that session's own machine; `outside`: as if there were none.

        A `code` of None takes any.
        """
        flags = ["--site", str(self.site), "--state-dir", str(self.machine(session)), "--json"]
        command = [sys.executable, "-P", "-m", "launcher", *flags, *map(str, words)]
        told = {} if outside else variables(self.world, session)
        env = {**_without_a_session(os.environ), **told, **(environ or {})}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        said = f"pose-launcher {words[0]}: exit {done.returncode}: {done.stderr.strip()[-300:]}"
        require(code in (None, done.returncode), said)
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout

    def machine(self, session: Record) -> Path:
        """What a session's instance remembers."""
        return self.folder.joinpath("machines", str(session["Id"]))

    def destroy(self, session: Record) -> None:
        """The instance and everything on it is gone, as the service does it."""
        shutil.rmtree(self.machine(session), ignore_errors=True)
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)

    def empty(self, bucket: str) -> None:
        """Nobody has saved anything there yet."""
        client = self.storage()
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for one in page.get("Contents", ()):
                client.delete_object(Bucket=bucket, Key=one["Key"])

    def storage(self) -> Any:
        """The S3 server by an ordinary client, as an admin has one."""
        keys = {"aws_access_key_id": self.cloud.keys.access, "aws_secret_access_key": self.cloud.keys.secret}
        return boto3.client("s3", endpoint_url=self.cloud.url, region_name=self.world.region, **keys)

    def client(self, service: str) -> Any:
        """Another client than the commands' own."""
        keys = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}
        return boto3.client(service, endpoint_url=self.plane.url, region_name=self.world.region, **keys)


def _without_a_session(environ: Mapping[str, str]) -> dict[str, str]:
    """What this computer's own account, keys and sessions would say is left out."""
    return {name: value for name, value in environ.items() if not name.startswith(("AWS_", "AppStream", "POSE_"))}


@contextlib.contextmanager
def open_place(folder: Path, say: Callable[[str], None]) -> Iterator[Place]:
    """The services come up, and are gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with moto() as others, ControlPlane(World(), others) as plane, SeaweedFS(folder / "s3") as cloud:
        say(f"The services answer at {plane.url}, S3 at {cloud.url}; nothing leaves this computer.")
        yield Place(folder, plane, cloud, _network(plane))


def _network(plane: ControlPlane) -> tuple[str, str]:
    keys = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}
    ec2 = boto3.client("ec2", endpoint_url=plane.url, region_name=plane.world.region, **keys)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


def room_for(folder: Path) -> None:
    """A rehearsal needs about half a gigabyte."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < 1_000_000_000:
        raise errors.LocalDisk(
            folder, title="A rehearsal needs 1 GB of disk", hint="Name another folder with --keep DIR."
        )


TEMPLATE = """schema = 1
title = "Rehearsal"
[s3]
endpoint_url = "{url}"
region = "us-west-2"
profile = "rehearsal"
credentials_file = "{credentials}"
[catalogue]
uri = "s3://{catalogue}/site.toml"
[home]
uri = "s3://{homes}/{{access_mode}}/{{user_hash}}/"
[[bucket]]
name = "Sample"
uri = "s3://{data}/"
[session]
max_minutes = 240
disconnect_minutes = 15
[scratch]
dir = "{scratch}"
[fleet]
name = "pose"
stack = "pose"
image = "{image}"
instance_type = "stream.graphics.g5.xlarge"
account = "123456789012"
vpc = "{vpc}"
subnets = ["{subnet}"]
minimum = 1
maximum = 2
broker = true
"""
