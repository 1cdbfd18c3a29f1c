"""Models that are to be trained first: which trainings, and what is known of each from one sitting to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from launcher.compare.spec import Frames, Model, Spec
from launcher.compare.training_spec import Training

NOTES = "trainings.json"


@dataclass(frozen=True, slots=True)
class Known:
    """What became of one training: its runs, model, predictions, and those on the clip; empty while there is none."""

    model: str
    seed: int
    train_run: str = ""
    folder: str = ""
    evaluate_run: str = ""
    predictions: str = ""
    seconds: float = 0.0
    version: str = ""
    device: str = ""
    fold: int = 0
    sittings: int = 0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    weights: str = ""
    stride: int = 0
    clip: str = ""

    @property
    def key(self) -> Key:
        """By which a training is known in a comparison."""
        return self.model, self.seed, self.fold


#: Model, seed, fold.
Key: TypeAlias = tuple[str, int, int]


def folds_of(frames: Frames) -> Sequence[int]:
    """Which folds are trained: all of them, or the one that was chosen."""
    return range(frames.folds) if frames.folds else (0,)


def wanted(spec: Spec) -> list[tuple[Model, int, int]]:
    """Every training of every model, seed by seed and fold by fold."""
    return [
        (model, seed, fold)
        for model in spec.model
        if model.train is not None
        for seed in model.train.seeds
        for fold in folds_of(spec.frames)
    ]


def read(folder: Path) -> dict[Key, Known]:
    """What an earlier sitting wrote down."""
    try:
        rows = [Known(**row) for row in json.loads((folder / NOTES).read_bytes())]
        return {one.key: one for one in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def write(folder: Path, known: Mapping[Key, Known]) -> None:
    """Whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{NOTES}.part"
    draft.write_text(json.dumps([asdict(one) for one in known.values()], indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / NOTES)


def filled(spec: Spec, known: Mapping[Key, Known]) -> Spec:
    """The spec with the predictions of its trained models; their frames were kept apart by us."""
    folds = folds_of(spec.frames)
    return spec.model_copy(update={"model": tuple(_filled(model, known, folds) for model in spec.model)})


def _filled(model: Model, known: Mapping[Key, Known], folds: Sequence[int]) -> Model:
    if model.train is None:
        return model
    own = [known[model.name, seed, fold] for seed in model.train.seeds for fold in folds]
    scratch = next((one.weights for one in own if _is_unlike(model.train, one)), "")
    update = {
        "name": f"{model.name}, from scratch" if scratch else model.name,
        "predictions": tuple(one.predictions for one in own),
        "clip": tuple(filter(None, (one.clip for one in own))),
        "unseen": True,
        "version": own[0].version,
        "device": own[0].device,
        "seconds": sum(one.seconds for one in own),
        "cpu_seconds": sum(one.cpu_seconds for one in own) or None,
        "memory_bytes": max(one.memory_bytes for one in own) or None,
        "stride": own[0].stride,
        "about": ", ".join(filter(None, (model.about, scratch))) if model.about else _about(model.train, own[0]),
        "curves": tuple(curve for one in own if (curve := _curve(Path(one.folder)))),
    }
    return model.model_copy(update=update)


def _is_unlike(how: Training, one: Known) -> bool:
    """Was it to begin with pretrained weights, and did not? Then it bears another name."""
    return how.pretrained and one.weights.startswith("from scratch")


def _about(how: Training, one: Known) -> str:
    begin = one.weights or ("pretrained weights" if how.pretrained else "from scratch")
    network = how.network or ("U-Net" if how.tool == "sleap" else "resnet_50")
    said = [
        network, begin, f"{how.epochs} epochs", f"batch {how.batch}",
        f"pictures at {100 * how.scale:g} % of their size",
    ]  # fmt: skip
    if one.stride:
        said.append(f"a map of every {one.stride} pixels")
    if how.rate:
        said.append(f"learning rate {how.rate:g} in three steps")
    if how.augmentation == "alike":
        said.append("turned by any angle and 0.9 to 1.1 times as large")
    if one.sittings > 1:
        said.append(f"{one.sittings} sittings")
    return ", ".join(said)


def _curve(folder: Path) -> str:
    for name in ("training_log.csv", "train/learning_stats.csv"):
        if (folder / name).is_file():
            return str(folder / name)
    return ""
