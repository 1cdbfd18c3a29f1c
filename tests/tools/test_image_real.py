"""The image, built whole as root into a prefix, cut off in the middle, and tried by somebody without any right."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from installer.cli.main import main
from installer.image.plan import NOBODY
from installer.image.soundness import LOOKS
from launcher.runs.environments import Environments
from tests.conftest import ROOT
from tests.unit.installer.at_the_desk import SITE

pytestmark = [pytest.mark.tools, pytest.mark.long, pytest.mark.timeout(3600)]
SPEC = 'schema = 1\nname = "pose-1"\nsystem = "rocky-8"\ngpu = "g5"\ntools = ["sleap", "deeplabcut"]\n'


@dataclass(frozen=True)
class Bench:
    """A folder that everybody may look into, with the wheel of this commit, and the prefix to build into."""

    folder: Path

    @property
    def prefix(self) -> Path:
        return self.folder / "image"

    @property
    def command(self) -> list[str]:
        wheel = next(self.folder.glob("*.whl"))
        words = ["image", "build", self.folder / "image.toml", "--site", self.folder / "site.toml", "--wheel", wheel]
        return [sys.executable, "-P", "-m", "installer", *map(str, words), "--root", str(self.prefix)]

    @property
    def environ(self) -> dict[str, str]:
        """The system's own Python, and CUDA's packages from the registry as on a builder, whatever pip is told here."""
        return {**os.environ, "PATH": f"/usr/bin:{os.environ['PATH']}", "PIP_FIND_LINKS": ""}

    def build(self) -> list[str]:
        """To its end; the steps that were carried out."""
        done = subprocess.run(
            self.command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=3000, check=False
        )
        assert done.returncode == 0, done.stderr
        return [row["step"] for row in documents(done.stdout)]


def documents(text: str) -> list[dict[str, Any]]:
    """One JSON document after the other."""
    decoder, found = json.JSONDecoder(), list[dict[str, Any]]()
    while text := text.strip():
        row, end = decoder.raw_decode(text)
        found.append(row)
        text = text[end:]
    return found


@pytest.fixture
def bench() -> Iterator[Bench]:
    assert os.geteuid() == 0, "an image is built as root"
    with tempfile.TemporaryDirectory(prefix="pose-image-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "image.toml").write_text(SPEC)
        (folder / "site.toml").write_text(SITE)
        assert main(["supply", "-o", str(folder), "--quiet"]) == 0
        yield Bench(folder)


def cut_off(bench: Bench, step: str) -> None:
    """Kill the build and all that it started, in the middle of a step."""
    child = subprocess.Popen(
        bench.command, cwd=ROOT, env=bench.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert any(f'"step": "{step}"' in line for line in child.stdout), "the step was reached"
    half = bench.prefix / "opt" / "pose-launcher" / "tools" / "sleap"
    while not list(half.glob("*/lib/python*/site-packages/torch/__init__.py")):
        assert child.poll() is None, "it is still at it"
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()


def test_built_cut_off_built_to_the_end_and_tried_without_rights(bench: Bench) -> None:
    cut_off(bench, "tool sleap")
    assert Environments(bench.prefix / "opt" / "pose-launcher" / "tools").find("sleap") is None, "not taken for whole"
    steps = bench.build()
    assert (steps[0], steps[-1]) == ("tool sleap", "tests"), "it goes on where it was cut off"
    assert bench.build() == [], "and then there is nothing to do"

    suite = ET.parse(bench.prefix / "var" / "tmp" / "pose-image-test.xml").getroot()
    rows = {case.get("name"): case for case in suite}
    assert (list(rows), suite.get("failures")) == (list(LOOKS), "0")
    said = {name: (case.findtext("system-out") or "") for name, case in rows.items()}
    for tool in ("sleap", "deeplabcut"):
        assert tool in said["tools-open"] and tool in said["tools-train"]
    assert "TEST SHIM" not in said["tools-work"]

    (bench.prefix / "opt" / "appstream" / "SessionScripts" / "pose-launcher-start.sh").chmod(0o777)
    done = by_nobody(bench, "nothing-writable")
    assert done.returncode == 4
    (check,) = json.loads(done.stdout)["checks"]
    assert "pose-launcher-start.sh" in check["message"]


def by_nobody(bench: Bench, *names: str) -> subprocess.CompletedProcess[str]:
    admin = bench.prefix / "opt" / "pose-launcher" / "bin" / "pose-admin"
    words = ["image", "test", str(bench.folder / "image.toml"), "--root", str(bench.prefix), "--json", "--only", *names]
    return subprocess.run(
        [str(shutil.which("setpriv")), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(admin), *words],
        cwd="/", capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
