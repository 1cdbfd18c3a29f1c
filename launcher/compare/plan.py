"""Models that are to be trained first: which trainings, and what is known of each from one sitting to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.compare.spec import Model, Spec

NOTES = "trainings.json"


@dataclass(frozen=True, slots=True)
class Known:
    """What became of one training: its runs, its model, its predictions; empty while there is none."""

    model: str
    seed: int
    train_run: str = ""
    folder: str = ""
    evaluate_run: str = ""
    predictions: str = ""
    seconds: float = 0.0
    version: str = ""
    device: str = ""


def wanted(spec: Spec) -> list[tuple[Model, int]]:
    """Every training of every model, seed by seed."""
    return [(model, seed) for model in spec.model if model.train is not None for seed in model.train.seeds]


def read(folder: Path) -> dict[tuple[str, int], Known]:
    """What an earlier sitting wrote down."""
    try:
        rows = json.loads((folder / NOTES).read_bytes())
        return {(row["model"], row["seed"]): Known(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def write(folder: Path, known: Mapping[tuple[str, int], Known]) -> None:
    """Whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{NOTES}.part"
    draft.write_text(json.dumps([asdict(one) for one in known.values()], indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / NOTES)


def filled(spec: Spec, known: Mapping[tuple[str, int], Known]) -> Spec:
    """The spec with the predictions of its trained models; their frames were kept apart by us."""
    return spec.model_copy(update={"model": tuple(_filled(model, known) for model in spec.model)})


def _filled(model: Model, known: Mapping[tuple[str, int], Known]) -> Model:
    if model.train is None:
        return model
    own: Sequence[Known] = [known[model.name, seed] for seed in model.train.seeds]
    update = {
        "predictions": tuple(one.predictions for one in own),
        "unseen": True,
        "version": own[0].version,
        "device": own[0].device,
        "seconds": sum(one.seconds for one in own),
        "about": model.about or _about(model),
        "curves": tuple(curve for one in own if (curve := _curve(Path(one.folder)))),
    }
    return model.model_copy(update=update)


def _about(model: Model) -> str:
    assert model.train is not None
    how = model.train
    begin = "pretrained weights" if how.pretrained else "from scratch"
    network = how.network or ("U-Net" if how.tool == "sleap" else "resnet_50")
    return (
        f"{network}, {begin}, {how.epochs} epochs, batch {how.batch}, pictures at {100 * how.scale:g} % of their size"
    )


def _curve(folder: Path) -> str:
    for name in ("training_log.csv", "train/learning_stats.csv"):
        if (folder / name).is_file():
            return str(folder / name)
    return ""
