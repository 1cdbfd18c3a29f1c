"""Where a training of DeepLabCut begins: with pretrained weights where they are at hand, else from scratch.

Imported by `run_task.py`, in DeepLabCut's environment. A hub's folder for a lone file is made in the working folder.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

FROM_SCRATCH = "from scratch"


def settle_weights(job: dict[str, Any], backbone: dict[str, Any]) -> str:
    """Begin with pretrained weights where they are asked for and at hand; returns with which, in words."""
    if job["resume"]:
        return "as it was"
    if not job["pretrained"]:
        _build_without_weights()
        return FROM_SCRATCH
    try:
        source = _weights_at_hand(backbone, job["weights"])
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
