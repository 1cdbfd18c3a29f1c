"""Which labelled frames a model may learn from and which judge it: decided once, the same for every tool.

Pure. Where labels come from several videos, a video is never on both sides: its frames resemble each other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from launcher.errors import BadUsage, NotDone

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions in the list of names. `validation` is for watching a training and for choosing its checkpoint."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """One or several folds over the same named frames."""

    names: tuple[str, ...]
    folds: tuple[Fold, ...]
    seed: int | None
    grouped: bool

    def to_json(self) -> dict[str, Any]:
        """As it is written; `names` makes it independent of any tool's order."""
        folds = [
            {"train": list(fold.train), "validation": list(fold.validation), "test": list(fold.test)}
            for fold in self.folds
        ]
        about = {"schema": SCHEMA, "seed": self.seed, "grouped_by_video": self.grouped}
        return {**about, "names": list(self.names), "folds": folds}


def single(
    names: Sequence[str], groups: Sequence[str], seed: int, share: float = 0.8, validation: float = 0.1
) -> Split:
    """`share` of the frames for training, the rest for the test; `validation` is a part of the training frames."""
    rng = np.random.default_rng(seed)
    units = _units(names, groups)
    test = _filled([units[at] for at in rng.permutation(len(units))], (1 - share) * len(names))
    return Split(tuple(names), (_fold(len(names), test, validation, rng),), seed, _is_grouped(groups))


def folded(names: Sequence[str], groups: Sequence[str], seed: int, folds: int, validation: float = 0.1) -> Split:
    """k folds: every frame is a test frame exactly once."""
    rng = np.random.default_rng(seed)
    units = _units(names, groups)
    if not 2 <= folds <= len(units):
        what = "videos" if _is_grouped(groups) else "frames"
        raise BadUsage(
            f"{folds} folds", title="So many folds cannot be made", hint=f"There are {len(units)} {what} to divide."
        )
    tests: list[list[int]] = [[] for _ in range(folds)]
    for at in sorted(rng.permutation(len(units)), key=lambda at: -len(units[at])):
        min(tests, key=len).extend(units[at])
    parts = tuple(_fold(len(names), test, validation, rng) for test in tests)
    return Split(tuple(names), parts, seed, _is_grouped(groups))


def given(names: Sequence[str], test: Sequence[int], validation: float = 0.1) -> Split:
    """The test frames that somebody chose; all others may be learned from, some of them watched."""
    if wrong := [number for number in test if not 0 <= number < len(names)]:
        raise BadUsage(
            ", ".join(map(str, wrong[:5])),
            title="These test frames do not exist",
            hint=f"There are {len(names)} labelled frames, counted from 0 in the order of their names.",
        )
    if len(set(test)) != len(test) or not test:
        raise BadUsage(title="The test frames must be named, each once")
    return Split(tuple(names), (_fold(len(names), test, validation, np.random.default_rng(0)),), None, grouped=False)


def parse(text: str, subject: str) -> Split:
    """A split that was written before, by us or by hand: `names`, and `train` and `test` or several `folds`."""
    try:
        told = json.loads(text)
        folds = tuple(
            Fold(*(tuple(map(int, one.get(part, ()))) for part in ("train", "validation", "test")))
            for one in told.get("folds", [told])
        )
        split = Split(tuple(map(str, told["names"])), folds, told.get("seed"), bool(told.get("grouped_by_video")))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as exc:
        raise BadUsage(subject, title="This is no split that can be read", detail=repr(exc)[:200]) from exc
    _check(split, subject)
    return split


def _check(split: Split, subject: str) -> None:
    known = set(range(len(split.names)))
    for fold in split.folds:
        sides = [*fold.train, *fold.validation, *fold.test]
        if len(set(sides)) != len(sides) or not set(sides) <= known or not fold.test:
            raise NotDone(
                subject,
                title="This split puts a frame on two sides, or names one that is not there",
                hint="Nothing was scored. Write the split anew.",
            )


def _is_grouped(groups: Sequence[str]) -> bool:
    return len(set(groups)) > 1


def _units(names: Sequence[str], groups: Sequence[str]) -> list[list[int]]:
    """What stays together: all frames of a video, or each frame where there is one video."""
    if not _is_grouped(groups):
        return [[at] for at in range(len(names))]
    return [[at for at in range(len(names)) if groups[at] == group] for group in dict.fromkeys(groups)]


def _filled(units: Sequence[Sequence[int]], wanted: float) -> list[int]:
    """Units in their order until taking one more would leave the wanted number further behind; at least one."""
    chosen: list[int] = []
    for unit in units[:-1]:
        if chosen and abs(len(chosen) + len(unit) - wanted) > abs(len(chosen) - wanted):
            continue
        chosen.extend(unit)
        if len(chosen) >= wanted:
            break
    return chosen


def _fold(count: int, test: Sequence[int], validation: float, rng: np.random.Generator) -> Fold:
    rest = np.array([at for at in range(count) if at not in set(test)])
    held = rng.permutation(rest)[: round(validation * len(rest))]
    train = sorted(set(rest.tolist()) - set(held.tolist()))
    return Fold(tuple(train), tuple(sorted(held.tolist())), tuple(sorted(test)))
