"""The manifest in S3: what the last complete save of a project holds. It lets any other computer go on from there.

Written last, below `.pose-launcher/state/`; pydantic checks it at the door, since a bucket can hold anything.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from launcher import errors

SCHEMA = 1
#: Fifty thousand files fit in this; what is larger is not one of ours.
LARGEST = 64 * 1024 * 1024

Path = Annotated[str, Field(min_length=1, max_length=1024)]
Checksum = Annotated[str, Field(max_length=64)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)  # a newer launcher may write more


class Content(_Entry):
    """Some bytes: their number, CRC64NVME (base64, as S3 writes it) and SHA-256 (hex)."""

    size: Annotated[int, Field(ge=0)]
    crc64nvme: Checksum
    sha256: Checksum = ""


class SavedFile(_Entry):
    """A file as it was on disk, and the object that holds it. They differ where path fields were made neutral."""

    local: Content
    saved: Content
    key: Path
    etag: str
    version: str | None = None


class Reference(_Entry):
    """A video that stays where it came from."""

    uri: Annotated[str, Field(pattern=r"^s3://", max_length=1100)]
    etag: str
    version: str | None = None
    size: Annotated[int, Field(ge=0)]
    crc64nvme: Checksum = ""


class Manifest(_Entry):
    """One saved state of one project."""

    schema_version: Annotated[int, Field(alias="schema")] = SCHEMA
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    name: str
    tool: str
    marker: Path
    source: str
    saved_at: str
    session: str
    who: str = ""
    #: Did a person ask for this state, and not the saver?
    asked_for: bool = False
    #: Of the files, for whoever reads the beginning alone; states have them.
    file_count: int | None = None
    byte_count: int | None = None
    files: dict[Path, SavedFile]
    references: dict[Path, Reference] = {}

    def to_bytes(self) -> bytes:
        """As it is stored: the same state gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=1).encode()


def parse_manifest(data: bytes, where: object) -> Manifest:
    """Read one; raises `Damaged`, or `BadUsage` for one that a newer launcher wrote."""
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as exc:
        if _is_newer(data):
            raise _newer(where) from exc
        raise errors.Damaged(where, title="The list of what was saved cannot be read", detail=str(exc)[:500]) from exc
    if manifest.schema_version > SCHEMA:
        raise _newer(where)
    return manifest


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
