"""An admin with a site file and a control plane, and the commands as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from installer.cli.main import main
from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.world import World

ROOT = Path(__file__).resolve().parents[3]
SITE = """schema = 1
title = "Behaviour core"
[s3]
region = "us-west-2"
[home]
uri = "s3://lab-pose-home/{access_mode}/{user_hash}/"
[[bucket]]
name = "Open field"
uri = "s3://lab-data/openfield/"
[session]
max_minutes = 960
disconnect_minutes = 120
[fleet]
name = "pose"
stack = "pose"
image = "pose-1"
instance_type = "stream.graphics.g5.xlarge"
account = "123456789012"
vpc = "vpc-0a1b2c3d4e5f67890"
subnets = ["subnet-0a1b2c3d4e5f67890"]
"""


@dataclass(frozen=True)
class Said:
    """What a command did, as its caller sees it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Admin:
    """An admin at a desk: a site file, and a control plane that answers."""

    site: Path
    plane: ControlPlane
    capture: pytest.CaptureFixture[str]

    @property
    def world(self) -> World:
        return self.plane.world

    def command(self, *words: str | Path) -> list[str]:
        return [*map(str, words), "--site", str(self.site), "--endpoint", self.plane.url]

    def run(self, *words: str | Path) -> Said:
        """A command in this process."""
        self.capture.readouterr()
        code = main(self.command(*words))
        told = self.capture.readouterr()
        return Said(code, told.out, told.err)

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """The same in a process of its own, for tests that kill it."""
        command = [sys.executable, "-P", "-m", "installer", *self.command(*words)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POSE_"))}
        return subprocess.Popen(command, cwd=ROOT, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self) -> Any:
        """Another client than the command's own."""
        return boto3.client(
            "appstream",
            endpoint_url=self.plane.url,
            region_name="us-west-2",
            aws_access_key_id="another",
            aws_secret_access_key="another",
        )
