"""`demo --keep` stays until it is interrupted, or until its server is ended by the number that it told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("whom", "how"), [("demo", signal.SIGINT), ("demo", signal.SIGTERM), ("server", signal.SIGTERM)]
)
def test_it_ends_with_its_server_and_leaves_nothing(tmp_path: Path, whom: str, how: signal.Signals) -> None:
    flags = ["--state-dir", str(tmp_path), "--json", "demo", "--headless", "--keep"]
    demo = subprocess.Popen(
        [sys.executable, "-m", "launcher", *flags], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert demo.stdout is not None and demo.stderr is not None
    with demo.stdout, demo.stderr:
        server = int(json.loads(demo.stdout.readline())["pid"])
        while b"until you press Ctrl-C" not in demo.stderr.readline():
            assert psutil.pid_exists(server)
        os.kill(demo.pid if whom == "demo" else server, how)
        assert demo.wait(60) == 0
    assert not psutil.pid_exists(server)
