"""The site catalogue: what the admin offers, as typed values, and where each of them was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from launcher.config import rules
from launcher.config.plain import plain
from launcher.config.toml_document import parsed, text_of
from launcher.config.toml_lines import KeyPath, line_of
from launcher.config.wrong_entry import Problem, refused, shown_value, wrong_entries

Words = Annotated[str, Field(max_length=200), AfterValidator(rules.one_line)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(rules.one_line)]
WebAddress = Annotated[str, Field(max_length=1000), AfterValidator(rules.web_address)]
LocalPath = Annotated[str, Field(max_length=1000), AfterValidator(rules.local_path)]
MountPoint = Annotated[str, Field(max_length=1000), AfterValidator(rules.mount_point)]
PrefixUri = Annotated[str, AfterValidator(rules.prefix_uri)]
Pattern = Annotated[str, Field(max_length=255), AfterValidator(rules.pattern)]

_ADDRESS = "https://…, or http:// on this computer only (127.0.0.1, ::1, localhost), without password or query"
_PREFIX = 's3://bucket/prefix/, the bucket in lower case, no empty, "." or ".." part'


class Entry(BaseModel):
    """A table of the catalogue: nothing in it changes, nothing unknown is overlooked.

    The description of a field says what is allowed; it is what the admin reads about a wrong entry.
    """

    #: Python's own patterns: pydantic's take 12 MB for the counted repetitions below.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, regex_engine="python-re", defer_build=True)


class S3Settings(Entry):
    """Where the storage is, and which profile opens it."""

    endpoint_url: WebAddress = Field(default="", description=_ADDRESS)
    region: str = Field(default="", pattern=r"^[a-z0-9-]{0,32}\Z", description='a region such as "us-west-2"')
    profile: str = Field(default="", pattern=r"^[\w.@+-]{0,128}\Z", description="the name of a profile, without spaces")
    ca_bundle: LocalPath = Field(default="", description="the full path of a file of certificates")
    strict: bool = Field(default=True, description="true or false")
    #: Beside the contract: how long one request is tried before the server counts as unreachable.
    patience_seconds: int = Field(default=55, ge=2, le=600, description="a whole number of seconds from 2 to 600")
    #: Beside the contract: an AWS-style shared credentials file of this site's own, to read the profile from.
    credentials_file: LocalPath = Field(default="", description="the full path of an AWS-style credentials file")
    #: Filled in from `[broker] url`, so that whoever opens the storage knows who hands out its credentials.
    broker_url: WebAddress = Field(default="", description="nothing; [broker] url says it")


class CatalogueSettings(Entry):
    """Where more buckets are listed."""

    uri: Annotated[str, AfterValidator(rules.object_uri)] = Field(
        default="", description="s3://bucket/key of one object"
    )


class HomeSettings(Entry):
    """Where each person's results are kept."""

    uri: Annotated[str, AfterValidator(rules.home_uri)] = Field(
        description="s3://bucket/prefix/ in which {access_mode}, {user_hash} and {user} may stand for the person"
    )


class BrokerSettings(Entry):
    """Who hands out per-person credentials and knows the real end of a session."""

    url: WebAddress = Field(default="", description=_ADDRESS)


class Bucket(Entry):
    """A place with data that everyone of the site sees."""

    name: Name = Field(description="a name for people, at most 200 characters")
    uri: PrefixUri = Field(description=_PREFIX)
    access: Literal["read-only", "writable"] = Field(default="read-only", description='"read-only" or "writable"')
    mount: MountPoint = Field(
        default="", description='the full path that the bucket is mounted at, below the root, no ".." part'
    )


class SessionSettings(Entry):
    """What the fleet was made with; 0 means not known, or no such limit."""

    max_minutes: int = Field(
        default=0, ge=0, le=7200, description="a whole number of minutes from 0 (not known) to 7200"
    )
    disconnect_minutes: int = Field(
        default=0, ge=0, le=600, description="a whole number of minutes from 0 (not known) to 600"
    )
    idle_minutes: int = Field(default=0, ge=0, le=600, description="a whole number of minutes from 0 (no limit) to 600")
    #: Beside the contract: in the application view nobody has a terminal unless the launcher opens one.
    terminal: bool = Field(default=False, description="true or false: whether people may open a terminal")


class ScratchSettings(Entry):
    """Where projects lie on this computer while they are open."""

    dir: LocalPath = Field(default="", description="the full path of a folder, or empty for the largest local disk")


class SaveSettings(Entry):
    """What saving leaves out, and how long and how much it keeps."""

    exclude: Annotated[tuple[Pattern, ...], Strict(False), Field(max_length=500)] = Field(
        default=(), description='a list of at most 500 file patterns such as ["*.tmp"]'
    )
    keep_days: int = Field(default=30, ge=1, le=3650, description="a whole number of days from 1 to 3650")
    quota_gb: int = Field(default=0, ge=0, le=1_000_000, description="a whole number of GB from 0 (none) to 1000000")


