"""Pictures for the window: posters, strips and frames, made by the reader and remembered on this computer.

Everything here waits, and may be called from several threads at the same time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from launcher.channel import Message
from launcher.desk.picture_cache import PictureCache
from launcher.projects.preview import pictures_in
from launcher.projects.preview_crop import Look
from launcher.tools.frames import Wanted

#: Goes up when pictures are drawn in another way, so that old ones are not shown again.
DRAWING = 3


class Ask(Protocol):
    """The reader, as `ReaderProcess.ask` offers it."""

    def __call__(self, op: str, uri: str, **more: Any) -> Iterator[Message]:
        """The messages that answer a request."""


@dataclass(frozen=True, slots=True)
class Made:
    """Pictures as PNG, and what they cost; a remembered one costs nothing to read."""

    pictures: Sequence[bytes]
    bytes_read: int
    seconds: float
    is_remembered: bool
    facts: Mapping[str, float] = field(default_factory=dict)


class Pictures:
    """Makes pictures, and remembers those whose source can be told to be unchanged."""

    def __init__(self, ask: Ask, cache: PictureCache) -> None:
        self._ask = ask
        self._cache = cache

    def poster(self, project: Mapping[str, Any], width: int, height: int, *, whole: bool = False) -> bytes:
        """The clearest labelled frame of a project, filled with the animal; or whole, fitted into the size."""
        return self.of_project(project, Look(width, height, whole), Wanted()).pictures[0]

    def strip(self, project: Mapping[str, Any], count: int, width: int, height: int) -> Sequence[bytes]:
        """Up to `count` labelled frames, evenly over all of the project, each filled with the animal."""
        return self.of_project(project, Look(width, height), Wanted(count)).pictures

    def frame(
        self, uri: str, number: int | None, width: int, height: int, *, whole: bool = False, version: str = ""
    ) -> bytes:
        """One frame of a video, the first where `number` is None; or an image.

        `version` is the ETag in the listing at hand: with it the picture is remembered.
        """
        return self.of_file(uri, number or 0, Look(width, height, whole), version).pictures[0]

    def video(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, Mapping[str, float]]:
        """The whole of one frame, and what the container says: `width`, `height`, `frames`, `seconds`."""
        made = self.of_file(uri, number, Look(width, height, whole=True))
        return made.pictures[0], made.facts

    def of_project(self, project: Mapping[str, Any], look: Look, wanted: Wanted) -> Made:
        """Labelled frames of a project, given as an element of `projects` (contract)."""
        state = (project["uri"], project.get("modified"), project.get("bytes"))
        shown = {"tool": project["tool"], "look": asdict(look), "wanted": asdict(wanted)}
        request = {"op": "pictures", "uri": project["uri"], **shown}
        return self._made(state if all(state) else None, request)

    def of_file(self, uri: str, number: int, look: Look, version: str = "") -> Made:
        """One frame of a video, or an image."""
        request = {"op": "frame", "uri": uri, "look": asdict(look), "number": number}
        return self._made((uri, version) if version else None, request)

    def _made(self, state: tuple[object, ...] | None, request: Mapping[str, Any]) -> Made:
        """What is remembered for this state of the source, else made anew."""
        start = time.monotonic()
        key = (DRAWING, state, request)
        if state is not None and (known := self._cache.get(key)):
            return Made(known, 0, time.monotonic() - start, is_remembered=True)
        (answer,) = self._ask(**request)
        pictures = pictures_in(answer["pictures"], answer.get("blob", b""), request["uri"])
        if state is not None:
            self._cache.put(key, pictures)
        facts = answer.get("facts", {})
        return Made(pictures, answer["bytes_read"], time.monotonic() - start, is_remembered=False, facts=facts)
