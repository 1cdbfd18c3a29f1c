"""Find the pose projects below a root, and make their cards, from a listing and a few kilobytes each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from launcher import errors
from launcher.projects.parsing import Parsers
from launcher.projects.source import Source
from launcher.storage.failures import is_error_of_the_server
from launcher.storage.names import is_project_id, project_id
from launcher.tools import TOOLS, tool
from launcher.tools.media import videos_last
from launcher.tools.protocol import Candidate, Listing

AT_ONCE = 32


_DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project and all that is known about it without opening it. Paths in `members` are relative to its folder."""

    uri: str
    id: str
    name: str
    tool_id: str
    folder: str
    marker: str
    card: dict[str, Any]
    listing: Listing
    members: tuple[str, ...]
    folder_uri: str

    def folder_path(self, path: str) -> str:
        """A file of the project as the source addresses it."""
        return f"{self.folder}/{path}" if self.folder else path

    @property
    def is_unreadable(self) -> bool:
        """Can the file that says what the project is not be read?"""
        return any(finding["code"] == _DAMAGED for finding in self.card["health"])

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(self.listing[path].size for path in self.members)

    @property
    def modified(self) -> str:
        """When its newest file was written."""
        return max((self.listing[path].modified for path in self.members), default="")

    def to_json(self) -> dict[str, Any]:
        """One element of `projects` (contract)."""
        card = dict(self.card)
        videos = [
            {"uri": self.folder_uri + video["member"], "present": True}
            if video["member"]
            else {"path": video["named"], "present": False}
            for video in card.pop("videos", [])
        ]
        head = {"uri": self.uri, "id": self.id, "name": self.name, "tool": self.tool_id}
        return {**head, **card, "videos": videos, "bytes": self.size, "modified": self.modified}


def identity(uri: str, name: str, home: str = "") -> str:
    """The id of a project: it stays the same when the project is opened again from the home prefix.

    A folder there of a name that is none of ours was put there by somebody else: it is saved like one from the lab, and
    nothing here is called as it is, which could lead anywhere.
    """
    inside = uri.removeprefix(f"{home}projects/") if home else uri
    saved_as = inside.partition("/")[0]
    return saved_as if inside != uri and is_project_id(saved_as) else project_id(name, uri)


AnySource = TypeVar("AnySource", bound=Source, covariant=True)


class Finder(Generic[AnySource]):
    """Looks through one source."""

    def __init__(self, source: AnySource, parsers: Parsers, home: str = "") -> None:
        self.source = source
        self._parsers = parsers
        self._home = home
        self.scanned = 0
        #: What may be a project and could not be looked at, with the reason.
        self.unread: list[errors.LauncherError] = []

    def projects(self) -> Iterator[FoundProject]:
        """Every project below the root, each as soon as it is known; afterwards `unread` says what was passed over."""
        listing = self._listing()
        yield from self._looked(listing, [candidate for kind in TOOLS for candidate in kind.candidates(listing)])

    def files_at_root(self) -> Iterator[FoundProject]:
        """The same of single files that lie at the root itself."""
        listing = self._listing()
        found = [candidate for kind in TOOLS if kind.is_one_file for candidate in kind.candidates(listing)]
        yield from self._looked(listing, [one for one in found if "/" not in one.marker])

    def _looked(self, listing: Listing, candidates: Sequence[Candidate]) -> Iterator[FoundProject]:
        with ThreadPoolExecutor(AT_ONCE, "look") as pool:
            for found in pool.map(partial(self._look_or_note, listing), candidates):
                if found is not None:
                    yield found

    def _look_or_note(self, listing: Listing, candidate: Candidate) -> FoundProject | None:
        """One object that may not be read, lies in an archive, or is lost to the server itself hides no other.

        A dead server hides them all.
        """
        try:
            return self._look(listing, candidate)
        except errors.LauncherError as exc:
            if isinstance(exc, errors.Unreachable) and not is_error_of_the_server(exc):
                raise
            self.unread.append(exc)
            return None

    def project(self, marker: str = "") -> FoundProject | None:
        """The project of one file, or the one whose folder is the root; where it was saved, that says which file."""
        listing = self._listing()
        candidates = [candidate for kind in TOOLS for candidate in kind.candidates(listing)]
        wanted = marker or self.source.own_marker
        chosen = [one for one in candidates if one.marker == wanted]
        if not marker:
            chosen += [one for one in candidates if not one.folder and not tool(one.tool_id).is_one_file]
        return self._look(listing, chosen[0]) if chosen else None

    def _listing(self) -> Listing:
        listing = Listing(self.source.files())
        self.scanned = len(listing)
        self.unread += self.source.unread
        return listing

    def _uri(self, candidate: Candidate) -> str:
        folder = f"{candidate.folder}/" if candidate.folder else ""
        return self.source.uri(candidate.marker if tool(candidate.tool_id).is_one_file else folder)

    def _look(self, listing: Listing, candidate: Candidate) -> FoundProject | None:
        below = listing.below(candidate.folder)
        above = f"{candidate.folder}/" if candidate.folder else ""

        def read(path: str, start: int, length: int) -> bytes:
            return self.source.read(listing[above + path], start, length)

        kind, marker = tool(candidate.tool_id), candidate.marker.removeprefix(above)
        uri = self._uri(candidate)
        name = candidate.name if kind.is_one_file or candidate.folder else self.source.name
        try:
            result = self._parsers.look(candidate, below, read)
        except errors.Damaged as exc:
            result = {"card": _unreadable(exc), "members": [marker]}
        if result is None:
            return None
        # Where it was saved everything is its own: notes, other versions of its file, and copies of it in conflict.
        members = videos_last([*below]) if candidate.marker == self.source.own_marker else result["members"]
        return FoundProject(
            uri=uri,
            id=identity(uri, name, self._home),
            name=name,
            tool_id=candidate.tool_id,
            folder=candidate.folder,
            marker=marker,
            card=result["card"],
            listing=below,
            members=tuple(members),
            folder_uri=self.source.uri(above),
        )


def _unreadable(exc: errors.Damaged) -> dict[str, Any]:
    finding = {"code": _DAMAGED, "severity": "error", "message": exc.title, "hint": exc.hint}
    return {
        "tool_version": None,
        "multi_animal": False,
        "body_parts": [],
        "skeleton": [],
        "labelled_frames": None,
        "predicted_frames": None,
        "videos": [],
        "models": [],
        "health": [finding],
    }
