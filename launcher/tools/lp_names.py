"""What each file of a Lightning Pose project is, judged by names alone."""

from __future__ import annotations

from collections.abc import Iterable

from launcher.tools.media import is_video, suffix
from launcher.tools.protocol import Listing, Part

#: What the app keeps about a project since 2.0, and what every training is configured by, before and since.
PROJECT, CONFIGS = "project.yaml", ("config*.yaml", "config*.yml")
LABELS, FRAMES, CACHE = "CollectedData", "labeled-data", ".project-cache"
#: Where models are trained into: the app's own folder, and the one of the command line.
MODEL_FOLDERS = ("models", "outputs")
MODEL_CONFIG = "config.yaml"
_YAML = (".yaml", ".yml")
_TELLING = (PROJECT, "config", LABELS)


def is_config(path: str) -> bool:
    """Is this a training's configuration in the project's own folder?"""
    return "/" not in path and path.startswith("config") and suffix(path) in _YAML


def is_labels(path: str) -> bool:
    """Is this a table of labels? It lies in the project's own folder, one for each camera."""
    return "/" not in path and path.startswith(LABELS) and suffix(path) == ".csv"


def markers(listing: Listing) -> Iterable[str]:
    """The file that reveals a project in each folder: the app's own; else a configuration beside a table of labels.

    A configuration alone is not enough: every trained model has one too, and so have other programs.
    """
    for folder in listing.folders():
        start = f"{folder}/" if folder else ""
        # Most folders hold thousands of pictures and none of these.
        names = sorted(name for path in listing.beside(start) if (name := path[len(start) :]).startswith(_TELLING))
        configs = [name for name in names if is_config(name)] if any(map(is_labels, names)) else []
        found = [PROJECT] if PROJECT in names else configs
        if found and not _is_below_model(folder):
            yield start + found[0]


def part_of(path: str) -> Part:
    """What a file of the project's folder is."""
    top = path.partition("/")[0] if "/" in path else ""
    if path == PROJECT or is_config(path) or top.startswith("calibration"):
        return Part.CONFIG
    if is_labels(path) or path.endswith(".unlabeled.jsonl"):
        return Part.LABELS
    if top in MODEL_FOLDERS:
        return Part.RESULTS if is_video(path) or "/video_preds/" in path else Part.MODELS
    if top == FRAMES:
        return Part.FRAMES
    return Part.VIDEOS if is_video(path) else Part.OTHER


def may_hold_paths(path: str) -> bool:
    """Configurations of trainings, in the project's folder and with each model."""
    return is_config(path) or (path.partition("/")[0] in MODEL_FOLDERS and suffix(path) in (*_YAML, ".json"))


def at_risk(path: str) -> bool:
    """The app brings configurations up to date as it starts, and writes labels in place."""
    name = path.rpartition("/")[2]
    is_models = path.partition("/")[0] in MODEL_FOLDERS and name == MODEL_CONFIG
    return path == PROJECT or is_config(path) or is_labels(path) or is_models or ".unlabeled" in name


def models(paths: Iterable[str]) -> list[str]:
    """Trained models: the folders with a configuration, below `models/` or `outputs/<date>/<time>/`."""
    folders = (path.rpartition("/")[0] for path in paths if path.endswith(f"/{MODEL_CONFIG}"))
    return sorted({folder for folder in folders if "/" in folder and folder.partition("/")[0] in MODEL_FOLDERS})


def _is_below_model(folder: str) -> bool:
    return any(part in MODEL_FOLDERS for part in folder.split("/"))
