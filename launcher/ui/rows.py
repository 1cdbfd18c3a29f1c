"""What the window shows, as values: the desk's JSON is read here once, and remote text is made plain on the way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from launcher.config.plain import plain

_S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Place:
    """Where data lives, and what survives there."""

    name: str
    kind: str
    durability: str
    uri: str | None
    path: str | None
    writable: bool
    reachable: bool
    message: str

    @property
    def root(self) -> str:
        """What browsing starts from: its address in S3, or its folder on this computer."""
        return self.uri or (local_address(self.path) if self.path else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about a project's health."""

    code: str
    severity: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video of a project, or of a listing; `address` is its URI when it is there, else the path that was named."""

    name: str
    address: str
    present: bool
    bytes: int | None = None
    project: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """One card. `json` is what the desk said, for the verbs that want it again."""

    uri: str
    id: str
    name: str
    tool_id: str
    tool_version: str | None = None
    multi_animal: bool = False
    body_parts: Sequence[str] = ()
    has_skeleton: bool = False
    labelled_frames: int | None = None
    predicted_frames: int | None = None
    videos: Sequence[Video] = ()
    models: Sequence[str] = ()
    bytes: int = 0
    modified: str = ""
    health: Sequence[Finding] = ()
    json: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def can_open(self) -> bool:
        """Nothing is known that would keep it from opening."""
        return all(finding.severity != "error" for finding in self.health)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a project on this computer: how it stands to the home bucket, why, and what to do about it."""

    path: str
    state: str
    cause: str = ""
    next: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class SavedState:
    """How much of one project on this computer is in the home bucket."""

    uri: str
    dir: str
    all_saved: bool
    unsaved_files: int
    unsaved_bytes: int
    last_saved: str | None
    items: Sequence[KeptFile] = ()
    #: Why nothing is known to be saved; empty when all is as it should be.
    problem: str = ""
    #: What there is to ask about it: `vanished`, `emptied`, `held`, or `trouble` that passes or is told in its words.
    kind: str = ""
    #: Whoever holds it: person, computer, since when.
    holder: tuple[str, str, str] | None = None
    home: str = ""

    @property
    def in_two_versions(self) -> int:
        """Files that another session changed too, kept twice until somebody decides."""
        return sum(file.state == "saved as a conflict copy" for file in self.items)


@dataclass(frozen=True, slots=True)
class Run:
    """A pose tool that was started here and has not ended."""

    id: str
    tool_id: str
    project: str
    state: str
    dir: str
    message: str = ""
    #: `train`, `infer` or `evaluate`; empty for an open window.
    task: str = ""


@dataclass(frozen=True, slots=True)
class Recent:
    """A project that was opened lately, here or in an earlier session."""

    uri: str
    name: str
    tool_id: str
    opened: str
    saved: bool


@dataclass(frozen=True, slots=True)
class ToolTarget:
    """A tool that a dragged project can be let go on."""

    tool_id: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A known end of the session."""

    name: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the files tree: a folder (`size` is None) or an object."""

    name: str
    uri: str
    size: int | None = None
    modified: str = ""
    storage_class: str = ""

    @property
    def is_folder(self) -> bool:
        """Can it be opened further?"""
        return self.size is None


def place_of(data: Mapping[str, Any]) -> Place:
    """One element of `places`."""
    return Place(
        name=plain(data["name"]),
        kind=data["kind"],
        durability=plain(data["durability"]),
        uri=data["uri"],
        path=data["path"],
        writable=data["access"] == "writable",
        reachable=bool(data["reachable"]),
        message=plain(data["message"] or ""),
    )


