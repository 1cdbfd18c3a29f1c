"""A SLEAP project with two animals, as it comes from a colleague's computer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sleap_io as sio  # type: ignore[import-not-found, unused-ignore]

#: Where that computer had the video. SLEAP looks there first, then beside the project.
ELSEWHERE = "/data/recordings"

#: The points of one animal in one frame, by node.
Labels = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Project:
    """What is labelled in one video: for every frame, every animal's points by the animal's name."""

    file: Path
    video: Path
    nodes: Sequence[str]
    edges: Sequence[tuple[str, str]]
    labels: Mapping[int, Mapping[str, Labels]]

    def write(self) -> None:
        """Write the project; the video must be there already, since its size is noted in it."""
        # No pair of mirrored nodes: the writer keeps those as a set, so that the file would differ from run to run.
        skeleton = sio.Skeleton(nodes=list(self.nodes), edges=list(self.edges), name="mouse")
        labels = sio.Labels(self._frames(skeleton, sio.Video.from_filename(str(self.video))))
        labels.replace_filenames(new_filenames=[f"{ELSEWHERE}/{self.video.name}"], open_videos=False)
        labels.save(str(self.file), verbose=False)

    def _frames(self, skeleton: sio.Skeleton, video: sio.Video) -> list[sio.LabeledFrame]:
        names = dict.fromkeys(name for animals in self.labels.values() for name in animals)
        tracks = {name: sio.Track(name) for name in names}
        return [
            sio.LabeledFrame(video, frame, [self._instance(skeleton, tracks[name], animals[name]) for name in animals])
            for frame, animals in self.labels.items()
        ]

    def _instance(self, skeleton: sio.Skeleton, track: sio.Track, points: Labels) -> sio.Instance:
        rows = [[round(value, 3) for value in points.get(node, (math.nan, math.nan))] for node in self.nodes]
        return sio.Instance.from_numpy(rows, skeleton, track=track)
