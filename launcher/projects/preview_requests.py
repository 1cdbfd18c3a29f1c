"""What the reader does when a picture is asked for: find the project or the file in S3, then have it drawn."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from launcher import errors
from launcher.channel import Message
from launcher.config.plain import typed
from launcher.projects.preview import Place, Previewer, Shown, place_in
from launcher.projects.preview_crop import Look
from launcher.projects.source import HomeSource, S3Source
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools.frames import Wanted
from launcher.tools.media import is_image, is_video
from launcher.tools.protocol import Listed, Listing

#: The posters of one screen share their listing. A file that changed meanwhile is noticed when it is read.
REMEMBERED_S, REMEMBERED_ROOTS = 30.0, 8

_Result = TypeVar("_Result")
SourceAt = Callable[[S3Uri], S3Source]


@dataclass(slots=True)
class _Root:
    """One listing, made once for all who ask at the same time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    listed_at: float = 0.0
    found: tuple[S3Source, Listing] | None = None


class Listings:
    """What lies below a few roots, remembered for a moment."""

    def __init__(self, source_at: SourceAt) -> None:
        self._source_at = source_at
        self._roots: OrderedDict[S3Uri, _Root] = OrderedDict()
        self._lock = threading.Lock()

    def below(self, root: S3Uri) -> tuple[S3Source, Listing]:
        """The source of a root and all that it lists."""
        with self._lock:
            known = self._roots.setdefault(root, _Root())
            self._roots.move_to_end(root)
            while len(self._roots) > REMEMBERED_ROOTS:
                self._roots.popitem(last=False)
        with known.lock:
            if known.found is None or time.monotonic() - known.listed_at > REMEMBERED_S:
                source = self._source_at(root)
                known.found, known.listed_at = (source, Listing(source.files())), time.monotonic()
            return known.found

    def forget(self, before: float) -> bool:
        """List anew what was listed before a moment; False if nothing was."""
        with self._lock:
            old = [where for where, root in self._roots.items() if root.listed_at < before]
            for where in old:
                del self._roots[where]
        return bool(old)


class PictureRequests:
    """Answers the reader's requests for pictures."""

    def __init__(self, store: Store, source_at: SourceAt, previewer: Previewer) -> None:
        self._store = store
        self._source_at = source_at
        self._listings = Listings(source_at)
        self._previewer = previewer

    def project(self, where: S3Uri, tool_id: str, look: Look, wanted: Wanted) -> Message:
        """Labelled frames of a project."""
        return _message(self._again_if_changed(lambda: self._project(where, tool_id, look, wanted)))

    def file(self, where: S3Uri, number: int | None, look: Look) -> Message:
        """A frame of a video, or an image."""
        if is_image(where.name):
            number = None
        elif not is_video(where.name):
            raise errors.NotFound(
                where,
                title="There is no picture in this file",
                hint="Pictures are made of projects, videos and images.",
            )
        source, file = self._found(where)
        return _message(self._previewer.of_file(source, file, number, look))

    def _project(self, where: S3Uri, tool_id: str, look: Look, wanted: Wanted) -> Shown:
        source, listing, place = self._place(where, tool_id)
        return self._previewer.of_project(source, listing, place, look, wanted)

    def _place(self, where: S3Uri, tool_id: str) -> tuple[S3Source, Listing, Place]:
        """The project that an address names: a SLEAP file, or a folder, with or without its final `/`."""
        if not where.is_prefix:
            source, listing = self._listings.below(where.parent)
            if place := place_in(listing, tool_id, where.name):
                return source, listing, place
        source, listing = self._listings.below(where.as_prefix())
        if place := place_in(listing, tool_id, ""):
            return source, listing, place
        raise errors.NotFound(
            where,
            title="There is no pose project here",
            hint=f"See what is there with `pose-launcher projects {typed(where.parent)}`.",
        )

    def _found(self, where: S3Uri) -> tuple[S3Source, Listed]:
        """One object as it is now; in a saved project it may be a reference to a video that lies elsewhere."""
        source = self._source_at(where.parent)
        head = self._store.objects.head(where)
        if head is not None:
            return source, Listed(where.name, head.size, head.modified, head.etag)
        if isinstance(source, HomeSource):
            root = source.project_root(where)
            source, listing = self._listings.below(root)
            if file := listing.get(str(where).removeprefix(str(root))):
                return source, file
        raise errors.NotFound(where)

    def _again_if_changed(self, make: Callable[[], _Result]) -> _Result:
        """Once more where a remembered listing may be to blame."""
        started = time.monotonic()
        try:
            return make()
        except (errors.ChangedMeanwhile, errors.NotFound):
            if not self._listings.forget(before=started):
                raise
        return make()


def _message(shown: Shown) -> Message:
    return {
        "pictures": [len(picture) for picture in shown.pictures],
        "bytes_read": shown.bytes_read,
        "seconds": shown.seconds,
        "facts": dict(shown.facts),
        "blob": b"".join(shown.pictures),
    }