def project_of(data: Mapping[str, Any]) -> Project:
    """One element of `projects`."""
    name = plain(data["name"])
    return Project(
        uri=data["uri"],
        id=data["id"],
        name=name,
        tool_id=plain(data["tool"]),
        tool_version=plain(data["tool_version"]) if data.get("tool_version") else None,
        multi_animal=bool(data.get("multi_animal")),
        body_parts=tuple(plain(part) for part in data.get("body_parts", ())),
        has_skeleton=bool(data.get("skeleton")),
        labelled_frames=data.get("labelled_frames"),
        predicted_frames=data.get("predicted_frames"),
        videos=tuple(_video(video, name) for video in data.get("videos", ())),
        models=tuple(plain(model) for model in data.get("models", ())),
        bytes=int(data.get("bytes") or 0),
        modified=data.get("modified") or "",
        health=tuple(_finding(finding) for finding in data.get("health", ())),
        json=data,
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(data["code"], data["severity"], plain(data["message"]), plain(data.get("hint") or ""))


def _video(data: Mapping[str, Any], project: str) -> Video:
    address = data.get("uri") or data.get("path") or ""
    return Video(plain(last_part(address)), address, bool(data["present"]), project=project)


def saved_state_of(data: Mapping[str, Any]) -> SavedState:
    """One element of `status`."""
    return SavedState(
        uri=data["uri"],
        dir=data["dir"],
        all_saved=bool(data["all_saved"]),
        unsaved_files=data["unsaved_files"],
        unsaved_bytes=data["unsaved_bytes"],
        last_saved=data["last_saved"],
        problem=_problem(data.get("problem")),
        kind=(data.get("problem") or {}).get("kind", ""),
        holder=_holder((data.get("problem") or {}).get("holder")),
        home=data["home"],
        items=tuple(_kept_file(item) for item in data["items"]),
    )


def by_key(states: Iterable[SavedState]) -> dict[str, SavedState]:
    """By the address that a project came from, and by its id: its saved place has a card as well."""
    known = list(states)
    return {last_part(state.home): state for state in known if state.home} | {state.uri: state for state in known}


def saved_of(project: Project, states: Mapping[str, SavedState]) -> SavedState | None:
    """How a project stands, under whichever of its addresses it is shown."""
    return states.get(project.uri) or states.get(project.id)


def _kept_file(data: Mapping[str, Any]) -> KeptFile:
    # Most files are saved and have no cause: thousands of them are read at every look.
    cause, after = data["cause"], data.get("next", "")
    said = (plain(cause), plain(after)) if cause or after else ("", "")
    return KeptFile(plain(data["path"]), data["state"], *said, data.get("bytes", 0))


def _problem(data: Mapping[str, Any] | None) -> str:
    return plain(f"{data['what']}. {data['next']}") if data else ""


def _holder(data: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    return (plain(data["who"]), plain(data["where"]), plain(data["since"])) if data else None


def run_of(data: Mapping[str, Any]) -> Run:
    """One element of `runs`."""
    said = plain(data.get("message") or "")
    task = data.get("task") or ""
    return Run(data["run"], data["tool"], plain(data["project"]), data["state"], data["dir"], said, task)


def recent_of(data: Mapping[str, Any]) -> Recent:
    """One element of `recents`."""
    return Recent(data["uri"], plain(data["name"]), plain(data["tool"]), data["opened"], bool(data["saved"]))


def limits_of(session: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The known ends in a `session`."""
    return tuple(Limit(plain(limit["name"]), int(limit["seconds_left"])) for limit in session["limits"])


def entries_of(page: Mapping[str, Any], base: str) -> list[Entry]:
    """The rows of one page of a listing; `base` is the address of the listed level."""
    bucket, _, above = base.removeprefix(_S3).partition("/")
    start = f"{_S3}{bucket}/" if is_in_s3(base) else ""
    folders = [Entry(plain(last_part(prefix)), start + prefix) for prefix in page["prefixes"] if prefix != above]
    objects = [_object(start, row) for row in page["objects"] if not row[0].endswith("/")]
    return folders + objects


def _object(start: str, row: Sequence[Any]) -> Entry:
    key, size, modified, _, storage_class = row
    return Entry(plain(last_part(key)), start + key, int(size), modified or "", storage_class or "")


def is_in_s3(address: str) -> bool:
    """An address in S3, or a path of this computer?"""
    return address.startswith(_S3)


def local_address(folder: str) -> str:
    """A folder of this computer as browsing names it: with `/` on every system, and at its end."""
    return PurePath(folder).as_posix().rstrip("/") + "/"


def last_part(address: str) -> str:
    """The name at the end of a key, a path of either system, or a prefix."""
    return address.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
