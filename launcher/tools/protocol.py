"""What a pose tool has to tell about itself, and the values that go in and out.

A tool module is pure: it is given listings, bytes and paths, opens no network and starts nothing. `candidates` and
`members` see names only; `recognise`, `card`, `rewrite_paths` and `is_sound` read other people's files and run in the
parser process, which has neither network nor secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from launcher.tools.running import (
    CodeCarrier,
    Command,
    EnvironmentSpec,
    Network,
    Problem,
    Task,
    ToolHome,
    TrainingProgress,
    WindowSays,
)
from launcher.tools.trained_models import TrainedModel

if TYPE_CHECKING:  # poses bring numpy, which the window must not wait for, and a save needs neither
    from launcher.tools.frames import ProjectFrames, Wanted
    from launcher.tools.poses import Kind, Poses

#: Recognising a project may read this much of it, its card this much more (contract, `projects`).
RECOGNISE_BYTES, CARD_BYTES = 64 * 1024, 1024 * 1024
#: Bytes are asked for in pieces of this size: most project files are smaller, and few need a second one.
BLOCK = 64 * 1024
#: Finding the frames of a poster may read this much of its labels; the pictures themselves come on top.
FRAMES_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a listing; `path` is relative to the listing's root, with `/`."""

    path: str
    size: int
    modified: str = ""
    etag: str = ""


class Listing(Mapping[str, Listed]):
    """All files below one root, by relative path. No order is assumed: servers differ."""

    def __init__(self, files: Iterable[Listed]) -> None:
        self._files = {file.path: file for file in files}
        self._folders: dict[str, list[str]] = {}
        for path in self._files:
            self._folders.setdefault(path.rpartition("/")[0], []).append(path)

    def __getitem__(self, path: str) -> Listed:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def beside(self, path: str) -> Sequence[str]:
        """Every file in the folder of `path`, itself included."""
        return self._folders.get(path.rpartition("/")[0], [])

    def folders(self) -> Iterable[str]:
        """Every folder that holds a file directly; the root is the empty text."""
        return self._folders

    def below(self, folder: str) -> Listing:
        """The part under `folder`, with paths relative to it."""
        if not folder:
            return self
        start = folder.rstrip("/") + "/"
        inside = [paths for name, paths in self._folders.items() if f"{name}/".startswith(start)]
        files = (self._files[path] for paths in inside for path in paths)
        return Listing(Listed(file.path[len(start) :], file.size, file.modified, file.etag) for file in files)


class BudgetSpent(Exception):
    """No more bytes may be read of this project: leave the rest of the card open."""


class ReadRange(Protocol):
    """Bytes `start … start+length` of a file in the listing; shorter only at the end of the file.

    Raises `BudgetSpent` when the project's budget is used up. Other exceptions are the caller's and pass through.
    """

    def __call__(self, path: str, start: int, length: int) -> bytes:
        """The bytes. Paths go by the listing at hand: in `card` that is the candidate's folder."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be a project, judged by names alone.

    `folder` is the root that its files lie under, `marker` the file that reveals it, both relative to the listing.
    """

    tool_id: str
    folder: str
    marker: str
    name: str


class Severity(StrEnum):
    """How much a health finding matters to the person."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Health:
    """One finding about a project: a code for programs, a sentence and a next step for people."""

    code: str
    severity: Severity
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class VideoReference:
    """A video as the project names it, and the file of the project's folder that it was found to be, if any."""

    named: str
    member: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """What a person sees of a project before opening it. A count that could not be read within bounds is None."""

    tool_version: str | None = None
    multi_animal: bool = False
    body_parts: Sequence[str] = ()
    skeleton: Sequence[tuple[str, str]] = ()
    labelled_frames: int | None = None
    predicted_frames: int | None = None
    videos: Sequence[VideoReference] = ()
    models: Sequence[str] = ()
    health: Sequence[Health] = ()


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path field of a file, before and after."""

    field: str
    old: str
    new: str


class PathMap(Protocol):
    """Says what a path inside a project file should read here; None leaves the field as it is."""

    def __call__(self, old: str) -> str | None:
        """What `old` should read, or None."""

    @property
    def root(self) -> str:
        """What the project's own folder should read."""

    def videos(self) -> Sequence[str]:
        """What every video of the project should read, for fields that name none of them (placeholders)."""


class Part(StrEnum):
    """What a file is to its project; staging and saving go by it, in this order."""

    CONFIG = "config"
    LABELS = "labels"
    FRAMES = "frames"
    TRAINING = "training"
    MODELS = "models"
    RESULTS = "results"
    OTHER = "other"
    VIDEOS = "videos"