class FleetSettings(Entry):
    """What the admin's commands make: the launcher reads nothing from here."""

    name: str = Field(default="", pattern=rules.FLEET_NAME, description="letters, digits and _.- , at most 100")
    stack: str = Field(default="", pattern=rules.FLEET_NAME, description="letters, digits and _.- , at most 100")
    image: str = Field(default="", pattern=rules.FLEET_NAME, description="letters, digits and _.- , at most 100")
    instance_type: str = Field(
        default="", pattern=r"^(stream\.[a-z0-9.-]{1,60})?\Z", description='such as "stream.graphics.g5.xlarge"'
    )
    account: str = Field(
        default="", pattern=r"^([0-9]{12})?\Z", description="the twelve digits of the account, in quotes"
    )
    vpc: str = Field(default="", pattern=r"^(vpc-[0-9a-f]{8,17})?\Z", description='such as "vpc-0a1b2c3d4e5f67890"')
    subnets: Annotated[tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}\Z")], ...], Strict(False)] = Field(
        default=(), max_length=6, description='a list such as ["subnet-0a1b2c3d4e5f67890"]'
    )
    security_groups: Annotated[tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}\Z")], ...], Strict(False)] = (
        Field(default=(), max_length=5, description='a list of at most 5 such as ["sg-0a1b2c3d4e5f67890"]')
    )
    view: Literal["app", "desktop"] = Field(default="app", description='"app" or "desktop"')
    broker: bool = Field(default=False, description="true or false: whether `pose-admin deploy` makes a broker")
    minimum: int = Field(default=0, ge=0, le=1000, description="a whole number of instances from 0 to 1000")
    maximum: int = Field(default=1, ge=1, le=1000, description="a whole number of instances from 1 to 1000")
    alarm_email: str = Field(
        default="", pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190})?\Z", description="an e-mail address"
    )


class Offer(Entry):
    """The part of a catalogue that may also lie in S3."""

    #: `schema` is taken by pydantic; in the file it is the contract's word.
    schema_version: int = Field(
        default=1, ge=1, le=1, alias="schema", description="1; a newer catalogue needs a newer launcher"
    )
    bucket: Annotated[tuple[Bucket, ...], Strict(False), Field(max_length=2000)] = Field(
        default=(), description="one table [[bucket]], in double brackets, for each of at most 2000 buckets"
    )


class Site(Offer):
    """The whole catalogue."""

    title: Words = Field(default="", description="one line of text, at most 200 characters")
    s3: S3Settings = Field(default_factory=S3Settings, description="a table [s3]")
    catalogue: CatalogueSettings = Field(default_factory=CatalogueSettings, description="a table [catalogue]")
    home: HomeSettings = Field(description="it says with uri where results are kept")
    broker: BrokerSettings = Field(default_factory=BrokerSettings, description="a table [broker]")
    session: SessionSettings = Field(default_factory=SessionSettings, description="a table [session]")
    scratch: ScratchSettings = Field(default_factory=ScratchSettings, description="a table [scratch]")
    save: SaveSettings = Field(default_factory=SaveSettings, description="a table [save]")
    fleet: FleetSettings = Field(default_factory=FleetSettings, description="a table [fleet]")


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A catalogue, the file it came from, and the line of every entry in it."""

    site: Site
    path: Path
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    text: str = ""

    def source(self, path: KeyPath) -> str:
        """Where one value came from: its line, or that nobody set it."""
        return f"{self.path.name} line {self.lines[path]}" if path in self.lines else "default"


@dataclass(frozen=True, slots=True)
class RemoteCatalogue:
    """The buckets of a catalogue in S3, and what was left out of it, in words."""

    buckets: tuple[Bucket, ...]
    notices: tuple[str, ...] = ()


Model = TypeVar("Model", bound=Offer)


def load_site(path: Path) -> LoadedSite:
    """Read the admin's catalogue; what is wrong in it is refused with its line."""
    text = text_of(path)
    document, lines = parsed(text, str(path))
    site = _validated(Site, document, lines, str(path))
    s3 = site.s3.model_copy(update={"broker_url": site.broker.url})
    return LoadedSite(site.model_copy(update={"s3": s3}), path, lines, text)


def parse_catalogue(text: str, source: str = "the catalogue in S3") -> RemoteCatalogue:
    """The [[bucket]] entries of a catalogue in S3. Nothing else is taken from there, since others may write it."""
    document, lines = parsed(text, source)
    taken = {key: value for key, value in document.items() if key in ("schema", "bucket")}
    ignored = sorted((line_of(lines, (key,)) or 0, key) for key in document.keys() - taken.keys())
    notices = [
        f'{source} line {line}: "{plain(key)}" is ignored; only [[bucket]] is taken from there' for line, key in ignored
    ]
    return RemoteCatalogue(_validated(Offer, taken, lines, source).bucket, tuple(notices))


def with_remote(site: Site, remote: RemoteCatalogue) -> Site:
    """The site with the remote buckets added; where both name one place, the admin's own file wins."""
    known = {bucket.uri for bucket in site.bucket}
    return site.model_copy(update={"bucket": (*site.bucket, *(one for one in remote.buckets if one.uri not in known))})


def _validated(model: type[Model], document: dict[str, Any], lines: Mapping[KeyPath, int], source: str) -> Model:
    try:
        offer = model.model_validate(document)
    except ValidationError as exc:
        raise refused(source, wrong_entries(exc, model, lines)) from exc
    if twice := list(_said_twice(offer.bucket, lines)):
        raise refused(source, twice)
    return offer


def _said_twice(buckets: Sequence[Bucket], lines: Mapping[KeyPath, int]) -> Iterator[Problem]:
    """Two entries of one name or one place would leave open which of them counts."""
    seen: set[tuple[str, str]] = set()
    for index, bucket in enumerate(buckets):
        for key, value in (("name", bucket.name), ("uri", bucket.uri)):
            if (key, value) in seen:
                line = line_of(lines, ("bucket", index, key)) or 0
                yield Problem(
                    line, f"[[bucket]] {key} {shown_value(value)} is there twice; allowed is one entry for each"
                )
            seen.add((key, value))
