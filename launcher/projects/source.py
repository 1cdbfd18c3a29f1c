"""Where projects are looked for: a prefix in S3, or a folder on this computer; the same two verbs for both."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from launcher import errors
from launcher.journal.manifest import LARGEST, Manifest, parse_manifest
from launcher.projects.states import States
from launcher.storage.objects import ObjectRef
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools.protocol import Listed

#: Below a home prefix this is ours, not a project's.
OURS = ".pose-launcher/"


class Source(Protocol):
    """A root with files below it."""

    @property
    def name(self) -> str:
        """What the root itself is called."""

    @property
    def own_marker(self) -> str:
        """The file of the project whose saved folder the root is, once the files were listed; empty where unknown."""

    @property
    def unread(self) -> Sequence[errors.LauncherError]:
        """Once the files were listed, what belongs to some project there and could not be read."""

    def files(self) -> Iterator[Listed]:
        """Every file below the root, in no order."""

    def read(self, file: Listed, start: int, length: int) -> bytes:
        """Bytes of exactly the version that was listed."""

    def uri(self, path: str) -> str:
        """How a file or folder (ending in `/`) below the root is addressed."""


class S3Source:
    """A prefix in S3."""

    def __init__(self, store: Store, root: S3Uri) -> None:
        self._store = store
        self.root = root.as_prefix()

    @property
    def name(self) -> str:
        """The last part of the prefix, or the bucket."""
        return self.root.name

    @property
    def own_marker(self) -> str:
        """Only a home prefix has that written down."""
        return ""

    @property
    def unread(self) -> Sequence[errors.LauncherError]:
        """Whatever is listed is all that there is."""
        return ()

    def files(self) -> Iterator[Listed]:
        """Every object below, as the pages come."""
        start = len(self.root.key)
        for page in self._store.lister.everything(self.root):
            for item in page.objects:
                path = item.key[start:]
                if path and not path.endswith("/"):
                    yield Listed(path, item.size, item.modified, item.etag)

    def read(self, file: Listed, start: int, length: int) -> bytes:
        """One ranged request, pinned to the listed ETag."""
        return self._store.objects.read_range(self.ref(file.path, file), start, length)

    def ref(self, path: str, file: Listed) -> ObjectRef:
        """The object that holds a file: this version of it, and no other."""
        return ObjectRef(self.root.child(path), file.size, file.etag)

    def uri(self, path: str) -> str:
        """`s3://bucket/prefix/path`."""
        return str(self.root.child(path))


class HomeSource(S3Source):
    """The home prefix, or a part of it: videos that a saved project refers to are listed where they belong."""

    def __init__(self, store: Store, root: S3Uri, home: S3Uri) -> None:
        super().__init__(store, root)
        self._home = home
        self._elsewhere: dict[str, ObjectRef] = {}
        self.manifests: dict[str, tuple[Manifest, str | None]] = {}
        self._unread: list[errors.LauncherError] = []

    @property
    def unread(self) -> Sequence[errors.LauncherError]:
        """Lists of what was saved, of projects beside which others lie: one of them does not hide those."""
        return self._unread

    @property
    def own_marker(self) -> str:
        """As the manifest says."""
        found = self.manifests.get(self.root.name)
        return found[0].marker if found and self.root == self._home.child(f"projects/{self.root.name}/") else ""

    def files(self) -> Iterator[Listed]:
        """Every object below, then the references of the projects that were seen."""
        seen: set[str] = set()
        is_home = self.root == self._home
        for file in super().files():
            if is_home and file.path.startswith(OURS):
                continue  # elsewhere such a name is somebody else's, and is told
            seen.add(file.path)
            yield file
        start = self.root.key.removeprefix(self._home.key)
        ids = {parts[1] for path in seen if len(parts := (start + path).split("/")) > 2 and parts[0] == "projects"}
        for project_id in sorted(ids):
            try:
                yield from self._references(project_id, f"projects/{project_id}/".removeprefix(start), seen)
            except (errors.Refused, errors.NotDone) as exc:
                if start.startswith(f"projects/{project_id}/"):
                    raise
                self._unread.append(exc)

    def _references(self, project_id: str, prefix: str, seen: set[str]) -> Iterator[Listed]:
        state, etag = last_readable(self._store, self._home, project_id) or (None, None)
        if state is None:
            return
        self.manifests[project_id] = state, etag
        for name, reference in state.references.items():
            if prefix + name not in seen:
                self._elsewhere[prefix + name] = ObjectRef(S3Uri.parse(reference.uri), reference.size, reference.etag)
                yield Listed(prefix + name, reference.size, "", reference.etag)

    def project_root(self, where: S3Uri) -> S3Uri:
        """The root of the saved project that an address lies in; the address's own prefix where it lies in none."""
        parts = str(where).removeprefix(str(self._home)).split("/")
        is_inside = len(parts) > 2 and parts[0] == "projects"
        return self._home.child(f"projects/{parts[1]}/") if is_inside else where.parent

    def ref(self, path: str, file: Listed) -> ObjectRef:
        """A reference leads to where the video lies."""
        return self._elsewhere.get(path) or super().ref(path, file)


