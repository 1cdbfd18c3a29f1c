"""Train, predict and evaluate with DeepLabCut, without its window, from a description in JSON.

    python -I -u run_task.py JOB.json

Runs in DeepLabCut's environment and in an empty folder of its own. A file `stop` beside the description asks for an
end: the training ends after the epoch at hand, with its snapshot saved. What was made is in `answer.json` there. What a
person should be told is a line on standard error that begins with "pose-launcher:".
"""

# ruff: noqa: INP001 - run by its path in another environment, never imported

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

#: The interpreter is isolated, so what lies beside this file is not found by itself.
sys.path.insert(0, str(Path(__file__).parent))

REFUSED = 20
#: The folder of the description: a file `stop` there asks for an end, and `answer.json` says what was made.
HOME = Path(sys.argv[-1]).absolute().parent
STOP, ANSWER = HOME / "stop", HOME / "answer.json"
_SHUFFLE = re.compile(r"-trainset(\d+)shuffle(\d+)$")


def refuse(text: object) -> NoReturn:
    """End with a line that says why."""
    sys.stderr.write(f"pose-launcher: {' '.join(str(text).split())}\n")
    raise SystemExit(REFUSED)


def answer(**told: Any) -> None:
    """What was made, for the launcher."""
    draft = ANSWER.with_suffix(".part")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(ANSWER)


# Training


def train(job: dict[str, Any]) -> None:
    """Make the training set of the given split, and train on it; or go on with a training that was stopped."""
    import snapshots
    import training
    import weights
    from deeplabcut.utils.auxiliaryfunctions import read_config

    config = job["project"]
    settings: Any = read_config(config)
    rows = merged_rows(settings)
    sides = sides_of(rows, job["frames"])
    share = round(len(sides["train"]) / (len(sides["train"]) + len(sides["test"])), 2)
    shares = with_share(config, list(settings["TrainingFraction"]), share)
    shuffle = resumed_shuffle(job) if job["resume"] else new_training_set(job, sides)
    folder = model_folder(Path(config).parent, share, shuffle)
    begun = weights.settle_weights(job, training.configuration(folder)["model"]["backbone"])
    updates, stride = training.updates(job, folder)
    told = {"model": str(folder), "weights": begun, "stride": stride}
    answer(**told, stopped=False, finished=False)
    snapshots.save_whole()
    snapshots.stop_after_epoch(STOP)
    training.train_until_stopped(job, config, shuffle, shares.index(share), job["resume"] or None, updates)
    answer(**told, stopped=STOP.exists(), finished=not STOP.exists())


def sides_of(rows: dict[str, int], frames: dict[str, list[str]]) -> dict[str, list[int]]:
    """The split by the rows of DeepLabCut's table.

    What is held aside for validation is in neither: DeepLabCut would choose its best snapshot by it.
    """
    sides = {side: [rows[name] for name in frames[side] if name in rows] for side in ("train", "test")}
    if not sides["train"] or len(sides["train"]) != len(frames["train"]):
        refuse("the labels changed while this waited in the queue, or are not found by DeepLabCut")
    return {**sides, "test": sides["test"] or [rows[name] for name in frames["validation"]]}


def with_share(config: str, shares: list[float], share: float) -> list[float]:
    """The fractions that the project's configuration names, with this one, which is written there if it is new."""
    from deeplabcut.utils.auxiliaryfunctions import edit_config

    if share in shares:
        return shares
    edit_config(config, {"TrainingFraction": [*shares, share]})
    return [*shares, share]


def new_training_set(job: dict[str, Any], sides: dict[str, list[int]]) -> int:
    """The number of the training set that DeepLabCut makes of this split."""
    import deeplabcut
    from deeplabcut.core.engine import Engine

    shuffle = next_shuffle(Path(job["project"]).parent)
    deeplabcut.create_training_dataset(
        job["project"], Shuffles=[shuffle], trainIndices=[sides["train"]], testIndices=[sides["test"]],
        net_type=job["network"] or None, engine=Engine.PYTORCH, userfeedback=False,
    )  # fmt: skip
    return shuffle


