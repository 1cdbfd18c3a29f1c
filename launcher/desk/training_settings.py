"""What a person chose for a training, and the frames of each side as its tool is told of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.tools import tool
from launcher.tools.running import Network, network_of

if TYPE_CHECKING:
    from launcher.compare.split import Split
    from launcher.compare.truth import Reader
    from launcher.journal import ProjectRecord

_LARGEST_SPLIT = 32 * 1024 * 1024
#: A trainer needs some frames to watch: about so many, where the split names none.
_WATCHED = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose for a training; the tools' own defaults else.

    `stride` and `rate` are the tool's own where they are 0; `weights` is a folder with pretrained ones.
    """

    epochs: int = 200
    batch: int = 4
    scale: float = 1.0
    seed: int = 42
    split: Path | None = None
    network: str = ""
    pretrained: bool = False
    steps: int = 0
    name: str = ""
    stride: int = 0
    rate: float = 0.0
    augmentation: str = "own"
    weights: Path | None = None
    fold: int = 0


def described(settings: Settings, tool_id: str) -> dict[str, Any]:
    """The part of a job's description that the tool's script reads; raises `BadUsage` for a network it has not."""
    network = _network(settings, tool_id)
    is_default = not settings.network and network in tool(tool_id).networks[:1]
    return {
        "epochs": settings.epochs, "batch": settings.batch, "scale": settings.scale, "seed": settings.seed,
        "network": "" if is_default else network.name, "pretrained": settings.pretrained, "steps": settings.steps,
        "stride": settings.stride, "rate": settings.rate, "augmentation": settings.augmentation,
        "weights": str(settings.weights.absolute()) if settings.weights else "",
    }  # fmt: skip


def _network(settings: Settings, tool_id: str) -> Network:
    kind = tool(tool_id)
    if not kind.networks:
        return Network("", has_weights=False)
    found = network_of(kind.networks, settings.network, pretrained=settings.pretrained)
    if found is None:
        named = ", ".join(one.name for one in kind.networks if one.has_weights or not settings.pretrained)
        begin = " that begins with pretrained weights" if settings.pretrained else ""
        raise errors.BadUsage(
            settings.network or kind.title,
            title=f"{kind.title} has no such network{begin}",
            hint=f"Nothing was started. It has {named or 'none'}.",
        )
    return found


def sides(reader: Reader, project: ProjectRecord, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The frames of each side as their tool names them, and the one fold of the split that they are of."""
    from launcher.compare.labelled import labelled_frames

    found = labelled_frames(reader, project)
    split = _split(settings, [frame.name for frame in found], [frame.group for frame in found])
    fold, by_name = split.folds[0], {frame.name: frame for frame in found}
    rows = {"train": fold.train, "validation": fold.validation, "test": fold.test}
    told = {side: [by_name[split.names[at]].told for at in chosen] for side, chosen in rows.items()}
    if not told["validation"]:
        # Some of those that it learns from; never the test frames.
        told["validation"] = told["train"][:: max(1, len(told["train"]) // _WATCHED)]
    if len(told["train"]) < 2:
        raise errors.NotDone(
            project.name, title="There are too few labelled frames to train on", hint="Nothing was started."
        )
    return told, split.to_json()


def _split(settings: Settings, names: list[str], groups: list[str]) -> Split:
    """The split that was written before, or one that is drawn."""
    from launcher.compare.split import parse, single

    if settings.split is None:
        return single(names, groups, settings.seed)
    with settings.split.open("rb") as opened:
        split = parse(opened.read(_LARGEST_SPLIT).decode("utf-8", "replace"), settings.split.name)
    if unknown := [name for name in split.names if name not in set(names)]:
        raise errors.NotDone(
            f"{settings.split.name}: {unknown[0]}",
            title=f"{len(unknown)} frames of the split are not labelled in this project",
            hint="Nothing was started.",
        )
    if settings.fold >= len(split.folds):
        raise errors.BadUsage(
            f"fold {settings.fold}", title=f"The split has {len(split.folds)} folds, counted from 0",
            hint="Nothing was started.",
        )  # fmt: skip
    return replace(split, folds=(split.folds[settings.fold],))
