"""Wheels of a few bytes, and the lock that names them: real packages for the real uv, without a registry."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

from launcher.runs.environments import Installed, interpreter
from launcher.runs.install import Plan
from launcher.runs.locks import Chosen, Lock
from launcher.runs.make_locks import pinned
from launcher.runs.pip_settings import PipSettings


def wheel(folder: Path, name: str, version: str) -> Path:
    """A package with one module that says its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)  # the same bytes whenever it is made
    return made


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def lock_of(*wheels: Path) -> Lock:
    """A lock of exactly these files."""
    entries = []
    for file in wheels:
        name, version = file.name.split("-")[:2]
        entries.append(pinned(f"{name}=={version}", [hashlib.sha256(file.read_bytes()).hexdigest()]))
    return Lock.parse("".join(entries))


def settings_for(folder: Path) -> PipSettings:
    """A site whose packages all lie in one folder, and whose registry nobody may ask: it does not answer."""
    return PipSettings({"find-links": str(folder), "no-index": "true", "index-url": "http://127.0.0.1:9/simple"})


def plan_of(lock: Lock, root: Path, *, needed_bytes: int = 0) -> Plan:
    """To install that lock as the pose tool `mouse`."""
    chosen = Chosen(lock, "cpu")
    folder = root / "mouse" / chosen.folder_name("1.0")
    goal = Installed("mouse", "1.0", folder, interpreter(folder), "cpu", (), 0)
    return Plan(goal, chosen, str(getattr(sys, "_base_executable", sys.executable)), needed_bytes)
