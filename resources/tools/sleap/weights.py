"""Where a training of SLEAP begins: with pretrained weights where they are at hand, else from scratch.

Imported by `run_task.py`, in SLEAP's environment. What sleap-nn is to load lies in the working folder.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

#: Encoders of torchvision: what sleap-nn calls the kind, and torchvision their weights.
ENCODERS = {
    "convnext": {size: f"ConvNeXt_{size.title()}_Weights" for size in ("tiny", "small", "base", "large")},
    "swint": {size: f"Swin_{size[0].upper()}_Weights" for size in ("tiny", "small", "base")},
}
#: torchvision's own constructors, to see whether a file fits.
_CONSTRUCTORS = {"convnext": "convnext_{size}", "swint": "swin_{letter}"}
FROM_SCRATCH = "from scratch"
_BEGAN_WITH = re.compile(r"^(\s*pre_trained_weights: )\w+$", re.MULTILINE)
_FETCH_WITHIN_S = 60


def settle_weights(config: dict[str, Any], job: dict[str, Any]) -> str:
    """Begin with pretrained weights where they are asked for and at hand; returns with which, in words."""
    if not job["pretrained"] or job["resume"]:
        return "as it was" if job["resume"] else FROM_SCRATCH
    kind, size = job["network"].split("_")
    named = ENCODERS[kind][size]
    try:
        states, source = _states(named, job["weights"])
        _check(states, kind, size)
    except Exception as error:  # noqa: BLE001 - no network, no file, another network's file: all end alike
        said = str(error) if isinstance(error, Misfit) else _NOWHERE
        sys.stderr.write(f"pose-launcher: trains from scratch: {said}\n")
        return f"{FROM_SCRATCH}: {said}"
    config["model_config"]["backbone_config"][kind]["pre_trained_weights"] = named
    _hand_over(states, named)
    return f"pretrained: {source}"


_NOWHERE = "pretrained weights are neither in a folder that was named nor can they be fetched"


class Misfit(Exception):
    """A file of weights that is not this network's."""


def _url(named: str) -> str:
    import torchvision.models

    return str(getattr(torchvision.models, named).DEFAULT.url)


def _states(named: str, folder: str) -> tuple[dict[str, Any], str]:
    """The weights, never unpickled: a file of the folder, else what was fetched before, else fetched."""
    import socket

    import torch

    url = _url(named)
    name = url.rpartition("/")[2]
    if folder:
        file = next(
            (path for path in (Path(folder) / name, *sorted(Path(folder).glob("*.pth"))) if path.is_file()), None
        )
        if file is None:
            raise Misfit(f"there is no {name} in {folder}")
        return torch.load(file, map_location="cpu", weights_only=True), file.name
    if os.environ.get("HF_HUB_OFFLINE") and not (Path(torch.hub.get_dir()) / "checkpoints" / name).is_file():
        raise OSError("offline")
    socket.setdefaulttimeout(_FETCH_WITHIN_S)
    return torch.hub.load_state_dict_from_url(url, map_location="cpu", check_hash=True, weights_only=True), name


def _check(states: dict[str, Any], kind: str, size: str) -> None:
    """sleap-nn takes whatever has a fitting name and leaves the rest out in silence, so it is looked at before."""
    import torchvision.models

    name = _CONSTRUCTORS[kind].format(size=size, letter=size[0])
    wanted = getattr(torchvision.models, name)(weights=None).state_dict()
    wrong = [key for key in wanted if key not in states or states[key].shape != wanted[key].shape]
    if wrong:
        raise Misfit(f"the file of weights is not of {name}")


def keep_from_fetching(model: Path) -> None:
    """Whoever loads a trained model has its own weights; sleap-nn would fetch those that it began with once more.

    `initial_config.yaml` beside it goes on saying with which it began.
    """
    config = model / "training_config.yaml"
    if not config.is_file():
        return
    text = config.read_text(encoding="utf-8")
    without = _BEGAN_WITH.sub(r"\1null", text)
    if without != text:
        draft = config.with_name(f".{config.name}.part")
        draft.write_text(without, encoding="utf-8")
        draft.replace(config)


def _hand_over(states: dict[str, Any], named: str) -> None:
    """Where sleap-nn's own loading finds them, written by us: it would unpickle the file as it came."""
    import torch

    place = Path("torch").absolute() / "hub" / "checkpoints"
    place.mkdir(parents=True)
    torch.save(states, place / _url(named).rpartition("/")[2])
    os.environ["TORCH_HOME"] = str(Path("torch").absolute())
