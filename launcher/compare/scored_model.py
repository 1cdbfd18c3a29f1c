"""One model: its predictions in the frames and body parts of the labels, its numbers, and whether it may be ranked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from launcher.compare import metrics, oks, scoring, words
from launcher.compare.intervals import SEED
from launcher.compare.matching import NOBODY, check_single, frame_rows, parts_in_order
from launcher.compare.metrics import Floats, Scored
from launcher.compare.results import ClipNumbers, Detail, FoldNumbers, ModelResult, Row, Told
from launcher.compare.spec import LoadedSpec, Model, Reported
from launcher.compare.truth import Reader, Truth, kind_of
from launcher.errors import NotDone
from launcher.tools.poses import Kind


def score_model(loaded: LoadedSpec, model: Model, truth: Truth, reader: Reader) -> ModelResult:
    """Everything about one model; raises an error of the family rather than score something in silence."""
    files = [loaded.file(name) for name in model.predictions]
    tool_id = kind_of(files[0], model.tool)
    read = _trainings([_Predicted.of(reader, tool_id, file, model, truth) for file in files], truth)
    why_not = _why_not(loaded, model, truth, reader)
    notes = list(dict.fromkeys(note for one in read for note in one.notes(truth.test)))
    rows = [_row(loaded.spec.frames.name or f"{len(truth.test)} test frames", truth, truth.test, read, why_not)]
    every = np.flatnonzero(np.all([one.rows != NOBODY for one in read], axis=0))
    if why_not and len(every) > len(truth.test):
        rows.append(_row(f"all {len(every)} labelled frames that it predicted", truth, every, read, why_not))
    scored = [one.scored(truth, truth.test) for one in read]
    points = np.stack([one.aligned(truth, np.arange(len(truth.frames)))[0] for one in read])
    folds = [_fold([one.scored(truth, rows) for one in read]) for rows in truth.folds] if len(truth.folds) > 1 else []
    clip, track = _clip(loaded, model, truth, reader, tool_id)
    curves = [reader.curve(loaded.file(name)) for name in model.curves]
    return ModelResult(
        model.name, tool_id, model.version, model.about, len(read), rows, clip,
        [_told(one, rows, why_not) for one in model.reported], notes, curves, model.seconds, model.device,
        [metrics.mean_with_misses(one) for one in scored], folds, model.cpu_seconds, model.memory_bytes, model.stride,
        Detail(points, scored, track),
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
            return cls._of_nothing(subject, model, truth)
        columns, told = parts_in_order(truth.parts, poses.parts, model.parts, subject)
        found = frame_rows(truth.frames, poses.frames, "name", subject)
        points = poses.points[:, :, columns]
        points = np.where(metrics.present(points)[..., None], points, np.nan)
        one = cls(subject, found.at, points, poses.scores, found.how, tuple(told))
        check_scale(truth.points, one.aligned(truth, np.arange(len(truth.frames)))[0], subject)
        return one

    @classmethod
    def _of_nothing(cls, subject: str, model: Model, truth: Truth) -> _Predicted:
        """A file without predictions is a mistake, but a model that was trained here may find nothing at all."""
        if model.train is None:
            raise NotDone(subject, title="This file holds no predictions", hint="Nothing was scored.")
        nothing = np.full((1, *truth.points.shape[1:]), np.nan)
        rows = np.full(len(truth.frames), NOBODY, np.int64)
        return cls(subject, rows, nothing, nothing[:, :, 0, 0], "", ())

    @classmethod
    def of_folds(cls, each: Sequence[_Predicted], truth: Truth) -> _Predicted:
        """One training of every fold: each frame as the model predicted it that had not seen it."""
        animals = max(one.points.shape[1] for one in each)
        points = np.full((len(truth.frames), animals, *truth.points.shape[2:]), np.nan)
        scores, rows = np.full(points.shape[:2], np.nan), np.full(len(truth.frames), NOBODY, np.int64)
        for one, chosen in zip(each, truth.folds, strict=True):
            own, sure = one.raw(chosen)
            points[chosen, : own.shape[1]], scores[chosen, : own.shape[1]] = own, sure
            rows[chosen] = np.where(one.rows[chosen] == NOBODY, NOBODY, chosen)
        how = next((one.how for one in each if one.how), "")
        told = tuple(dict.fromkeys(line for one in each for line in one.told))
        return cls(each[0].name, rows, points, scores, how, told)

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
        if not self.how:
            return ["It predicted nothing at all: every point counts as missed."]
        told = [f"Frames were matched {self.how}.", *self.told]
        if absent := int((self.rows[test] == NOBODY).sum()):
            if absent == len(test):
                raise NotDone(self.name, title="None of the test frames was predicted", hint="Nothing was scored.")
            told.append(f"{absent} test frames are not in its file; all their points count as missed.")
        return told


def _trainings(read: Sequence[_Predicted], truth: Truth) -> Sequence[_Predicted]:
    """Where there are folds, files come fold by fold, one training after the other; a lone file is for all folds."""
    count = len(truth.folds)
    if count < 2 or len(read) == 1:
        return read
    return [_Predicted.of_folds(read[at : at + count], truth) for at in range(0, len(read), count)]


def _fold(scored: Sequence[Scored]) -> FoldNumbers:
    mean, with_misses, coverage = (
        float(np.mean([measure(one) for one in scored]))
        for measure in (metrics.mean, metrics.mean_with_misses, metrics.coverage)
    )
    return FoldNumbers(len(scored[0].errors), mean, with_misses, coverage)


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
    seen = [_frames_in(loaded, model, name, truth, reader) for name in model.seen]
    if len(truth.folds) > 1 and len(model.predictions) > 1:
        # Fold by fold: what one model learned from is what another one is judged by.
        known_frames = set().union(*(one & set(rows.tolist()) for one, rows in zip(seen, truth.folds, strict=True)))
    else:
        known_frames = set().union(*seen) & set(truth.test.tolist())
    return f"it learned from {len(known_frames)} of these {len(truth.test)} frames" if known_frames else ""


def _frames_in(loaded: LoadedSpec, model: Model, name: str, truth: Truth, reader: Reader) -> set[int]:
    """Which labelled frames are in a file of what a model learned from."""
    file = loaded.file(name)
    poses = reader.poses(kind_of(file, model.tool), file, Kind.LABELS)
    rows = frame_rows(truth.frames, poses.frames, model.seen_by, f"{model.name}: {file.name}").at
    return set(np.flatnonzero(rows != NOBODY).tolist())


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
        scoring.numbers(scored, SEED, _fold_of(truth, chosen)), scoring.by_part(truth.parts, scored), animals, why_not,
    )  # fmt: skip


def _fold_of(truth: Truth, chosen: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The folds of the test frames; other frames have none."""
    return truth.fold_of if np.array_equal(chosen, truth.test) else None


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
