# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "av<16",
#   "numpy",
#   "pandas[hdf5]>=2.2,<3",
#   "pillow",
#   "sleap-io>=0.9.5,<0.10",
# ]
# ///
"""Draw the sample and write it beside this file; run with `uv run --script resources/sample/generate.py`.

A script of its own, since the libraries that write such projects are not among the program's.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from files import deeplabcut, sleap, video
from scene import film, mouse

HERE = Path(__file__).resolve().parent

PARTS = tuple(mouse.KEY_POINTS)
SKELETON = (
    ("snout", "leftear"),
    ("snout", "rightear"),
    ("leftear", "centre"),
    ("rightear", "centre"),
    ("centre", "tailbase"),
)
ANIMALS = ("dark", "pale")
ARENA_FRAMES, PAIR_FRAMES = 24, 12


def main() -> None:
    """Write both projects anew."""
    write_open_arena(HERE / deeplabcut.FOLDER)
    write_two_mice(HERE / "two-mice")


def write_open_arena(folder: Path) -> None:
    """The DeepLabCut project: one mouse, some of whose points are hidden at times."""
    arena = film.open_arena()
    labels = {frame: seen_points(arena, frame) for frame in chosen_frames(arena.frames, ARENA_FRAMES, film.ARENA_SEED)}
    clip = fresh(folder) / "videos" / "arena.mp4"
    clip.parent.mkdir()
    video.write(clip, arena.pictures(), film.FPS)
    deeplabcut.Project(folder, clip, PARTS, SKELETON, labels).write()


def write_two_mice(folder: Path) -> None:
    """The SLEAP project: two mice, also the tips of their tails."""
    pair = film.two_mice()
    labels = {frame: both_animals(pair, frame) for frame in chosen_frames(pair.frames, PAIR_FRAMES, film.PAIR_SEED)}
    clip = fresh(folder) / "two-mice.mp4"
    video.write(clip, pair.pictures(), film.FPS)
    nodes, edges = (*PARTS, "tailtip"), (*SKELETON, ("tailbase", "tailtip"))
    sleap.Project(clip.with_suffix(".slp"), clip, nodes, edges, labels).write()


def seen_points(arena: film.Film, frame: int) -> dict[str, film.Point]:
    """What a person could label in this frame."""
    points = mouse.key_points(arena.pose(0, frame))
    return {part: point for part, point in points.items() if arena.seen(point)}


def both_animals(pair: film.Film, frame: int) -> dict[str, dict[str, film.Point]]:
    """The points of both mice in this frame."""
    poses = {name: pair.pose(number, frame) for number, name in enumerate(ANIMALS)}
    return {name: mouse.key_points(pose) | {"tailtip": mouse.tail_tip(pose)} for name, pose in poses.items()}


def chosen_frames(frames: int, wanted: int, seed: int) -> list[int]:
    """Spread over the film, but not at even steps: nobody labels those."""
    starts = np.linspace(0, frames, wanted, endpoint=False)
    shifts = np.random.default_rng(seed).uniform(0, frames / wanted - 1, wanted)
    return [int(frame) for frame in starts + shifts]


def fresh(folder: Path) -> Path:
    """An empty folder there; what an earlier run left would stay in the sample unseen."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
