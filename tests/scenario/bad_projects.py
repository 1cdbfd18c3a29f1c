"""Projects and files that are broken, hostile, or none at all, made as small as they can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py

from tests.unit.tools.made_projects import CONFIG, CSV, slp

PICTURE = b"\x89PNG\r\n\x1a\nnothing but a frame\x00\x00\x00\x00IEND\xaeB`\x82"
#: A DeepLabCut project with both its videos.
REACHING: Mapping[str, bytes] = {
    "config.yaml": CONFIG.encode(),
    "labeled-data/left/CollectedData_Ada.csv": CSV.encode(),
    **{f"labeled-data/left/img{number}.png": PICTURE for number in (1, 2, 3)},
    "videos/left.mp4": b"not much of a video",
    "videos/right side.avi": b"another one",
}
WITHOUT_VIDEOS = {path: data for path, data in REACHING.items() if not path.startswith("videos/")}

LABELS = CSV.encode()

#: Each name stands for nine of the one before: 3 GB of text from 500 bytes.
BOMB = CONFIG.encode() + b"a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level, level, b", ".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 10)
)  # fmt: skip
NESTED = CONFIG.encode() + b"deep: " + b"[" * 30_000 + b"]" * 30_000 + b"\n"
FOREIGN = b"# a web site's settings\ntitle: My notes\ntheme: dark\nplugins: [search, tags]\n"

#: Keys that cannot be files on every system, with a word of the reason that is told for each.
HOSTILE: Mapping[str, str] = {
    "../up": '".."',
    "./here": '"."',
    "a//b": "empty part",
    "/lead": '"/"',
    "CON": "device",
    "aux.txt": "device",
    "labeled-data/COM1.csv": "device",
    "dot.": "ends with a dot",
    "space ": "or a space",
    "control\x01\x1f.txt": "control character",
    "C:x": "drive letter",
    "stream.txt:hidden": "stream",
    "back\\slash": "backslash",
    "star*.txt": "Windows does not allow",
    "File.txt": "same name",
    "file.txt": "same name",
    "twin": "folder",
    "\x1b[31mred\x1b[0m.txt": "control character",
    "gpj.\u202eexe.txt": "turns text around",
}
#: Where the launcher keeps its own notes: a stranger's are passed over.
OURS = ".pose-launcher/project.json"
#: Beside the hostile ones, and brought although they are there.
INNOCENT = ("twin/x.txt", "notes.txt", "méthode.txt")


def sound_slp(folder: Path) -> bytes:
    """A SLEAP project with one labelled frame."""
    return slp(folder / "sound.slp").read_bytes()


def linked_slp(folder: Path) -> bytes:
    """One whose frames lie in another file of the reader's computer."""
    path = slp(folder / "linked.slp")
    with h5py.File(path, "r+") as file:
        del file["frames"]
        file["frames"] = h5py.ExternalLink("/etc/hostname", "/frames")
    return path.read_bytes()


def truncated_slp(folder: Path) -> bytes:
    """One whose upload broke off in the middle."""
    whole = sound_slp(folder)
    return whole[: len(whole) // 2]
