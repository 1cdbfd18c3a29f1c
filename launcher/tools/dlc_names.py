"""What each file of a DeepLabCut project is, judged by names alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from launcher.tools.media import is_video, suffix
from launcher.tools.protocol import Part
from launcher.tools.trained_models import TrainedModel

CONFIG, NETWORK_CONFIG, TENSORFLOW_CONFIG = "config.yaml", "pytorch_config.yaml", "pose_cfg.yaml"
LABELS = "CollectedData_"
MODEL_FOLDERS = ("dlc-models-pytorch", "dlc-models")
_PARTS: Mapping[str, Part] = {
    "training-datasets": Part.TRAINING,
    "dlc-models-pytorch": Part.MODELS,
    "dlc-models": Part.MODELS,
    "exported-models-pytorch": Part.MODELS,
    "exported-models": Part.MODELS,
    "evaluation-results-pytorch": Part.RESULTS,
    "evaluation-results": Part.RESULTS,
}
_PICKLES = (".pickle", ".pkl")


@dataclass(frozen=True, slots=True)
class LabelFiles:
    """The labels of one person for one folder of frames: the same table twice, or only once where a part is lost."""

    folder: str
    csv: str | None
    h5: str | None


def part_of(path: str) -> Part:
    """What a file of the project's folder is."""
    top = path.partition("/")[0] if "/" in path else ""
    if path == CONFIG:
        return Part.CONFIG
    if top == "labeled-data":
        return Part.LABELS if suffix(path) in (".csv", ".h5") else Part.FRAMES
    if top in _PARTS:
        return _PARTS[top]
    if is_video(path):
        return Part.RESULTS if is_result(path) else Part.VIDEOS
    return Part.RESULTS if is_result(path) else Part.OTHER


def may_hold_paths(path: str) -> bool:
    """The project's configuration, those of its networks, and what lists its training sets."""
    top, _, rest = path.partition("/")
    name = path.rpartition("/")[2]
    if path == CONFIG or name in (NETWORK_CONFIG, TENSORFLOW_CONFIG):
        return True
    if top == "training-datasets":
        return name == "metadata.yaml"
    return bool(rest) and top in MODEL_FOLDERS and suffix(path) in (".json", ".yaml", ".yml")


def is_result(path: str) -> bool:
    """Was this made by analysing a video? Such names carry `DLC_` and the network, and may be videos themselves."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return "DLC_" in name and (not is_video(name) or "_labeled." in name)


def project_videos(paths: Iterable[str]) -> list[str]:
    """The recordings of a project: the videos below `videos/` that are no results."""
    return sorted(path for path in paths if path.startswith("videos/") and part_of(path) is Part.VIDEOS)


def label_files(paths: Iterable[str]) -> list[LabelFiles]:
    """Every label table, found by looking: folders are not always named after a video."""
    stems: dict[tuple[str, str], dict[str, str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if folder.startswith("labeled-data/") and name.startswith(LABELS) and suffix(path) in (".csv", ".h5"):
            stems.setdefault((folder, name.rpartition(".")[0]), {})[suffix(path)] = path
    return [LabelFiles(folder, found.get(".csv"), found.get(".h5")) for (folder, _), found in sorted(stems.items())]


def shuffles(paths: Iterable[str]) -> list[str]:
    """The names of trained (or prepared) networks: the third folder of `dlc-models*/iteration-N/<name>/…`."""
    parts = (path.split("/") for path in paths)
    return sorted({part[2] for part in parts if len(part) > 3 and part[0] in MODEL_FOLDERS})


def trained_models(paths: Sequence[str]) -> list[TrainedModel]:
    """PyTorch networks with a snapshot, each with the tables of its evaluations; which frames it saw is in a pickle."""
    folders = sorted({"/".join(path.split("/")[:3]) for path in paths if _is_snapshot(path)})
    return [TrainedModel(folder.rpartition("/")[2], folder, _evaluations(folder, paths)) for folder in folders]


def _is_snapshot(path: str) -> bool:
    """`dlc-models-pytorch/iteration-N/<network>/train/snapshot-….pt`."""
    parts = path.split("/")
    return len(parts) == 5 and parts[0] == MODEL_FOLDERS[0] and parts[3] == "train" and path.endswith(".pt")


def _evaluations(folder: str, paths: Sequence[str]) -> list[str]:
    start = f"evaluation-results-pytorch/{folder.partition('/')[2]}/"
    return sorted(path for path in paths if path.startswith(start) and suffix(path) == ".h5")


def network_configs(paths: Iterable[str]) -> list[str]:
    """The configuration of every PyTorch network."""
    return sorted(path for path in paths if path.rpartition("/")[2] == NETWORK_CONFIG)


def pickles(paths: Iterable[str]) -> list[str]:
    """Files that DeepLabCut unpickles, which runs whatever is in them."""
    return sorted(path for path in paths if suffix(path) in _PICKLES)


def result_tables(paths: Iterable[str]) -> dict[str, list[str]]:
    """Predictions by the video that they belong to: tables named `<video>DLC_…` outside the project's own folders."""
    found: dict[str, list[str]] = {}
    for path in _results(paths):
        folder, _, name = path.rpartition("/")
        found.setdefault(f"{folder}/{name.partition('DLC_')[0]}", []).append(path)
    return found


def _results(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if part_of(path) is Part.RESULTS and path.partition("/")[0] not in _PARTS and suffix(path) in (".csv", ".h5"):
            yield path
