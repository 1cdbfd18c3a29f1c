"""The projects that are moved: real ones from the shared data, and a big one of DeepLabCut's shape made here."""

from __future__ import annotations

import shutil
from itertools import cycle
from pathlib import Path
from random import Random

from tests.bench.server_process import ROOT, BenchServer

DATA = ROOT.parent / "shared" / "data"
OPEN_FIELD = "openfield-Pranav-2018-10-30"
SLEAP_SAMPLES = (
    ("minimal_instance.slp", "centered_pair_small.mp4"),
    ("small_robot_minimal.slp", "small_robot.mp4"),
    ("centered_pair_predictions.slp", "centered_pair_small.mp4"),
)
#: A file that begins and ends like a PNG; what is between does not compress, as real frames do not.
PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"
SMALLEST, LARGEST = 20_000, 200_000
SCORER, BODY_PARTS = "Bench", ("snout", "tailbase")

CONFIG = """\
# Project definitions (do not edit)
Task: {task}
scorer: {scorer}
date: Jan1
multianimalproject: false
identity: false

# Project path (change when moving around)
project_path: /somewhere/else/{name}
engine: pytorch

# Annotation data set configuration (and individual video cropping parameters)
video_sets: {{}}
bodyparts:
{body_parts}

start: 0
stop: 1
numframes2pick: 20
skeleton: []
"""


def make_project(folder: Path, frames: int, folders: int, *, seed: int = 0) -> None:
    """A DeepLabCut project with so many frames spread over so many folders; the same seed makes the same bytes."""
    folder.mkdir(parents=True)
    parts = "\n".join(f"- {part}" for part in BODY_PARTS)
    config = CONFIG.format(task=folder.name.partition("-")[0], scorer=SCORER, name=folder.name, body_parts=parts)
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    add_labelled_frames(folder, frames, folders, seed=seed)


def add_labelled_frames(project: Path, frames: int, folders: int, *, seed: int, name: str = "session") -> None:
    """New folders of frames with their labels, as if they had just been labelled."""
    chance = Random(seed)
    for number in range(folders):
        place = project / "labeled-data" / f"{name}{number:02d}"
        place.mkdir(parents=True)
        frame_names = [f"img{frame:05d}.png" for frame in range(number, frames, folders)]
        for frame_name in frame_names:
            size = chance.randint(SMALLEST, LARGEST) - len(PNG_START) - len(PNG_END)
            (place / frame_name).write_bytes(PNG_START + chance.randbytes(size) + PNG_END)
        (place / f"CollectedData_{SCORER}.csv").write_text(_labels(place.name, frame_names, chance), encoding="utf-8")


def _labels(folder: str, frame_names: list[str], chance: Random) -> str:
    """A label table as DeepLabCut writes it."""
    columns = len(BODY_PARTS) * 2
    head = [
        ["scorer", *[SCORER] * columns],
        ["bodyparts", *(part for part in BODY_PARTS for _ in "xy")],
        ["coords", *["x", "y"] * len(BODY_PARTS)],
    ]
    rows = [
        [f"labeled-data/{folder}/{frame}", *(f"{chance.uniform(0, 600):.3f}" for _ in range(columns))]
        for frame in frame_names
    ]
    return "".join(",".join(row) + "\n" for row in [*head, *rows])


def make_tiny(folder: Path, files: int) -> None:
    """So many files of 4 KB, 500 in a folder."""
    for number in range(files):
        place = folder / f"tiny{number // 500:03d}"
        if number % 500 == 0:
            place.mkdir(parents=True)
        (place / f"frame{number:06d}.bin").write_bytes(b"%08d" % number * 512)


def change_tiny(folder: Path, files: int, turn: int) -> None:
    """Rewrite that many of them at their old size, each hundredth; no turn repeats another's content."""
    for number in range(0, files * 100, 100):
        path = folder / f"tiny{number // 500:03d}" / f"frame{number:06d}.bin"
        path.write_bytes(b"%08d" % (number + turn) * 512)


def make_large(path: Path, size: int) -> None:
    """One file that does not compress."""
    chance, piece = Random(size), 16 * 1024 * 1024
    with path.open("wb") as file:
        for start in range(0, size, piece):
            file.write(chance.randbytes(min(piece, size - start)))


def copy_open_field(folder: Path, data: Path) -> None:
    """The open-field project, writable."""
    shutil.copytree(data / OPEN_FIELD, folder, copy_function=shutil.copyfile)


def fill_with_projects(server: BenchServer, bucket: str, data: Path, count: int) -> None:
    """Small DeepLabCut and SLEAP projects in turn, each in its own folder, among files that are no project."""
    samples = cycle(SLEAP_SAMPLES)
    for number in range(count):
        place = f"mouse{number // 10:02d}/day{number:03d}"
        if number % 2:
            _put_sleap(server, bucket, f"{place}/", data / "sleap-samples", next(samples))
        else:
            _put_deeplabcut(server, bucket, f"{place}/openfield{number:03d}/", data / OPEN_FIELD)
        server.put(bucket, f"{place}/notes.txt", b"Fed at nine.\n")


def _put_deeplabcut(server: BenchServer, bucket: str, prefix: str, project: Path) -> None:
    labelled = project / "labeled-data" / "m4s1"
    chosen = [project / "config.yaml", *sorted(labelled.glob("CollectedData*")), *sorted(labelled.glob("*.png"))[:3]]
    for path in chosen:
        server.put(bucket, prefix + path.relative_to(project).as_posix(), path.read_bytes())


def _put_sleap(server: BenchServer, bucket: str, prefix: str, samples: Path, names: tuple[str, str]) -> None:
    for name in names:
        server.put(bucket, prefix + name, (samples / name).read_bytes())
