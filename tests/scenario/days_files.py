"""Random days: the files of a project as their tools write them, whole, and cut off as a killed tool leaves them."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from random import Random

import h5py

from tests.conftest import SHARED
from tests.scenario.projects import png, reaching

LABELS = "labeled-data/mouse/CollectedData_Ada.csv"
CONFIG = "config.yaml"
NOTES = "notes.txt"
LARGE = "results/large.bin"
NETWORK = "dlc-models-pytorch/iteration-0/reach-trainset95shuffle1/train/snapshot-200.pt"
LARGE_BYTES = 65 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """What a project of one tool consists of; of `main` the program knows it by, and it is never deleted."""

    main: str
    #: What the address of the project in the lab ends in, after its folder.
    address: str
    video: str
    paths: list[str]


_BESIDE = [NOTES, "notes.md", "results/table.csv", "results/table.json", "exports/labels.slp"]
DEEPLABCUT = Kind(
    CONFIG,
    "",
    "videos/mouse.mp4",
    [
        CONFIG,
        LABELS,
        "labeled-data/mouse/CollectedData_Ada.h5",
        "labeled-data/mouse/img000.png",
        "labeled-data/mouse/img001.png",
        NETWORK,
        *_BESIDE,
    ],
)
SLEAP = Kind("fly.slp", "fly.slp", "small_robot.mp4", ["fly.slp", "fly.predictions.slp", "frames/img000.png", *_BESIDE])
#: Names that are one with another one, or whose folder's is, on some systems: by case, and by Unicode form.
TWINS = ["results/Table.csv", "Exports/labels.txt", "caf\u00e9.txt", "cafe\u0301.txt"]
#: A real file of SLEAP, which each new content begins with.
_SLP = SHARED / "sleap-samples" / "small_robot_minimal.slp"


def whole(path: str, number: int, before: bytes, chance: Random) -> bytes:
    """A file of its kind; no two numbers make the same."""
    if path == LARGE:
        return b"%d " % number + bytes(LARGE_BYTES) + bytes(number)
    if path.endswith(".yaml"):
        text = before if b"pcutoff" in before else reaching(1)[CONFIG]
        return re.sub(rb"pcutoff: [\d.]+", b"pcutoff: 0.%06d1" % number, text)
    if path.endswith(".csv"):
        return b"scorer,Ada,Ada\nbodyparts,paw,paw\ncoords,x,y\nlabeled-data/mouse/img000.png,%d,2.5\n" % number
    if path.endswith(".json"):
        return json.dumps({"number": number}).encode()
    if path.endswith(".png"):
        return png(chance, 300)
    if path.endswith((".pt", ".ckpt")):
        return b"PK\x03\x04" + chance.randbytes(3000) + b"PK\x05\x06" + bytes(18)
    if path.endswith((".h5", ".slp")):
        return _hdf5(_SLP.read_bytes() if path.endswith(".slp") else b"", number)
    return b"note %d\n" % number


def _hdf5(before: bytes, number: int) -> bytes:
    opened = io.BytesIO(before)
    with h5py.File(opened, "r+" if before else "w") as file:
        file[f"number {number}"] = list(range(number, number + 500))
    return opened.getvalue()


def half(path: str, data: bytes, chance: Random) -> bytes | None:
    """The same as its writer left it when it was killed; None where nobody can tell a half from a whole."""
    if path.endswith((".yaml", ".csv", ".json", ".png", ".h5", ".slp")) and chance.random() < 0.15:
        return b""  # it was killed when it had just opened the file
    if path == CONFIG:
        return data[: chance.randrange(data.index(b"bodyparts:"))]
    if path.endswith(".csv"):
        return data[: data.rindex(b",")]  # its last row is shorter than the others
    if path.endswith((".pt", ".ckpt")):
        return data[: chance.randrange(4, len(data) - 22)]
    if path.endswith((".json", ".png", ".h5", ".slp")):
        return data[: chance.randrange(len(data))]
    return None
