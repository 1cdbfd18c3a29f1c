"""What DeepLabCut is asked to train: size, stride, rate, augmentation, how long.

Imported by `run_task.py`, in DeepLabCut's environment.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_SNAPSHOT = re.compile(r"-(\d+)\.pt$")
_PIECES = 2


def train_until_stopped(
    job: dict[str, Any], config: str, shuffle: int, fraction: int, resume: str | None, updates: dict[str, Any]
) -> None:
    """The training itself; only its last snapshots are kept, and none is chosen by the test frames."""
    import deeplabcut
    from snapshots import Stopped

    # DeepLabCut counts the epochs of a resumed training on top of those that its snapshot has.
    done = int(found[1]) if resume and (found := _SNAPSHOT.search(Path(resume).name)) else 0
    epochs = max(1, job["epochs"] - done)
    try:
        deeplabcut.train_network(
            config, shuffle=shuffle, trainingsetindex=fraction, epochs=epochs, batch_size=job["batch"],
            save_epochs=max(1, min(10, epochs)), display_iters=20, max_snapshots_to_keep=_PIECES,
            snapshot_path=resume, pytorch_cfg_updates=updates,
        )  # fmt: skip
    except Stopped:
        return


# Its configuration


def updates(job: dict[str, Any], folder: Path) -> tuple[dict[str, Any], int]:
    """What is changed of DeepLabCut's own configuration of this network, and its stride; 0 if that is not known."""
    own = configuration(folder)
    changed: dict[str, Any] = {"runner.eval_interval": 1_000_000, "runner.snapshots.save_optimizer_state": True}
    if job["scale"] != 1.0:
        changed |= _size(job, own)
    if job["seed"] is not None:
        changed["train_settings.seed"] = job["seed"]
    if job["rate"]:
        changed["runner.optimizer.params.lr"] = job["rate"]
        changed["runner.scheduler"] = {"type": "StepLR", "params": stepwise(job["epochs"])}
    if job["augmentation"] == "alike":
        changed |= _alike()
    strides, stride = _stride(own["model"], job["stride"])
    return changed | strides, stride


def stepwise(epochs: int) -> dict[str, Any]:
    """The rate goes down twice; the same in SLEAP's script, so that both tools can be trained alike."""
    return {"step_size": max(1, round(0.4 * epochs)), "gamma": 0.3}


def configuration(folder: Path) -> dict[str, Any]:
    """DeepLabCut's own configuration of a network."""
    from deeplabcut.core.config.utils import read_config_as_dict

    found: dict[str, Any] = read_config_as_dict(folder / "train" / "pytorch_config.yaml")
    return found


def _size(job: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The pictures made smaller; what is cut out of them for training may not be larger than they are."""
    width, height = (max(32, round(job["scale"] * side)) for side in largest_picture(job))
    resize = {"height": height, "width": width, "keep_ratio": True}
    changed: dict[str, Any] = {"data.train.resize": resize, "data.inference.resize": resize}
    if crop := own["data"]["train"].get("crop_sampling"):
        cut = {"width": min(width, crop["width"]), "height": min(height, crop["height"])}
        changed["data.train.crop_sampling"] = {**crop, **cut}
    return changed


def largest_picture(job: dict[str, Any]) -> tuple[int, int]:
    """Width and height that hold every labelled picture of the training."""
    from PIL import Image

    sizes = []
    for name in job["frames"]["train"]:
        with Image.open(Path(job["project"]).parent / name) as picture:
            sizes.append(picture.size)
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _alike() -> dict[str, Any]:
    """The one augmentation that both tools are given where they are trained alike."""
    other = ("hist_eq", "motion_blur", "covering", "elastic_transform", "grayscale", "gaussian_noise", "hflip")
    affine = {"p": 1.0, "rotation": 180, "scaling": [0.9, 1.1], "translation": 0}
    return {"data.train.affine": affine, **{f"data.train.{name}": False for name in other}}


def _stride(model: dict[str, Any], wanted: int) -> tuple[dict[str, Any], int]:
    """Another last layer where the network is one encoder and one such layer; else it keeps its own stride."""
    encoder, head = model["backbone"].get("output_stride"), model["heads"].get("bodypart", {})
    maps = [f"{kind}_config" for kind in ("heatmap", "locref") if head.get(f"{kind}_config")]
    if not encoder or not maps or any(len(head[kind]["strides"]) != 1 for kind in maps):
        return {}, 0
    own = int(encoder) // int(head[maps[0]]["strides"][0])
    if wanted in (0, own) or int(encoder) % wanted:
        return {}, own
    up = int(encoder) // wanted
    # As wide as DeepLabCut's own, whose kernel of 3 goes with a step of 2.
    layers = {f"model.heads.bodypart.{kind}.strides": [up] for kind in maps}
    return layers | {f"model.heads.bodypart.{kind}.kernel_size": [2 * up - 1] for kind in maps}, wanted
