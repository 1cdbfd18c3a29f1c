"""What DeepLabCut is asked to train: size, stride, rate, where it begins, when it saves, and how it is stopped.

Imported by `run_task.py`, in DeepLabCut's environment.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

_SNAPSHOT = re.compile(r"-(\d+)\.pt$")
#: DeepLabCut counts epochs between snapshots; a slow epoch must not cost an hour when something ends the training.
SAVED_EVERY_S = 120.0
_PIECES = 2
FROM_SCRATCH = "from scratch"


class Stopped(Exception):
    """Somebody asked for an end, and the last epoch is saved."""


def train_until_stopped(
    job: dict[str, Any], config: str, shuffle: int, fraction: int, resume: str | None, updates: dict[str, Any]
) -> None:
    """The training itself; only its last snapshots are kept, and none is chosen by the test frames."""
    import deeplabcut

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
    own = _configuration(folder)
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


def _configuration(folder: Path) -> dict[str, Any]:
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


# Where it begins


def settle_weights(job: dict[str, Any], folder: Path) -> str:
    """Begin with pretrained weights where they are asked for and at hand; returns with which, in words."""
    if job["resume"]:
        return "as it was"
    if not job["pretrained"]:
        _build_without_weights()
        return FROM_SCRATCH
    try:
        source = _weights_at_hand(_configuration(folder)["model"]["backbone"], job["weights"])
    except Exception as error:  # noqa: BLE001 - no network, no file, another network's file: all end alike
        said = str(error) if isinstance(error, Misfit) else _NOWHERE
        sys.stderr.write(f"pose-launcher: trains from scratch: {said}\n")
        _build_without_weights()
        return f"{FROM_SCRATCH}: {said}"
    return f"pretrained: {source}"


_NOWHERE = "pretrained weights are neither in a folder that was named nor can they be fetched"


class Misfit(Exception):
    """A file of weights that is not this network's."""


def _weights_at_hand(backbone: dict[str, Any], folder: str) -> str:
    """Build the encoder once with its weights, so that whatever is wrong with them is known before the training."""
    import timm
    from deeplabcut.pose_estimation_pytorch.models.backbones import BACKBONES

    source = "the tool's hub"
    if folder:
        source = _as_a_hub(timm.models.get_pretrained_cfg(backbone["model_name"]).hf_hub_id, Path(folder))
    try:
        BACKBONES.build({**backbone, "pretrained": True})
    except RuntimeError as error:
        raise Misfit(f"the file of weights is not of {backbone['model_name']}") from error
    return source


def _as_a_hub(repository: str, folder: Path) -> str:
    """A file of weights, or a folder of the hub's own form, where timm looks for them; nothing is fetched then."""
    from huggingface_hub import constants

    cache = folder / "hub"
    if not cache.is_dir():
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise Misfit(f"there is no file .safetensors in {folder}")
        cache, commit = Path("hub").absolute(), "0" * 40
        place = cache / f"models--{repository.replace('/', '--')}"
        (place / "refs").mkdir(parents=True)
        (place / "refs" / "main").write_text(commit, encoding="ascii")
        (place / "snapshots" / commit).mkdir(parents=True)
        shutil.copy(files[0], place / "snapshots" / commit / "model.safetensors")
    constants.HF_HUB_CACHE, constants.HF_HUB_OFFLINE = str(cache), True
    os.environ["HF_HUB_CACHE"], os.environ["HF_HUB_OFFLINE"] = str(cache), "1"
    return folder.name


def _build_without_weights() -> None:
    """Random weights instead of the pretrained ones that DeepLabCut would fetch."""
    from deeplabcut.pose_estimation_pytorch.models.model import PoseModel

    whole = PoseModel.build

    def build(*args: Any, **more: Any) -> Any:
        return whole(*args, **{**more, "pretrained_backbone": False})

    PoseModel.build = staticmethod(build)


# Its snapshots


def stop_after_epoch(stop: Path) -> None:
    """Save and end after the epoch in which somebody asks, and save by the clock, too."""
    from deeplabcut.pose_estimation_pytorch.runners.snapshots import TorchSnapshotManager

    whole, saved = TorchSnapshotManager.update, [time.monotonic()]

    def update(self: Any, epoch: int, state_dict: dict[str, Any], last: bool = False) -> None:
        is_asked = stop.exists()
        is_time = time.monotonic() - saved[0] > SAVED_EVERY_S
        whole(self, epoch, state_dict, last=last or is_asked or is_time)
        if is_time:
            saved[0] = time.monotonic()
        if is_asked:
            raise Stopped

    TorchSnapshotManager.update = update


def save_whole() -> None:
    """Snapshots appear whole or not at all: DeepLabCut writes them in place, and the last is what is gone on from."""
    import torch

    save = torch.save

    def saved(states: Any, file: Any, *args: Any, **more: Any) -> None:
        if not isinstance(file, (str, Path)):
            save(states, file, *args, **more)
            return
        draft = Path(file).with_name(f".{Path(file).name}.part")
        try:
            save(states, draft, *args, **more)
            draft.replace(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    torch.save = saved
