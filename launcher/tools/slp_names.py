"""Which `.slp` files are projects and which files belong to each, judged by names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from launcher.tools.media import is_image, is_video, suffix
from launcher.tools.protocol import Card, Listing, Part
from launcher.tools.trained_models import TrainedModel

SLP, PREDICTIONS = ".slp", ".predictions.slp"
_PARTS = {
    ".slp": Part.LABELS,
    ".yaml": Part.CONFIG,
    ".json": Part.CONFIG,
    ".h5": Part.RESULTS,
    ".csv": Part.RESULTS,
    ".nwb": Part.RESULTS,
}
CONFIGS_WITH_PATHS = tuple(
    f"{name}.{kind}" for name in ("training_config", "initial_config") for kind in ("json", "yaml", "yml")
)
#: The fields of a model's configuration that SLEAP opens: since 1.5, and before.
OPENED_FIELDS = frozenset(
    {("data_config", name) for name in ("train_labels_path", "val_labels_path", "test_file_path")}
    | {("data", "labels", name) for name in ("training_labels", "validation_labels", "test_labels")}
)
#: Where predictions of the labelled frames are written by our evaluations.
EVALUATIONS = "evaluations/"
_EVALUATION = re.compile(r"(?P<beside>(?:.*/)?)evaluations/[^/]+-[0-9a-f]{4}\.predictions\.slp")
#: SLEAP keeps the labels that it was given beside the model: those it learned from, and those it was chosen by.
_SEEN = ("labels_gt.train", "labels_gt.val", "labels_train_gt", "labels_val_gt")
_CHECKPOINT = ".ckpt"
_MODEL_CONFIGS = ("training_config.yaml", "training_config.json", "initial_config.")


def project_files(listing: Listing) -> Iterator[str]:
    """Every `.slp` but those of a trained model, and predictions that belong to another file or judged a model."""
    models = {folder for folder in listing.folders() if _is_model(listing, folder)}
    for path in listing:
        belongs = _lies_in(path, models) or _is_companion(path, listing) or _is_evaluation(path, listing)
        if path.endswith(SLP) and not belongs:
            yield path


def stem(path: str) -> str:
    """The project's name: the file's name without `.slp`, and without `.pkg` for a package."""
    return path.rpartition("/")[2].removesuffix(SLP).removesuffix(".pkg")


def model_folders(listing: Listing) -> list[str]:
    """Trained models below `models/`, as paths relative to it."""
    found = (folder for folder in listing.folders() if folder.startswith("models/") and _is_model(listing, folder))
    return sorted(folder.removeprefix("models/") for folder in found)


def trained_models(listing: Listing) -> list[TrainedModel]:
    """Models with a checkpoint, with what was predicted by each and the labels that it was given."""
    found = []
    for name in model_folders(listing):
        folder = f"models/{name}"
        inside = listing.beside(f"{folder}/")
        if any(path.endswith(_CHECKPOINT) for path in inside):
            starts = f"{EVALUATIONS}{name.rpartition('/')[2]}-"
            predictions = [path for path in listing if path.startswith(starts) and path.endswith(PREDICTIONS)]
            seen = [path for path in inside if path.rpartition("/")[2].startswith(_SEEN) and path.endswith(SLP)]
            found.append(TrainedModel(name, folder, sorted(predictions), sorted(seen)))
    return found


def part_of(path: str) -> Part:
    """What a file of the project's folder is."""
    if path.startswith("models/"):
        return Part.MODELS
    if is_video(path):
        return Part.VIDEOS
    return Part.FRAMES if is_image(path) else _PARTS.get(suffix(path), Part.OTHER)


def belonging(marker: str, listing: Listing, card: Card) -> set[str]:
    """The project, what is named after it, its videos and pictures, the models beside it, what those predicted."""
    others = {path for path in project_files(listing) if path != marker}
    named = {path for path in listing.beside(marker) if path.startswith(f"{stem(marker)}.")} - others
    models = tuple(f"models/{name}/" for name in card.models)
    trained = {path for path in listing if path.startswith(models)} if models else set()
    judged = {path for path in listing if path.startswith(EVALUATIONS) and _is_evaluation(path, listing)}
    return {marker} | named | trained | judged | set(_footage(listing, card))


def _footage(listing: Listing, card: Card) -> Iterator[str]:
    """Videos that were found, and for an image list every picture of that kind in its folder."""
    for member in (video.member for video in card.videos if video.member is not None):
        yield member
        if is_image(member):
            yield from (path for path in listing.beside(member) if suffix(path) == suffix(member))


def _is_model(listing: Listing, folder: str) -> bool:
    inside = listing.beside(f"{folder}/" if folder else "")
    return any(path.rpartition("/")[2].startswith(_MODEL_CONFIGS) for path in inside)


def _lies_in(path: str, folders: set[str]) -> bool:
    return any(folder in folders for folder in _parents(path))


def _parents(path: str) -> Sequence[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(len(parts) + 1)]


def _is_companion(path: str, listing: Listing) -> bool:
    """Are these predictions named after another file beside them? Files named after the predictions do not count."""
    if not path.endswith(PREDICTIONS):
        return False
    owner = path.removesuffix("predictions.slp")
    beside = (other for other in listing.beside(path) if not other.startswith(f"{owner}predictions."))
    return any(other.startswith(owner) for other in beside)


def _is_evaluation(path: str, listing: Listing) -> bool:
    """Predictions of labelled frames by a model of the project that lies one folder up, named as ours are."""
    found = _EVALUATION.fullmatch(path)
    return found is not None and any(other.endswith(SLP) for other in listing.beside(found["beside"]))
