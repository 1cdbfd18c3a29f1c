"""Read what a spec names, bring it together, and judge: who may be ranked, and whether there is a winner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from launcher.compare import metrics, oks, scoring, words
from launcher.compare.intervals import Difference, holm, is_decided, paired
from launcher.compare.matching import (
    NOBODY,
    check_single,
    frame_rows,
    named_frame,
    parts_in_order,
    split_name,
)
from launcher.compare.metrics import Floats, Scored
from launcher.compare.results import ClipNumbers, Comparison, Detail, ModelResult, Pair, Row, Told
from launcher.compare.spec import LoadedSpec, Model, Reported
from launcher.compare.split import Split, given, parse, single
from launcher.errors import BadUsage, NotDone
from launcher.tools import TOOLS, tool
from launcher.tools.poses import Frame, Kind, Poses

SEED = 20231
_LARGEST_SPLIT = 32 * 1024 * 1024


class Reader(Protocol):
    """Reads other people's files, as `Parsers` does in a process of its own."""

    def poses(self, tool_id: str, file: Path, kind: Kind) -> Poses:
        """All points of one kind."""

    def curve(self, file: Path) -> dict[str, list[float | None]]:
        """Loss by epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The labelled frames in the order of their names, and which of them judge."""

    parts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    frames: tuple[Frame, ...]
    points: Floats
    test: NDArray[np.int64]
    split: Split
    notices: tuple[str, ...]


def judge(loaded: LoadedSpec, reader: Reader, tell: Callable[[str], None]) -> Comparison:
    """The whole comparison; raises an error of the family rather than score something in silence."""
    spec = loaded.spec
    tell("Reading the labels …")
    truth = _truth(loaded, reader)
    models = []
    for model in spec.model:
        tell(f"Scoring {model.name} …")
        models.append(_model(loaded, model, truth, reader))
    tell("Comparing …")
    pairs = _pairs([model for model in models if model.is_comparable])
    frames = spec.frames.name or f"{len(truth.test)} test frames"
    return Comparison(
        spec.title, spec.about, spec.labels.file, truth.parts, truth.edges, frames,
        [truth.frames[at].label for at in truth.test], len(truth.test), len(truth.frames), models, pairs,
        words.not_to_conclude(spec, models, pairs, len(truth.test)), words.methods(len(truth.test), models),
        spec.citations, truth.notices, truth.split.to_json(), truth.points, truth.test.tolist(),
        [(one.picture or one.video, None if one.picture else one.number) for one in truth.frames],
    )  # fmt: skip


def shared_split(loaded: LoadedSpec, reader: Reader) -> Split:
    """The split of a comparison, as every training of it is given it."""
    split, fold = _truth(loaded, reader).split, loaded.spec.frames.fold
    return replace(split, folds=(split.folds[fold],))


def kind_of(path: Path, named: str) -> str:
    """The tool that a file is read as."""
    if named:
        return tool(named).tool_id
    found = next((one.tool_id for one in TOOLS if one.holds_poses(path.name)), None)
    if found is None:
        raise BadUsage(path, title="This is no file of labels or predictions that is known by its name")
    return found


# The labels


def _truth(loaded: LoadedSpec, reader: Reader) -> Truth:
    spec = loaded.spec
    file = loaded.file(spec.labels.file)
    poses = reader.poses(kind_of(file, ""), file, Kind.LABELS)
    check_single(poses.frames, file.name)
    labelled = np.flatnonzero(metrics.present(poses.points).any(axis=(1, 2)))
    if not labelled.size:
        raise NotDone(file.name, title="Nothing is labelled in this file", hint="Nothing was scored.")
    order = np.array(sorted(labelled.tolist(), key=lambda at: _sorting(poses.frames[at])), np.int64)
    parts = spec.labels.parts or poses.parts
    columns, _ = parts_in_order(parts, poses.parts, {}, file.name)
    notices = []
    if empty := len(poses.frames) - len(labelled):
        notices.append(f"{empty} frames of the labels hold no point and were left out.")
    frames = tuple(poses.frames[at] for at in order)
    split, test = _split(loaded, frames)
    return Truth(
        tuple(parts), tuple(edge for edge in poses.edges if set(edge) <= set(parts)), frames,
        poses.points[order][:, :, columns], np.array(test, np.int64), split, tuple(notices),
    )  # fmt: skip


