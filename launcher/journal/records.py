"""What the journal remembers, as values.

Those of each file are named tuples: of thousands of files some ten are made each, and a frozen dataclass sets each of
its fields by a call.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

_LATEST, _MOST_IDS = 2**63, 2**64


class Stat(NamedTuple):
    """The fingerprint by which a file is known to be untouched without reading it.

    Times in nanoseconds, and the change time too where the system has one: a tool that sets the modification time back
    after an edit is then still noticed. On Windows `ctime_ns` is the time of creation, which does no harm.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    file_id: int

    @classmethod
    def of(cls, result: os.stat_result) -> Stat:
        """From the system's answer."""
        return cls.of_numbers(result.st_size, result.st_mtime_ns, result.st_ctime_ns, result.st_ino)

    @classmethod
    def of_numbers(cls, size: int, mtime_ns: int, ctime_ns: int, file_id: int) -> Stat:
        """From what the system says, of which the journal holds 64 bits: a file can be dated in the year 2300."""
        if mtime_ns < _LATEST and ctime_ns < _LATEST and file_id < _MOST_IDS:
            return cls(size, mtime_ns, ctime_ns, file_id)
        return cls(size, mtime_ns % _LATEST, ctime_ns % _LATEST, file_id % _MOST_IDS)


class Origin(NamedTuple):
    """The object that a staged file came from, as it was then.

    `crc64nvme` is that of the object's own bytes, `local_crc64nvme` that of the file it became here, after path repair;
    `proof` names the server's checksum that both were compared with, empty where the server keeps none.
    """

    uri: str
    etag: str
    version: str | None = None
    size: int = 0
    crc64nvme: str = ""
    local_crc64nvme: str = ""
    proof: str = ""


class Saved(NamedTuple):
    """What S3 confirmed: this key holds, in this version, exactly these bytes.

    `local_crc64nvme` is the content on disk that the saved bytes were made from; the two differ where path fields were
    made neutral.
    """

    key: str
    etag: str
    version: str | None
    size: int
    crc64nvme: str
    sha256: str
    local_crc64nvme: str


class State(StrEnum):
    """How far one file is."""

    STAGING = "staging"
    #: Part of the project, and not asked for.
    LATER = "later"
    STAGED = "staged"
    #: As an older launcher noted it of each file before it went.
    SENDING = "sending"
    SAVED = "saved"
    FAILED = "failed"


class Item(NamedTuple):
    """One file of a project. `crc64nvme` and `sha256` are of the content on disk when `stat` was taken.

    `copy` holds the person's version of a file that another session changed too: it lies beside the original.
    """

    path: str
    stat: Stat | None
    crc64nvme: str
    sha256: str = ""
    origin: Origin | None = None
    saved: Saved | None = None
    state: State = State.STAGED
    cause: str = ""
    next: str = ""
    copy: Saved | None = None

    @property
    def is_saved(self) -> bool:
        """S3 holds what was on disk when `stat` was taken, under the file's own name.

        Where ours lies beside it, that name is another session's: what was saved there before is no longer the file.
        """
        return self.copy is None and self.saved is not None and self.saved.local_crc64nvme == self.crc64nvme

    @property
    def is_kept_beside(self) -> bool:
        """S3 holds what was on disk when `stat` was taken, as a copy beside another session's version."""
        return self.copy is not None and self.copy.local_crc64nvme == self.crc64nvme

    @property
    def is_as_staged(self) -> bool:
        """On disk is still what was brought here."""
        return self.origin is not None and bool(self.crc64nvme) and self.origin.local_crc64nvme == self.crc64nvme

    def has_had(self, crc64nvme: str) -> bool:
        """Is a content on disk just what was brought here, or saved from here under the file's own name?"""
        known = {one.local_crc64nvme for one in (self.origin, self.saved) if one is not None}
        return crc64nvme in known - {""}

    @property
    def held_as(self) -> Saved | None:
        """The object in the home bucket that holds what was on disk when `stat` was taken, whatever its name."""
        if self.is_kept_beside:
            return self.copy
        return self.saved if self.is_saved else None

    @property
    def is_nowhere_else(self) -> bool:
        """Is what was on disk work of the person that S3 does not hold, under any name?"""
        return self.held_as is None and not self.is_as_staged

    @property
    def is_elsewhere(self) -> bool:
        """Is no more known of it than where it lies: it has not arrived, or was not asked for?"""
        return self.state in (State.STAGING, State.LATER)

    def left_for(self, theirs: Saved | None) -> Item:
        """The same file, of which another session saved a changed version, while what was brought here is as it was."""
        return self._replace(saved=theirs, state=State.SAVED)

    @property
    def is_left(self) -> bool:
        """Is it known to be so? What is `saved` was then never here.

        Brought anew, over an older one that was saved from here, it is `STAGED`: that one was here.
        """
        is_theirs = self.saved is not None and self.copy is None and not self.is_saved
        return is_theirs and self.is_as_staged and self.state is State.SAVED

    def failed(self, cause: str, next_step: str) -> Item:
        """The same file, with the reason why it is not saved."""
        return self._replace(state=State.FAILED, cause=cause, next=next_step)


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project that was staged on this computer; `home` is its own prefix below the home prefix."""

    id: str
    uri: str
    name: str
    tool_id: str
    marker: str
    dir: Path
    home: str
    staged_at: str = ""
    manifest_etag: str | None = None
    last_saved: str | None = None

    def to_json(self) -> dict[str, object]:
        """As kept in the journal and in the marker file of the project's folder."""
        return {**asdict(self), "dir": str(self.dir)}