def source_at(store: Store, where: S3Uri, home: S3Uri | None) -> S3Source:
    """A prefix as a source; at or below the home prefix with the references of saved projects."""
    root = where.as_prefix()
    return HomeSource(store, root, home) if home is not None and home.holds(root) else S3Source(store, root)


def manifest_uri(home: S3Uri, project_id: str) -> S3Uri:
    """Where the manifest of a project lies (contract, "In the bucket")."""
    return home.child(f"{OURS}state/{project_id}.json")


def read_manifest(store: Store, home: S3Uri, project_id: str) -> tuple[Manifest, str] | None:
    """The last saved state of a project and the ETag of its manifest; None when it was never saved."""
    where = manifest_uri(home, project_id)
    read = store.objects.read_small(where, LARGEST)
    return None if read is None else (parse_manifest(read[0], where), read[1].etag)


def last_readable(store: Store, home: S3Uri, project_id: str) -> tuple[Manifest | None, str | None] | None:
    """The last saved state and the ETag of its manifest; None when it was never saved. Writes nothing.

    For a manifest that is damaged, or that somebody deleted, stands the newest kept state that can be read, if there is
    any, and no ETag: a conditional write then makes it anew, or finds that something else is there, and asks for
    `manifest_to_replace`.
    """
    try:
        known = read_manifest(store, home, project_id)
    except errors.Damaged:
        return newest_kept(store, home, project_id), None
    if known is None and (kept := newest_kept(store, home, project_id)) is not None:
        return kept, None
    return known


def newest_kept(store: Store, home: S3Uri, project_id: str) -> Manifest | None:
    """Of the kept states of a project the newest that can be read."""
    states = States(store, home, project_id)
    readable = (states.found(row) for row in states.rows())
    return next((one for one in readable if one is not None), None)


class LocalSource:
    """A folder on this computer; links are not followed, and folders in `but` not looked into."""

    def __init__(self, root: Path, but: Collection[str] = ()) -> None:
        self.root = root
        self._but = but
        if not root.is_dir():
            raise errors.NotFound(root, title="There is no such folder")

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name

    @property
    def own_marker(self) -> str:
        """Nothing is written down here that somebody else could not have written."""
        return ""

    @property
    def unread(self) -> Sequence[errors.LauncherError]:
        """What is not there is not listed."""
        return ()

    def files(self) -> Iterator[Listed]:
        """Every regular file below."""
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if f"{name}/" != OURS and str(Path(folder, name)) not in self._but]
            for name in files:
                path = Path(folder, name)
                if path.is_symlink() or not path.is_file():
                    continue
                stat = path.stat()
                yield Listed(path.relative_to(self.root).as_posix(), stat.st_size, _moment_of(stat.st_mtime))

    def read(self, file: Listed, start: int, length: int) -> bytes:
        """Bytes of the file as it is now."""
        with (self.root / file.path).open("rb") as opened:
            opened.seek(start)
            return opened.read(length)

    def uri(self, path: str) -> str:
        """The local path; a folder keeps its final `/`."""
        return f"{self.root.as_posix()}/{path}"


def _moment_of(seconds: float) -> str:
    """As S3 writes it; nothing for a time that no calendar has, as a disk can hold it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