def _sorting(frame: Frame) -> tuple[str, str, int]:
    return frame.picture, frame.video, frame.number if frame.number is not None else -1


def _split(loaded: LoadedSpec, frames: Sequence[Frame]) -> tuple[Split, Sequence[int]]:
    asked, names = loaded.spec.frames, [split_name(frame) for frame in frames]
    if asked.test:
        split = given(names, asked.test)
    elif asked.split is not None:
        return _written(loaded, frames)
    else:
        assert asked.seed is not None
        groups = [frame.picture.rpartition("/")[0] or frame.video for frame in frames]
        split = single(names, groups, asked.seed, asked.share)
    return split, split.folds[0].test


def _written(loaded: LoadedSpec, frames: Sequence[Frame]) -> tuple[Split, Sequence[int]]:
    """A split names its frames, so it holds for another tool's file of the same labels too."""
    asked = loaded.spec.frames
    assert asked.split is not None
    file = loaded.file(asked.split)
    with file.open("rb") as opened:
        split = parse(opened.read(_LARGEST_SPLIT).decode("utf-8", "replace"), file.name)
    if asked.fold >= len(split.folds):
        raise BadUsage(f"fold {asked.fold}", title=f"The split has {len(split.folds)} folds, counted from 0")
    wanted = [named_frame(split.names[at]) for at in split.folds[asked.fold].test]
    rows = frame_rows(wanted, frames, "name", file.name)
    if (rows.at == NOBODY).any():
        raise NotDone(
            file.name, title="The split names test frames that are not labelled here", hint="Nothing was scored."
        )
    return split, sorted(rows.at.tolist())


# One model


