"""The manifest in S3: what the last complete save of a project holds. It lets any other computer go on from there.

Written last, below `.pose-launcher/state/`; pydantic checks it at the door, since a bucket can hold anything. Each file
has a line of its own in it (`manifest_text.py`), and nothing is said twice: a list of thousands goes up at every save.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from launcher import errors
from launcher.journal.manifest_text import Bytes, Entry, reference, sections, write_text
from launcher.journal.records import Saved
from launcher.storage.json_text import LARGEST_NUMBER
from launcher.storage.long_text import LongText
from launcher.storage.names import leading_out
from launcher.storage.uri import S3Uri

#: In the first form every file said its key, and its content twice; it is still read.
SCHEMA = 2
#: Two million files fit in this; none of ours is larger.
LARGEST = 512 * 1024 * 1024
#: One in another form than ours is looked at as a whole, which can take thirty times its size.
LARGEST_AS_A_WHOLE = 128 * 1024 * 1024

#: It goes into the head of a request as it is; so S3 writes them.
_PLAIN = r"^[ -~]*$"
Etag = Annotated[str, Field(min_length=1, max_length=1024, pattern=_PLAIN)]
Path = Annotated[str, Field(min_length=1, max_length=1024)]
Checksum = Annotated[str, Field(max_length=64)]


def _of_the_folder(path: str) -> str:
    """As it is, if it is one of a file below the project's folder; else `ValueError`."""
    if leading_out([path]) is not None:
        raise ValueError(path)
    return path


def _of_a_bucket(uri: str) -> str:
    """As it is, if it is the address of something in a bucket; else `ValueError`."""
    try:
        S3Uri.parse(uri)
    except errors.BadUsage as exc:
        raise ValueError(uri) from exc
    return uri


#: UTC, as S3 writes it. Later states are put after it, so it leaves room for them.
_MOMENT = re.compile(r"[2-8]\d{3}-\d\d-\d\dT[0-9:.]{5,15}Z", re.ASCII)


def moment(text: str) -> str:
    """As it is, if a state can be of it: there is such a day and minute; else `ValueError`."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    datetime.fromisoformat(text)
    return text


Moment = Annotated[str, AfterValidator(moment)]
Size = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)  # a newer launcher may write more


class Content(_Entry):
    """Some bytes: their number, CRC64NVME (base64, as S3 writes it) and SHA-256 (hex)."""

    size: Size
    crc64nvme: Checksum
    sha256: Checksum = ""

    @property
    def plain(self) -> Bytes:
        """As it is written."""
        return Bytes(self.size, self.crc64nvme, self.sha256)


_NOT_TOLD = Content(size=0, crc64nvme="")


class SavedFile(_Entry):
    """A file as it was on disk, and the object that holds it. They differ where path fields were made neutral.

    A manifest's text leaves out `local` where it is `saved`, and `key` where it is the project's prefix and the path.
    """

    saved: Content
    local: Content = _NOT_TOLD
    key: Annotated[str, Field(max_length=1024)] = ""
    etag: Etag
    version: str | None = None

    @property
    def as_saved(self) -> Saved:
        """What it says is in S3, as the journal remembers such a thing."""
        one = self.saved
        return Saved(self.key, self.etag, self.version, one.size, one.crc64nvme, one.sha256, self.local.crc64nvme)


class Reference(_Entry):
    """A video that stays where it came from."""

    uri: Annotated[str, Field(max_length=1100), AfterValidator(_of_a_bucket)]
    etag: Annotated[str, Field(max_length=1024, pattern=_PLAIN)]
    version: str | None = None
    size: Size
    crc64nvme: Checksum = ""


class Manifest(_Entry):
    """One saved state of one project."""

    schema_version: Annotated[int, Field(alias="schema")] = SCHEMA
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    name: str
    tool: str
    marker: Annotated[Path, AfterValidator(_of_the_folder)]
    source: str
    saved_at: Moment
    session: str
    who: str = ""
    #: Did a person ask for this state, and not the saver?
    asked_for: bool = False
    #: What the keys of its files begin with.
    prefix: Annotated[str, Field(max_length=1024)] = ""
    files: dict[Path, SavedFile]
    references: dict[Path, Reference] = {}

    @field_validator("files")
    @classmethod
    def _filled_in(cls, files: dict[Path, SavedFile], info: ValidationInfo) -> dict[Path, SavedFile]:
        """What the text leaves out."""
        return _fill_in(files, info.data.get("prefix", ""))

    def to_bytes(self) -> bytes:
        """As it is stored: the same state gives the same bytes."""
        head = self.model_dump(by_alias=True, exclude={"files", "references"})
        files = (
            Entry(path, file.local.plain, file.saved.plain, file.key, file.etag, file.version)
            for path, file in sorted(self.files.items())
        )
        references = [(path, reference(**dict(one))) for path, one in sorted(self.references.items())]
        with LongText() as text:
            write_text(text, {**head, "schema": SCHEMA}, files, references)
            return text.whole()


def _fill_in(files: dict[str, SavedFile], prefix: str) -> dict[str, SavedFile]:
    """In place, since copies of thousands of files would cost more than reading them.

    Raises `ValueError` for a path that leads out of the project's folder: what is brought back is written there.
    """
    if (path := leading_out(files)) is not None:
        raise ValueError(f"{path!r} is no file of a project")
    for path, file in files.items():
        file.__dict__["local"] = file.saved if file.local is _NOT_TOLD else file.local
        file.__dict__["key"] = file.key or prefix + path
    return files


def parse_manifest(data: bytes, where: object) -> Manifest:
    """Read one; raises `Damaged`, or `BadUsage` for one that a newer launcher wrote."""
    try:
        manifest = _parsed(data, where)
    except ValueError as exc:  # pydantic's own is one
        if _is_newer(data):
            raise _newer(where) from exc
        raise errors.Damaged(where, title="The list of what was saved cannot be read", detail=str(exc)[:500]) from exc
    if manifest.schema_version > SCHEMA:
        raise _newer(where)
    return manifest


_files = TypeAdapter(dict[Path, SavedFile])
_references = TypeAdapter(dict[Path, Reference])


def _parsed(data: bytes, where: object) -> Manifest:
    """Some lines at a time, so that whatever somebody put there, little of it is in memory beside what it says."""
    parts = sections(data)
    if parts is None:
        if len(data) > LARGEST_AS_A_WHOLE:
            raise errors.Damaged(where, title="The list of what was saved is larger than it can be")
        return Manifest.model_validate_json(data)
    front, files, references = parts
    head = Manifest.model_validate_json(front)
    named: dict[str, SavedFile] = {}
    for some in files:
        named |= _files.validate_json(some)
    referred: dict[str, Reference] = {}
    for some in references:
        referred |= _references.validate_json(some)
    return head.model_copy(update={"files": _fill_in(named, head.prefix), "references": referred})


class _Version(_Entry):
    schema_version: Annotated[int, Field(alias="schema")]


def _is_newer(data: bytes) -> bool:
    """A newer manifest may have another shape; its number says so all the same."""
    try:
        return _Version.model_validate_json(data).schema_version > SCHEMA
    except ValidationError:
        return False


def _newer(where: object) -> errors.BadUsage:
    return errors.BadUsage(
        where, title="This was saved by a newer Pose Launcher", hint="Use that one; nothing was changed."
    )
