"""Programs that write as the pose tools do, each on a thread of its own; every complete content is written down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import h5py
import numpy as np

from tests.scenario.projects import png

#: How long a writer takes over one save, in pieces.
_PIECE_S = 0.15


class Writer:
    """Writes one file again and again until it is told to stop; `contents` are those that were whole."""

    def __init__(self, file: Path, write: Callable[[Path, int], None]) -> None:
        self.file = file
        self.contents: set[bytes] = set()
        self._write = write
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=file.name)
        self._chance = Random(file.name)

    def start(self) -> None:
        self._write(self.file, 0)
        self.contents.add(self.file.read_bytes())
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self._write(self.file, number)
            self.contents.add(self.file.read_bytes())
            self._stop.wait(self._chance.uniform(0.1, 3.0))  # now and then long enough to be taken for quiet

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def hdf5_in_place(file: Path, number: int) -> None:
    """As PyTables and h5py change a file: opened for writing, its pieces written where they are, closed."""
    with h5py.File(file, "a") as opened:
        points = opened.require_dataset("points", (400, 2), "f8")
        for start in range(0, 400, 100):
            points[start : start + 100] = np.full((100, 2), number + start / 1000)
            opened.flush()
            time.sleep(_PIECE_S)
        opened.attrs["version"] = number


def yaml_rewritten(file: Path, number: int) -> None:
    """Emptied and written from its beginning."""
    with file.open("w") as opened:
        for line in range(20):
            opened.write(f"setting_{line}: {number}\n")
            opened.flush()
            time.sleep(_PIECE_S / 10)


def csv_appended(file: Path, number: int) -> None:
    """Rows, each in two halves."""
    with file.open("a") as opened:
        if number == 0:
            opened.write("step,loss\n")
        opened.write(f"{number},")
        opened.flush()
        time.sleep(_PIECE_S)
        opened.write(f"{1 / (number + 1):.6f}\n")


def renamed_into_place(file: Path, number: int) -> None:
    """A draft beside it that takes its name."""
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps({"version": number, "values": list(range(200))}))
    time.sleep(_PIECE_S)
    draft.replace(file)


def deleted_and_created(file: Path, number: int) -> None:
    """As SLEAP does it: the old file goes before the new one is there."""
    file.unlink(missing_ok=True)
    time.sleep(_PIECE_S)
    file.write_text(f"frame,x,y\n{number},1.5,2.5\n")


def many_pictures(folder: Path, count: int) -> dict[str, bytes]:
    """Frames of a video, all at once."""
    folder.mkdir(parents=True)
    chance = Random(count)
    pictures = {f"img{number:05}.png": png(chance, 300) for number in range(count)}
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    return pictures
