"""What the pose tools' locks hold: the version of the tool, and of CUDA."""

from __future__ import annotations

import re
from pathlib import Path

from launcher import errors
from launcher.runs.environments import RESOURCES


def lock_file(tool_id: str, *, windows: bool) -> Path:
    """The lock that an image of this system would be built from."""
    folder = RESOURCES / tool_id
    names = ("windows.lock", "windows-cpu.lock") if windows else ("linux.lock",)
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        known = ", ".join(sorted(path.parent.name for path in RESOURCES.glob("*/linux.lock")))
        raise errors.BadUsage(tool_id, title="There is no lock for this tool", hint=f"Known are: {known}.")
    return found[0]


def version_of(tool_id: str, *, windows: bool) -> str:
    """The tool's own version in its lock."""
    package = "lightning-pose" if tool_id == "lightning_pose" else tool_id
    return _pinned(lock_file(tool_id, windows=windows).read_text(encoding="utf-8"), re.escape(package))


def cuda_of(tool_id: str, *, windows: bool) -> str:
    """The version of CUDA's runtime in its lock, such as `13.0`; empty for a set without CUDA."""
    text = lock_file(tool_id, windows=windows).read_text(encoding="utf-8")
    if windows and (tagged := re.search(r"^torch==[0-9.]+\+cu(\d+)(\d)\b", text, re.MULTILINE)):
        return f"{tagged[1]}.{tagged[2]}"
    return ".".join(_pinned(text, r"nvidia-cuda-runtime(?:-cu\d+)?").split(".")[:2])


def _pinned(text: str, package: str) -> str:
    found = re.search(rf"^{package}==([0-9A-Za-z.+]+)", text, re.MULTILINE)
    return found[1] if found else ""