def _model(loaded: LoadedSpec, model: Model, truth: Truth, reader: Reader) -> ModelResult:
    files = [loaded.file(name) for name in model.predictions]
    tool_id = kind_of(files[0], model.tool)
    read = [_Predicted.of(reader, tool_id, file, model, truth) for file in files]
    why_not = _why_not(loaded, model, truth, reader)
    notes = list(dict.fromkeys(note for one in read for note in one.notes(truth.test)))
    rows = [_row(loaded.spec.frames.name or f"{len(truth.test)} test frames", truth, truth.test, read, why_not)]
    every = np.flatnonzero(np.all([one.rows != NOBODY for one in read], axis=0))
    if why_not and len(every) > len(truth.test):
        rows.append(_row(f"all {len(every)} labelled frames that it predicted", truth, every, read, why_not))
    scored = [one.scored(truth, truth.test) for one in read]
    points = np.stack([one.aligned(truth, np.arange(len(truth.frames)))[0] for one in read])
    clip, track = _clip(loaded, model, truth, reader, tool_id)
    curves = [reader.curve(loaded.file(name)) for name in model.curves]
    return ModelResult(
        model.name, tool_id, model.version, model.about, len(read), rows, clip,
        [_told(one, rows, why_not) for one in model.reported], notes, curves, model.seconds, model.device,
        [metrics.mean_with_misses(one) for one in scored], Detail(points, scored, track),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Predicted:
    """The predictions of one training in the frames and body parts of the labels."""

    name: str
    rows: NDArray[np.int64]
    points: Floats
    scores: Floats
    how: str
    told: tuple[str, ...]

    @classmethod
    def of(cls, reader: Reader, tool_id: str, file: Path, model: Model, truth: Truth) -> _Predicted:
        poses = reader.poses(tool_id, file, Kind.PREDICTIONS)
        subject = f"{model.name}: {file.name}"
        if not metrics.present(poses.points).any():
            raise NotDone(subject, title="This file holds no predictions", hint="Nothing was scored.")
        columns, told = parts_in_order(truth.parts, poses.parts, model.parts, subject)
        found = frame_rows(truth.frames, poses.frames, "name", subject)
        points = poses.points[:, :, columns]
        points = np.where(metrics.present(points)[..., None], points, np.nan)
        one = cls(subject, found.at, points, poses.scores, found.how, tuple(told))
        check_scale(truth.points, one.aligned(truth, np.arange(len(truth.frames)))[0], subject)
        return one

    def aligned(self, truth: Truth, chosen: NDArray[np.int64]) -> tuple[Floats, int]:
        """Predictions by labelled animal for some labelled frames, and how many belong to none."""
        return oks.aligned(truth.points[chosen], *self.raw(chosen))

    def raw(self, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Predictions and scores for some labelled frames; nothing where a frame is not in the file."""
        rows = self.rows[chosen]
        points, scores = self.points[rows].copy(), self.scores[rows].copy()
        points[rows == NOBODY], scores[rows == NOBODY] = np.nan, np.nan
        return points, scores

    def scored(self, truth: Truth, chosen: NDArray[np.int64]) -> Scored:
        return metrics.scored(truth.points[chosen], self.aligned(truth, chosen)[0])

    def notes(self, test: NDArray[np.int64]) -> list[str]:
        told = [f"Frames were matched {self.how}.", *self.told]
        if absent := int((self.rows[test] == NOBODY).sum()):
            if absent == len(test):
                raise NotDone(self.name, title="None of the test frames was predicted", hint="Nothing was scored.")
            told.append(f"{absent} test frames are not in its file; all their points count as missed.")
        return told


def check_scale(truth: Floats, predicted: Floats, subject: str) -> None:
    """Raise `NotDone` if predictions lie as on a picture of another size: one factor explains most of their error."""
    both = metrics.present(truth) & metrics.present(predicted)
    ours, theirs = truth[both], predicted[both]
    if len(ours) < 4 or not np.square(theirs).sum():
        return
    factor = float((ours * theirs).sum() / np.square(theirs).sum())
    before, after = (float(np.median(np.linalg.norm(ours - by * theirs, axis=1))) for by in (1.0, factor))
    if abs(factor - 1) > 0.1 and after < before / 4:
        raise NotDone(
            subject,
            title=f"These predictions seem to be for pictures of another size, by a factor of {factor:.3g}",
            hint="Nothing was scored. Predict on the labelled pictures themselves, or on a video of the same size.",
        )


def _why_not(loaded: LoadedSpec, model: Model, truth: Truth, reader: Reader) -> str:
    """Why a model may not be ranked on the test frames; empty if it may."""
    if model.unseen:
        return ""
    if not model.seen:
        known = f": {model.split}" if model.split else ""
        return f"other split{known}. Which frames it learned from is not known, so it may have seen these"
    seen: set[int] = set()
    for name in model.seen:
        file = loaded.file(name)
        poses = reader.poses(kind_of(file, model.tool), file, Kind.LABELS)
        rows = frame_rows(truth.frames, poses.frames, model.seen_by, f"{model.name}: {file.name}").at
        seen |= set(np.flatnonzero(rows != NOBODY).tolist())
    known_frames = seen & set(truth.test.tolist())
    return f"it learned from {len(known_frames)} of these {len(truth.test)} frames" if known_frames else ""


def _row(name: str, truth: Truth, chosen: NDArray[np.int64], read: Sequence[_Predicted], why_not: str) -> Row:
    scored = [one.scored(truth, chosen) for one in read]
    whole = scoring.joined(scored)
    extra = sum(one.aligned(truth, chosen)[1] for one in read)
    animals = None
    if max(truth.points.shape[1], *(one.points.shape[1] for one in read)) > 1:
        each = [oks.precision(truth.points[chosen], *one.raw(chosen)) for one in read]
        means = (
            float(np.mean([getattr(one, name) for one in each])) for name in ("mean_ap", "ap50", "ap75", "mean_oks")
        )
        animals = oks.Precision(*means)
    return Row(
        name, len(chosen), int(whole.labelled.sum()), int(whole.found.sum()), int(whole.surplus.sum()), extra,
        scoring.numbers(scored, SEED), scoring.by_part(truth.parts, scored), animals, why_not,
    )  # fmt: skip


def _clip(
    loaded: LoadedSpec, model: Model, truth: Truth, reader: Reader, tool_id: str
) -> tuple[ClipNumbers | None, Floats | None]:
    clip = loaded.spec.clip
    if clip is None or not model.clip:
        return None, None
    animals = truth.points.shape[1]
    found: list[Floats] = []
    numbers: list[list[int]] = []
    for name in model.clip:
        file = loaded.file(name)
        poses = reader.poses(tool_id, file, Kind.PREDICTIONS)
        check_single(poses.frames, f"{model.name}: {file.name}")
        columns, _ = parts_in_order(truth.parts, poses.parts, model.parts, f"{model.name}: {file.name}")
        if len(poses.frames) > clip.frames or any((one.number or 0) >= clip.frames for one in poses.frames):
            raise NotDone(
                f"{model.name}: {file.name}",
                title=f"It predicts frames that a clip of {clip.frames} frames does not have",
                hint="Nothing was scored. Correct frames in [clip], or name the predictions of this clip.",
            )
        found.append(poses.points[:, :, columns])
        numbers.append([one.number or 0 for one in poses.frames])

    def missing(of: Callable[[Floats], Floats]) -> float:
        return 1 - float(np.mean([metrics.clip_coverage(of(points), clip.frames, animals) for points in found]))

    parts = {name: missing(lambda points, at=at: points[:, :, at : at + 1]) for at, name in enumerate(truth.parts)}  # type: ignore[misc]
    whole = float(np.mean([metrics.frames_with_animal(points, clip.frames) for points in found]))
    track = np.full((clip.frames, *found[0].shape[1:]), np.nan)
    track[numbers[0]] = found[0]
    return ClipNumbers(clip.frames, missing(lambda points: points), whole, parts), track


def _told(one: Reported, rows: Sequence[Row], why_not: str) -> Told:
    """A number that was told, beside ours by the same formula where that is of the same frames."""
    ours = rows[0].numbers[f"{one.measure}_px"].value if one.same_frames else None
    comparable, reason = words.told(one, ours, why_not)
    return Told(one.value, one.called, one.frames, one.source, ours, comparable, reason, one.note)


# Two models


def _pairs(models: Sequence[ModelResult]) -> list[Pair]:
    drafts = [
        (one, other, *_differences(one.detail.scored, other.detail.scored))
        for at, one in enumerate(models)
        for other in models[at + 1 :]
    ]
    corrected = holm([error.p for _, _, error, _, _ in drafts])
    pairs = []
    for (one, other, error, both, coverage), p in zip(drafts, corrected, strict=True):
        winner = (other if error.value > 0 else one).name if is_decided(error, p) else ""
        draft = Pair(one.name, other.name, len(one.detail.scored[0].errors), error, both, coverage, p, winner, "")
        pairs.append(replace(draft, sentence=words.pair(draft)))
    return pairs


def _differences(one: Sequence[Scored], other: Sequence[Scored]) -> tuple[Difference, Difference, Difference]:
    """Of the error with misses counted, which decides; of the points that both found; and of the coverage."""

    def whole(scored: Scored) -> Floats:
        return scored.filled(scored.sizes[..., None])

    def covered(scored: Scored) -> Floats:
        return np.where(scored.labelled, scored.found.astype(float), np.nan)

    shared = np.all([scored.found for scored in (*one, *other)], axis=0)

    def both(scored: Scored) -> Floats:
        return np.where(shared, scored.errors, np.nan)

    error, found, coverage = (
        paired(scoring.per_frame(one, values), scoring.per_frame(other, values), SEED)
        for values in (whole, both, covered)
    )
    return error, found, coverage
