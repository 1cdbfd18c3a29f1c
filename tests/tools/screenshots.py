"""Pictures of the real tools with a project open, for the documentation (`python -m tests.tools.screenshots`).

Each project is opened with the program's own command on a screen of its own. A window counts as drawn when two
pictures of it, some seconds apart, are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from PIL import Image, ImageGrab

from tests.conftest import ROOT, SHARED
from tests.display import running_display

INTO = ROOT / "docs" / "screenshots"
OPENFIELD = "openfield-Pranav-2018-10-30"
SAMPLES = "sleap-samples"
#: A palette keeps a picture of a window sharp at a fifth of the size.
COLOURS, MOST_BYTES = 256, 250_000
STILL_FOR_S, DRAWN_WITHIN_S = 4.0, 60.0


@dataclass(frozen=True)
class Shot:
    """One picture: the project, as a path below the shared data, and its clip under the name that it knows."""

    name: str
    project: str
    clip: tuple[str, str] | None = None


SHOTS = (
    Shot("deeplabcut-openfield", OPENFIELD),
    Shot("sleap-small-robot", f"{SAMPLES}/small_robot_minimal.slp", ("small_robot.mp4", "small_robot.mp4")),
    Shot(
        "sleap-centered-pair",
        f"{SAMPLES}/centered_pair_predictions.slp",
        ("centered_pair_small.mp4", "centered_pair_low_quality.mp4"),
    ),
)


def copied(shot: Shot, folder: Path) -> Path:
    """The project to open, in a folder that the tool may change."""
    source = SHARED / shot.project
    if source.is_dir():
        return Path(shutil.copytree(source, folder / source.name))
    if shot.clip:
        there, here = shot.clip
        shutil.copy(source.with_name(there), folder / here)
    return Path(shutil.copy(source, folder))


def launcher(state: Path, environ: dict[str, str], *arguments: str | Path) -> dict[str, object]:
    """A command of the program; its document."""
    command = [sys.executable, "-m", "launcher", "--state-dir", str(state), *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, check=True)
    document: dict[str, object] = json.loads(done.stdout)
    return document


def drawn(display: str) -> Image.Image:
    """The screen, once nothing on it changes any more."""
    until, last = time.monotonic() + DRAWN_WITHIN_S, ImageGrab.grab(xdisplay=display)
    while True:
        time.sleep(STILL_FOR_S)
        now = ImageGrab.grab(xdisplay=display)
        if now == last or time.monotonic() > until:
            return now
        last = now


def take(shot: Shot, tools: Path, folder: Path) -> Image.Image:
    """Open, wait, look, and end it again."""
    state = folder / "state"
    with running_display() as display:
        environ = {**os.environ, "DISPLAY": display, "POSE_LAUNCHER_TOOLS_DIR": str(tools)}
        opened = launcher(state, environ, "open", copied(shot, folder), "--trust")
        try:
            return drawn(display)
        finally:
            launcher(state, environ, "runs", "stop", str(opened["run"]), "--yes")


def write(picture: Image.Image, file: Path) -> None:
    """Small enough for a repository."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    assert size < MOST_BYTES, f"{file} has {size} bytes"


def main() -> None:
    """Take those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(shot.name for shot in SHOTS))
    parser.add_argument(
        "--tools", type=Path, default=platformdirs.user_cache_path("pose-launcher", False) / "test-tools"
    )
    wanted = parser.parse_args()
    for shot in SHOTS:
        if not wanted.names or shot.name in wanted.names:
            # The title of a window shows where its project lies.
            with tempfile.TemporaryDirectory(prefix="project-") as folder:
                write(take(shot, wanted.tools, Path(folder)), INTO / f"{shot.name}.png")
            sys.stdout.write(f"{shot.name}\n")


if __name__ == "__main__":
    main()
