"""A snapshot of published advisories, from the disk alone: OSV's `PyPI/all.zip`, a folder of such files, or one kept.

The form is OSV's schema 1.x (JSON); the Python Packaging Advisory Database has the same in YAML.
"""

from __future__ import annotations

import json
import lzma
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from installer.given import read_given
from launcher import errors
from launcher.tools import yaml_text

LARGEST_FILE, MOST_FILES, LARGEST_KEPT = 4_000_000, 200_000, 50_000_000
ECOSYSTEM = "PyPI"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Package(_Part):
    """Whose advisory it is."""

    ecosystem: str
    name: str


class Range(_Part):
    """Events in the order of versions: introduced, fixed, last affected."""

    type: str
    events: tuple[dict[str, str], ...] = ()


class Affected(_Part):
    """One package of an advisory, with the versions that it names and the ranges that it gives."""

    package: Package
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()


class Advisory(_Part):
    """One published weakness; a withdrawn one counts no more."""

    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    modified: datetime
    aliases: tuple[str, ...] = ()
    summary: str = ""
    withdrawn: datetime | None = None
    affected: tuple[Affected, ...] = ()

    def about(self) -> frozenset[str]:
        """The packages that it is about, as PyPI spells them."""
        return frozenset(
            canonicalize_name(one.package.name) for one in self.affected if one.package.ecosystem == ECOSYSTEM
        )


class Snapshot(_Part):
    """Everything that was published about some packages; `newest` is the day of its youngest entry."""

    newest: datetime
    read: int
    unread: int
    advisories: tuple[Advisory, ...]

    def to_json(self) -> str:
        """As it is kept beside a release, without what the audit does not look at."""
        return self.model_dump_json(indent=1, exclude_defaults=True) + "\n"


def load_snapshot(path: Path, packages: Collection[str]) -> Snapshot:
    """What a snapshot says about these packages. Raises `BadUsage` where it is none."""
    try:
        kept = _kept(path)
        if kept is not None:
            return kept
        return _gathered(_documents(path), frozenset(packages), path)
    except (OSError, zipfile.BadZipFile, ValidationError) as exc:
        raise _no_snapshot(path, repr(exc)) from exc


def _kept(path: Path) -> Snapshot | None:
    """A snapshot that an earlier audit kept."""
    if path.suffix != ".json" or not path.is_file():
        return None
    return Snapshot.model_validate_json(read_given(path, LARGEST_KEPT))


def _documents(path: Path) -> Iterator[Any]:
    """Every file in a folder or a ZIP; None for one that cannot be read, or is far too large."""
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.suffix in (".json", ".yaml") and file.is_file()]
        yield from (_read(file.name, _beginning(file)) for file in files[:MOST_FILES])
        return
    if not path.is_file():
        raise FileNotFoundError(path)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist()[:MOST_FILES]:
            if info.filename.endswith((".json", ".yaml")):
                yield _unpacked(archive, info)


#: Encrypted, packed in a way that nobody knows here, damaged, cut.
_NOT_UNPACKED = (RuntimeError, zlib.error, lzma.LZMAError, EOFError, zipfile.BadZipFile, OSError)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    try:
        with archive.open(info) as file:
            return _read(info.filename, file.read(LARGEST_FILE + 1))
    except _NOT_UNPACKED:
        return None


def _beginning(file: Path) -> bytes:
    """All of it, unless it is far too large."""
    with file.open("rb") as opened:
        return opened.read(LARGEST_FILE + 1)


def _read(name: str, data: bytes) -> Any:
    if len(data) > LARGEST_FILE:
        return None
    try:
        return yaml_text.parsed(data, name) if name.endswith(".yaml") else json.loads(data)
    except (ValueError, RecursionError, errors.Damaged):
        return None


def _gathered(documents: Iterable[Any], packages: frozenset[str], path: Path) -> Snapshot:
    kept, newest, read, unread = [], datetime(1970, 1, 1, tzinfo=UTC), 0, 0
    for document in documents:
        try:
            advisory = Advisory.model_validate(document)
        except ValidationError:
            unread += 1
            continue
        read += 1
        newest = max(newest, _aware(advisory.modified))
        if advisory.about() & packages:
            kept.append(advisory)
    if not read:
        raise _no_snapshot(path, "no advisory in it can be read")
    return Snapshot(newest=newest, read=read, unread=unread, advisories=tuple(sorted(kept, key=lambda one: one.id)))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _no_snapshot(path: Path, detail: str) -> errors.BadUsage:
    return errors.BadUsage(
        path,
        title="This is no snapshot of advisories",
        hint="Take PyPI/all.zip of osv.dev's data exports, or a checkout of PyPA's advisory database.",
        detail=detail,
    )
