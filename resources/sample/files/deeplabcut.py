"""A DeepLabCut 3 project as that program leaves it behind on a colleague's computer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
from PIL import Image  # type: ignore[import-not-found, unused-ignore]

from . import video

#: The points that can be seen in one frame, by body part; what is hidden is missing.
Labels = Mapping[str, tuple[float, float]]

TASK, SCORER = "open-arena", "Sample"
FOLDER = f"{TASK}-{SCORER}-2026-01-15"
#: Where that computer had the project. Nobody else has it there, so opening the sample means repairing it.
ELSEWHERE = f"D:\\Sample\\{FOLDER}"

#: Every key that DeepLabCut 3.0 writes, in its order. Comments and blank lines are ours; a repair has to keep them.
CONFIG = """\
# Version of this file's layout
config_version: 0
# What is studied, and who labels it
Task: {task}
scorer: {scorer}
date: Jan15
multianimalproject: false
identity:

# Where the project lies
project_path: {elsewhere}
pose_config_path:

# Which engine trains: pytorch or tensorflow
engine: pytorch

# The videos, and which part of each is used
video_sets:
  {elsewhere}\\videos\\{video}:
    crop: 0, {width}, 0, {height}
bodyparts:
{parts}
individuals:
- individual_1
uniquebodyparts: []
multianimalbodyparts: []

# Which part of the videos frames are taken from, and how many
start: 0.0
stop: 1.0
numframes2pick: {frames}

# How it is drawn
skeleton:
{skeleton}
skeleton_color: black
pcutoff: 0.6
dotsize: 6
alphavalue: 0.7
colormap: rainbow

# Training and evaluation
TrainingFraction:
- 0.95
iteration: 0
default_net_type: resnet_50
default_augmenter: albumentations
default_track_method:
snapshotindex: -1
detector_snapshotindex: -1
batch_size: 8
detector_batch_size: 1

# Analyse only a part of the picture
cropping: false
# used only when cropping is true:
x1: 0
x2: {width}
y1: 0
y2: {height}

# Refinement
corner2move2:
- 50
- 50
move2corner: true

# Names of the body parts in ready-made models
SuperAnimalConversionTables:

# Kept from old versions, ignored
resnet:
croppedtraining:
"""


@dataclass(frozen=True, slots=True)
class Project:
    """What is labelled in one video, and how the body parts hang together."""

    folder: Path
    video: Path
    parts: Sequence[str]
    skeleton: Sequence[tuple[str, str]]
    labels: Mapping[int, Labels]

    def write(self) -> None:
        """Write everything but the video, which is read: DeepLabCut labels frames as a player shows them."""
        pictures = list(video.read(self.video))
        digits = math.ceil(math.log10(len(pictures)))
        names = [f"img{frame:0{digits}}.png" for frame in self.labels]
        self._write_config(pictures[0].shape[1], pictures[0].shape[0])
        for frame, name in zip(self.labels, names, strict=True):
            Image.fromarray(pictures[frame]).save(self._labelled / name, optimize=True)
        self._write_table(self._table(names))

    @property
    def _labelled(self) -> Path:
        folder = self.folder / "labeled-data" / self.video.stem
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write_config(self, width: int, height: int) -> None:
        text = CONFIG.format(
            task=TASK,
            scorer=SCORER,
            elsewhere=ELSEWHERE,
            video=self.video.name,
            width=width,
            height=height,
            parts="\n".join(f"- {part}" for part in self.parts),
            skeleton="\n".join(f"- - {first}\n  - {second}" for first, second in self.skeleton),
            frames=len(self.labels),
        )
        (self.folder / "config.yaml").write_text(text, encoding="utf-8", newline="\n")

    def _table(self, names: Sequence[str]) -> pd.DataFrame:
        """One row a frame, x and y of every body part; hidden ones are NaN."""
        hidden = (math.nan, math.nan)
        rows = [[value for part in self.parts for value in seen.get(part, hidden)] for seen in self.labels.values()]
        return pd.DataFrame(
            np.round(rows, 3),
            index=pd.MultiIndex.from_tuples([("labeled-data", self.video.stem, name) for name in names]),
            columns=pd.MultiIndex.from_product(
                [[SCORER], self.parts, ["x", "y"]], names=["scorer", "bodyparts", "coords"]
            ),
        )

    def _write_table(self, table: pd.DataFrame) -> None:
        file = self._labelled / f"CollectedData_{SCORER}.h5"
        table.to_csv(file.with_suffix(".csv"), lineterminator="\n")
        with pd.HDFStore(file, mode="w") as store:
            # Without this every dataset carries the time of writing, and the same sample never has the same bytes.
            store.root._v_file.create_array = partial(store.root._v_file.create_array, track_times=False)
            store.put("df_with_missing", table)
