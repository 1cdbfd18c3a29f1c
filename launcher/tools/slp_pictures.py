"""Where the pictures of a SLEAP project are: in a video beside it, in a list of images, or inside the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np

from launcher.errors import Damaged
from launcher.tools.frames import EmbeddedFile, EmbeddedPixels, ImageFile, Picture, VideoFrame
from launcher.tools.hdf5_ranges import child
from launcher.tools.media import is_image, is_video
from launcher.tools.paths import index_for
from launcher.tools.protocol import BudgetSpent, Listing
from launcher.tools.slp_contents import Json
from launcher.tools.slp_videos import EMBEDDED, file_names

MOST_FRAMES, MOST_PIXELS = 5_000_000, 64_000_000


class Pictures:
    """Finds the picture of a frame by the number of its video and its own."""

    def __init__(self, root: Any, subject: str, listing: Listing, videos: Sequence[Json]) -> None:
        self._root, self._subject, self._videos = root, subject, videos
        self._names = [file_names(video) for video in videos]
        self._index = index_for(listing, (name for names in self._names for name in names if name != EMBEDDED))
        self._inside: dict[int, _Embedded | None] = {}

    def has(self, video: int, number: int) -> bool:
        """Is there a picture of this frame?"""
        embedded = self._embedded(video)
        return embedded.place(number) is not None if embedded else self._beside(video, number) is not None

    def picture(self, video: int, number: int) -> Picture:
        """The picture of a frame that there is."""
        embedded = self._embedded(video)
        found = embedded.picture(number) if embedded else self._beside(video, number)
        if found is None:
            raise Damaged(self._subject, title="A labelled frame of this project has no picture")
        return found

    def first(self) -> Picture | None:
        """The first frame of the first video that is there."""
        for video in range(len(self._videos)):
            embedded = self._embedded(video)
            if found := embedded.first() if embedded else self._beside(video, 0):
                return found
        return None

    def missing(self) -> list[str]:
        """The videos that are not there, as the project names them."""
        named = ((number, names[0]) for number, names in enumerate(self._names) if names and names[0] != EMBEDDED)
        return [name for number, name in named if self._beside(number, 0) is None]

    def _beside(self, video: int, number: int) -> Picture | None:
        names = self._names[video] if video < len(self._names) else []
        several = len(names) > 1 or (len(names) == 1 and is_image(names[0]))
        if several and number >= len(names):
            return None
        member = self._index.find(names[number if several else 0]) if names else None
        if member is None or not (is_image(member) if several else is_video(member)):
            return None
        return ImageFile(member) if several else VideoFrame(member, number)

    def _embedded(self, video: int) -> _Embedded | None:
        """What the file itself holds of a video; None for one that lies beside it."""
        if video >= len(self._names) or EMBEDDED not in self._names[video]:
            return None
        if video not in self._inside:
            self._inside[video] = _embedded(self._root, self._subject, video, self._videos[video])
        return self._inside[video]


def _embedded(root: Any, subject: str, video: int, described: Json) -> _Embedded | None:
    backend = described.get("backend")
    backend = backend if isinstance(backend, dict) else {}
    named = backend.get("dataset")
    group_name, _, name = (named if isinstance(named, str) and named else f"video{video}/video").rpartition("/")
    group = child(root, group_name, subject) if group_name and "/" not in group_name else root
    dataset = child(group, name, subject) if isinstance(group, h5py.Group) else None
    if not isinstance(dataset, h5py.Dataset) or not dataset.shape:
        return None
    numbers = child(group, "frame_numbers", subject)
    turned = backend.get("input_format") == "channels_first"
    has_numbers = isinstance(numbers, h5py.Dataset) and numbers.shape == dataset.shape[:1]
    return _Embedded(dataset, numbers if has_numbers else None, channels_first=turned)


class _Embedded:
    """The frames of one video inside the file: encoded pictures, or bare pixels."""

    def __init__(self, dataset: Any, numbers: Any, *, channels_first: bool) -> None:
        if dataset.shape[0] > MOST_FRAMES:
            raise BudgetSpent(dataset.name)
        self._dataset, self._channels_first = dataset, channels_first
        originals = range(dataset.shape[0]) if numbers is None else map(int, numbers[:])
        self._places = {original: place for place, original in enumerate(originals)}

    def place(self, number: int) -> int | None:
        """Where a frame of the original video lies here."""
        return self._places.get(number)

    def first(self) -> Picture | None:
        """The first frame that was embedded."""
        return self._at(0) if self._places else None

    def picture(self, number: int) -> Picture | None:
        """The picture of a frame of the original video."""
        place = self.place(number)
        return None if place is None else self._at(place)

    def _at(self, place: int) -> Picture:
        shape = self._dataset.shape
        if len(shape) == 4:
            return self._pixels(place)
        if len(shape) > 2 or (len(shape) == 2 and shape[1] > MOST_PIXELS):
            raise Damaged(self._dataset.name, title="The pictures in this file cannot be read", detail=f"shape {shape}")
        return EmbeddedFile(np.asarray(self._dataset[place]).astype(np.uint8).tobytes())

    def _pixels(self, place: int) -> Picture:
        if self._dataset.dtype != np.uint8 or np.prod(self._dataset.shape[1:], dtype=object) > MOST_PIXELS:
            raise Damaged(self._dataset.name, title="The pictures in this file cannot be read")
        frame = self._dataset[place]
        frame = frame.transpose(2, 1, 0) if self._channels_first else frame
        height, width, channels = frame.shape
        if channels not in (1, 3):
            raise Damaged(self._dataset.name, title="The pictures in this file cannot be read", detail=f"{channels}")
        return EmbeddedPixels(width, height, channels, frame.tobytes())
