"""What is to be compared: a TOML file that names labels, frames and models; wrong entries are told by their line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError

from launcher.compare.spec_contradictions import contradictions
from launcher.compare.spec_fields import FILE, POSES, Files, LocalFile, Words
from launcher.compare.training_spec import Training
from launcher.config.site import Entry, Name
from launcher.config.toml_document import parsed, text_of
from launcher.config.toml_lines import KeyPath, line_of
from launcher.config.wrong_entry import Problem, refused, wrong_entries
from launcher.errors import NotFound

WHAT = "comparison"


class Labels(Entry):
    """What a person labelled."""

    file: LocalFile = Field(description=f"{POSES}: {FILE}")
    parts: Annotated[tuple[Name, ...], Strict(False)] = Field(
        default=(), description="a list of body parts; left out: all of them"
    )


class Frames(Entry):
    """Which labelled frames judge: given one by one, by a split that was written before, or drawn."""

    name: Words = Field(default="", description="what these frames are called, one line")
    test: Annotated[tuple[int, ...], Strict(False)] = Field(
        default=(), description="a list of whole numbers: labelled frames in the order of their names, from 0"
    )
    split: LocalFile | None = Field(default=None, description=f"a split that was written before: {FILE}")
    fold: int = Field(default=0, ge=0, le=99, description="which fold of that split, from 0")
    folds: int = Field(
        default=0, ge=0, le=100, description="how many folds, a whole number from 2, each judged by models of its own"
    )
    seed: int | None = Field(default=None, ge=0, description="a whole number, to draw the frames with")
    share: float = Field(default=0.8, gt=0, lt=1, description="the part that is for training, between 0 and 1")


class Clip(Entry):
    """A video that every model went through, without labels."""

    frames: int = Field(ge=1, le=10_000_000, description="how many frames the clip has, a whole number")
    video: LocalFile | None = Field(default=None, description=f"the video itself, to be shown: {FILE}")
    start: float | None = Field(default=None, ge=0, description="where the shown part begins, in seconds")
    seconds: float = Field(default=8.0, gt=0, le=120, description="how long the shown part is, up to 120 seconds")


class Reported(Entry):
    """What a tool or a paper said of a model."""

    value: float = Field(description="the number as it was reported, in pixels")
    called: Words = Field(default="", description="what its tool calls it, one line")
    measure: Literal["mean", "rmse", "median"] = Field(
        default="mean", description='what it is by our formulas: "mean", "rmse" or "median"'
    )
    frames: Words = Field(default="", description="on which frames, one line")
    same_frames: bool = Field(default=False, description="true if those are the frames compared here")
    source: Words = Field(default="", description="where it was reported, one line")
    note: Words = Field(default="", description="one line for the page")


class Model(Entry):
    """One model, known by what it predicted; several files are several trainings of it."""

    name: Name = Field(description="a name for people, at most 200 characters")
    train: Training | None = Field(default=None, description="a table [model.train]: how it is to be trained here")
    predictions: Files = Field(default=(), description=f"a list of one file for each training, {POSES}")
    tool: Words = Field(default="", description='"sleap" or "deeplabcut"; left out: by the name of the file')
    version: Words = Field(default="", description="the tool's version, one line")
    about: Words = Field(default="", description="network, input, training, one line")
    seen: Files = Field(default=(), description=f"files with the frames it learned from, a list: {POSES}")
    seen_by: Literal["name", "number"] = Field(
        default="name", description='"name", or "number" where those files do not tell names'
    )
    unseen: bool = Field(default=False, description="true, on your word, if it learned from none of these frames")
    split: Words = Field(default="", description="what is known of the frames it learned from, one line")
    clip: Files = Field(default=(), description=f"its predictions on the clip, a list: {POSES}")
    curves: Files = Field(default=(), description="tables of its trainings (training_log.csv, learning_stats.csv)")
    parts: dict[str, str] = Field(default={}, description='{ "its name" = "the labels\' name" }')
    seconds: float | None = Field(default=None, ge=0, description="how long it trained, in seconds")
    device: Words = Field(default="", description="what it trained on, one line")
    cpu_seconds: float | None = Field(default=None, ge=0, description="processor seconds of its training")
    memory_bytes: int | None = Field(default=None, ge=0, description="the most memory that its training held, in bytes")
    stride: int | None = Field(default=None, ge=0, le=64, description="pixels of its picture between two of its map")
    reported: Annotated[tuple[Reported, ...], Strict(False)] = Field(
        default=(), description="tables [[model.reported]] with what was said of it"
    )


class Spec(Entry):
    """The whole file."""

    schema_version: int = Field(default=1, ge=1, le=1, alias="schema", description="1")
    title: Name = Field(description="one line of text, at most 200 characters")
    about: Words = Field(default="", description="one line of text")
    pictures: LocalFile | None = Field(default=None, description="the folder with the labelled pictures, to be shown")
    labels: Labels = Field(description="it says with file what a person labelled")
    frames: Frames = Field(default=Frames(), description="a table [frames]")
    clip: Clip | None = Field(default=None, description="a table [clip]")
    citations: Annotated[tuple[Words, ...], Strict(False)] = Field(default=(), description="a list of lines")
    model: Annotated[tuple[Model, ...], Strict(False), Field(max_length=20)] = Field(
        default=(), description="one table [[model]], in double brackets, for each of at most 20 models"
    )


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """A spec, its own text, and where its relative files lie."""

    spec: Spec
    text: str
    path: Path
    data: Path

    def file(self, named: str) -> Path:
        """A file or folder that the spec names; raises `NotFound` where there is none."""
        is_full = PurePosixPath(named).is_absolute() or PureWindowsPath(named).is_absolute()
        path = Path(named) if is_full else self.data / named
        if not path.exists():
            raise NotFound(
                path,
                title="A file that the comparison names is not there",
                hint="Nothing was scored. Name the folder with its files: --data DIR.",
            )
        return path


def load_spec(path: Path, data: Path | None) -> LoadedSpec:
    """Read a spec; what is wrong in it is refused with its line."""
    text = text_of(path, WHAT)
    document, lines = parsed(text, str(path), WHAT)
    return LoadedSpec(_validated(document, lines, str(path)), text, path, (data or path.parent).absolute())


def _validated(document: dict[str, Any], lines: Mapping[KeyPath, int], source: str) -> Spec:
    try:
        spec = Spec.model_validate(document)
    except ValidationError as exc:
        raise refused(source, wrong_entries(exc, Spec, lines), WHAT) from exc
    if wrong := [Problem(line_of(lines, path) or 0, text) for path, text in contradictions(spec)]:
        raise refused(source, wrong, WHAT)
    return spec