@dataclass(frozen=True, slots=True)
class SavingOrder:
    """What matters most when a session ends, and what never goes to S3; patterns as in `fnmatch`, on relative paths."""

    first: Sequence[str]
    never: Sequence[str] = field(default_factory=tuple)
    #: Names of networks that a running training writes again and again; files of one folder and pattern are a series.
    rewritten: Sequence[str] = field(default_factory=tuple)


class PoseTool(Protocol):
    """All that is particular to one pose program."""

    @property
    def tool_id(self) -> str:
        """The name that programs use."""

    @property
    def title(self) -> str:
        """The name that people use."""

    @property
    def markers(self) -> Sequence[str]:
        """File names, as in `fnmatch`, that may reveal such a project."""

    @property
    def is_one_file(self) -> bool:
        """Whether a project is addressed by its marker file (SLEAP), or by the folder around it (DeepLabCut)."""

    def part_of(self, path: str) -> Part:
        """What a file of the project's folder is, by its relative path."""

    def candidates(self, listing: Listing) -> Iterable[Candidate]:
        """Places in the listing that may be projects of this tool, by names alone."""

    def reads_for_card(self, listing: Listing) -> Sequence[str]:
        """Files of the candidate's folder whose start the card will read, so that they are fetched at the same time."""

    def recognise(self, candidate: Candidate, size: int, read: ReadRange) -> bool:
        """Is it one? Reads at most `RECOGNISE_BYTES`; raises `Damaged` for one of ours that cannot be read."""

    def card(self, candidate: Candidate, listing: Listing, read: ReadRange) -> Card:
        """What the project holds; `listing` is the candidate's folder. Reads at most `CARD_BYTES` more."""

    def frames(self, candidate: Candidate, listing: Listing, read: ReadRange, wanted: Wanted) -> ProjectFrames:
        """Labelled frames to show, on pictures that are there; one plain frame where nothing is labelled.

        Reads at most `FRAMES_BYTES`; raises `NotFound` where there is nothing to see.
        """

    def members(self, candidate: Candidate, listing: Listing, card: Card) -> Sequence[str]:
        """The files of the candidate's folder that belong to the project, its videos last."""

    def has_paths(self, path: str) -> bool:
        """May this file hold paths of a machine? Decided by its name."""

    def rewrite_paths(self, file: Path, paths: PathMap) -> Sequence[PathChange]:
        """Change the path fields of a working copy in place and nothing else of it; then read it again."""

    def is_sound(self, file: Path) -> None:
        """Raise `Damaged` if this file must not replace a good copy."""

    def saving_order(self) -> SavingOrder:
        """What goes first when time is short, and what never goes."""

    # Comparing

    def holds_poses(self, path: str) -> bool:
        """May this file hold labels or predictions as this tool writes them? Decided by its name."""

    def poses(self, file: Path, kind: Kind) -> Poses:
        """All points of that kind in the file. Called in the parser process."""

    def trained_models(self, listing: Listing) -> Sequence[TrainedModel]:
        """The models of a project that can be judged, by the names of its files."""

    def label_files(self, listing: Listing, marker: str) -> Sequence[str]:
        """The files of a project that hold what a person labelled."""

    # Running it

    @property
    def environment(self) -> EnvironmentSpec:
        """What its own environment is made from."""

    def command(self, task: Task, home: ToolHome, project: Path) -> Command:
        """How to start it on a project: `project` is the marker file, absolute."""

    def task_command(self, home: ToolHome) -> Command | None:
        """How to train and predict without its window: the description in JSON is added. None if it cannot."""

    @property
    def networks(self) -> Sequence[Network]:
        """What it can be asked to train without its window, its own default first."""

    def training_progress(self, log: str, epochs: int) -> TrainingProgress | None:
        """How far a training of `epochs` is, from what it printed; None before its first epoch."""

    @property
    def asks_at_every_close(self) -> bool:
        """Does it ask about every click on its window's cross, saved or not? Then a stop goes by signal at once."""

    def window_says(self, title: str, project: Path) -> WindowSays:
        """What a window of the started tool means, by its title; splash screens and dialogs are not ready."""

    def explain(self, log: str, exit_code: int | None) -> Problem | None:
        """What the end of a log means, in words; None if it is not known. A negative code is a signal's."""

    def at_risk(self, path: str) -> bool:
        """May opening the project change or lose this file? Then it is kept aside before the tool starts."""

    def may_carry_code(self, path: str) -> bool:
        """May this file run code when the tool opens it? Decided by its name; `code_carried` looks inside."""

    def code_carried(self, file: Path, path: str) -> Sequence[CodeCarrier]:
        """How this file of the project can run code here. Called in the parser process; `path` is relative."""
