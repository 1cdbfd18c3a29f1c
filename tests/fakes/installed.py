"""A computer on which pose tools of the tests' own making are installed, as `tools install` leaves real ones."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

POSE_TOOL = Path(__file__).with_name("pose_tool.py")


@dataclass(frozen=True)
class FakeTools:
    """The folder that `POSE_LAUNCHER_TOOLS_DIR` names."""

    root: Path

    def install_sleap(self, character: str) -> None:
        """A SLEAP that behaves as one of the characters in `pose_tool.py`; replaces the one before."""
        programs = self._environment("sleap") / "bin"
        _write(programs / "sleap-label", character)

    def install_deeplabcut(self, character: str) -> None:
        """The same for DeepLabCut, which is started through its Python."""
        python = self._environment("deeplabcut") / "bin" / "python"
        python.unlink()
        _write(python, character)

    def _environment(self, tool_id: str) -> Path:
        folder = self.root / tool_id / "1.6.6-fake"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        stamp = {"tool_id": tool_id, "version": "1.6.6", "variant": "cpu", "shims": [], "size": 1}
        (folder / "environment.json").write_text(json.dumps(stamp))
        return folder


def _write(program: Path, character: str) -> None:
    start = shlex.join([sys.executable, "-I", str(POSE_TOOL), character])
    program.write_text(f'#!/bin/sh\nexec {start} "$@"\n')
    program.chmod(0o755)