def resumed_shuffle(job: dict[str, Any]) -> int:
    """The number of the training set that the snapshot to go on from belongs to."""
    return int(_matched(Path(job["resume"]).parents[1].name)[2])


def merged_rows(settings: Any) -> dict[str, int]:
    """The place of each labelled picture in the table that DeepLabCut merges from all folders."""
    from deeplabcut.generate_training_dataset import merge_annotateddatasets

    with tempfile.TemporaryDirectory() as folder:
        merged = merge_annotateddatasets(settings, Path(folder))
    if merged is None:
        refuse("DeepLabCut finds no labels in this project")
    names = ["/".join(index) if isinstance(index, tuple) else str(index) for index in merged.index]
    return {name.replace("\\", "/"): at for at, name in enumerate(names)}


def next_shuffle(root: Path) -> int:
    """A number that no training set of this project has."""
    used = [int(found[2]) for path in root.glob("*/iteration-*/*") if (found := _SHUFFLE.search(path.name))]
    used += [int(found[1]) for path in root.glob("training-datasets/*/*/*") if (found := _PICKLE.search(path.name))]
    return max(used, default=0) + 1


_PICKLE = re.compile(r"shuffle(\d+)\.(?:pickle|mat)$")


def model_folder(root: Path, share: float, shuffle: int) -> Path:
    """Where DeepLabCut keeps the network of a training set."""
    ending = f"-trainset{int(share * 100 + 0.5)}shuffle{shuffle}"
    found = [path for path in root.glob("dlc-models-pytorch/iteration-*/*") if path.name.endswith(ending)]
    if not found:
        refuse("DeepLabCut made no folder for this training")
    return max(found, key=lambda path: path.stat().st_mtime)


def _matched(name: str) -> re.Match[str]:
    return _SHUFFLE.search(name) or refuse(f"{name} is no folder of a DeepLabCut network")


# Predicting


def infer(job: dict[str, Any]) -> None:
    """A video through the last snapshot of a network, as `.h5` and `.csv`."""
    import deeplabcut

    shuffle, fraction = chosen(job)
    out = Path(job["output"])
    out.mkdir(parents=True, exist_ok=True)
    deeplabcut.analyze_videos(
        job["project"],
        [job["video"]],
        shuffle=shuffle,
        trainingsetindex=fraction,
        save_as_csv=True,
        destfolder=str(out),
    )
    tables = sorted(out.glob(f"{Path(job['video']).stem}DLC*.h5"), key=lambda path: path.stat().st_mtime)
    if not tables:
        refuse("DeepLabCut wrote no predictions")
    answer(predictions=str(tables[-1]), model=job["model"])


def evaluate(job: dict[str, Any]) -> None:
    """Predictions for all labelled pictures, by the last snapshot."""
    import deeplabcut

    shuffle, fraction = chosen(job)
    deeplabcut.evaluate_network(job["project"], shuffles=[shuffle], trainingsetindex=fraction, plotting=False)
    name = Path(job["model"]).name
    root = Path(job["project"]).parent / "evaluation-results-pytorch"
    tables = sorted(root.glob(f"iteration-*/{name}/*.h5"), key=lambda path: path.stat().st_mtime)
    if not tables:
        refuse("DeepLabCut wrote no predictions")
    answer(predictions=str(tables[-1]), model=job["model"])


def chosen(job: dict[str, Any]) -> tuple[int, int]:
    """The number of a network's training set, and where its fraction stands in the configuration."""
    from deeplabcut.utils.auxiliaryfunctions import read_config

    found = _matched(Path(job["model"]).name)
    settings: Any = read_config(job["project"])
    shares = [int(share * 100 + 0.5) for share in settings["TrainingFraction"]]
    if int(found[1]) not in shares:
        refuse(f"config.yaml does not name the fraction {int(found[1]) / 100} that this network was trained with")
    return int(found[2]), shares.index(int(found[1]))


def main(description: str) -> None:
    """Do what the description says."""
    job = json.loads(Path(description).read_text(encoding="utf-8"))
    {"train": train, "infer": infer, "evaluate": evaluate}[job["task"]](job)


if __name__ == "__main__":
    main(*sys.argv[1:])
