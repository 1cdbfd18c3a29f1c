"""What the entries of a comparison allow one by one, and two together do not; told by the place of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from launcher.compare.spec_fields import POSES
from launcher.compare.training_spec import STRIDES, Training, no_network

if TYPE_CHECKING:
    from launcher.compare.spec import Frames, Model, Spec
    from launcher.config.toml_lines import KeyPath

#: Where it stands below its table, and what is wrong with it.
Wrong = tuple[str, str]


def contradictions(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """Every pair of entries that exclude each other, by the path of the one to change."""
    for key, text in _of_frames(spec.frames):
        yield ("frames", key) if key else ("frames",), f"[frames] {text}"
    if not spec.model:
        yield (), "it names no model: add one table [[model]], in double brackets, for each"
    for at, model in enumerate(spec.model):
        of_one = chain(
            _of_training(model), _of_files(model), _of_clip(model, spec), _of_folds(model, spec.frames.folds)
        )
        for key, text in of_one:
            yield ("model", at, *key.split(".")), f"[[model]] {text}"
    yield from _twins([model.name for model in spec.model])


def _of_frames(frames: Frames) -> Iterator[Wrong]:
    if (bool(frames.test), frames.split is not None, frames.seed is not None).count(True) != 1:
        yield "", "needs one of test, split and seed"
    if frames.folds and (frames.folds == 1 or frames.test or frames.fold):
        yield "folds", "folds is 2 or more, with seed or split, and excludes test and fold"


def _twins(names: list[str]) -> Iterator[tuple[KeyPath, str]]:
    for at, name in enumerate(names):
        if names.index(name) != at:
            yield ("model", at, "name"), "[[model]] name is there twice; allowed is one of each"


def _of_training(model: Model) -> Iterator[Wrong]:
    """A model is trained here, or brings its predictions."""
    if model.train is None:
        if not model.predictions:
            yield "predictions", f"predictions is empty; allowed is a list of {POSES}"
        return
    if model.predictions or model.seen:
        yield "train", "train excludes predictions and seen"
    yield from _of_settings(model.train)


def _of_settings(train: Training) -> Iterator[Wrong]:
    if not train.seeds or len(set(train.seeds)) < len(train.seeds):
        yield "train", "train needs seeds, each once"
    if wrong := no_network(train):
        yield "train.network", f"train network is {wrong}"
    if train.stride not in STRIDES:
        yield "train.stride", "train stride is a power of two up to 32, or 0"


def _of_files(model: Model) -> Iterator[Wrong]:
    if model.unseen and model.seen:
        yield "unseen", "unseen and seen exclude each other"


def _of_clip(model: Model, spec: Spec) -> Iterator[Wrong]:
    if model.clip and spec.clip is None:
        yield "clip", "clip needs a table [clip] that says how many frames it has"
    if len(model.clip) not in (0, 1, len(model.predictions)):
        yield "clip", "clip names one file, or one for each of predictions"


def _of_folds(model: Model, folds: int) -> Iterator[Wrong]:
    """One file for each fold, or one prediction for all."""
    if not folds or len(model.predictions) == 1:
        return
    if len(model.predictions) % folds:
        yield "predictions", f"predictions needs {folds} files, one for each fold, or one for all"
    if model.seen and len(model.seen) != folds:
        yield "seen", f"seen needs {folds} files, one for each fold"
