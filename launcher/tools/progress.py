"""How far a training is, from what its tool prints. Pure; the forms were recorded from the real tools."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from launcher.tools.running import EpochLoss, TrainingProgress

#: sleap-nn's bar: `Epoch 3:  48%|####   | 12/25 [00:04<00:05, 2.7it/s, loss=0.0012, val/loss=0.0013]`
_BAR = re.compile(
    r"Epoch (?P<epoch>\d+):\s+\d+%\|[^|]*\|\s*(?P<at>\d+)/(?P<of>\d+)\s*\[(?P<spent>[\d:]+)<(?P<inside>[^\]\r\n]*)\]"
)
_LOSS = re.compile(r"(?<![\w/])loss=([\d.]+(?:e[+-]?\d+)?)")
_VALIDATION = re.compile(r"val/loss=([\d.]+(?:e[+-]?\d+)?)")
#: DeepLabCut: `Epoch 12/200 (lr=0.0001), train loss 0.00312, valid loss 0.00401`
_LINE = re.compile(
    r"Epoch (?P<epoch>\d+)/(?P<of>\d+) \(lr=[\d.e-]+\), train loss (?P<loss>[\d.]+)"
    r"(?:, valid loss (?P<validation>[\d.]+))?"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One finished (or partly finished) epoch; `done` counts from 1 and may be a fraction."""

    done: float
    loss: float | None
    validation: float | None
    seconds: float | None = None


def of_bar(log: str, epochs: int) -> TrainingProgress | None:
    """sleap-nn: epochs are counted from 0, the bar is rewritten in place."""
    seen: dict[int, _Seen] = {}
    for found in _BAR.finditer(log.replace("\r", "\n")):
        number, at, of = int(found["epoch"]), int(found["at"]), max(1, int(found["of"]))
        before = seen.get(number)
        loss, validation = (_in(kind, found["inside"]) for kind in (_LOSS, _VALIDATION))
        seen[number] = _Seen(
            number + at / of,
            loss if loss is not None else (before.loss if before else None),
            validation if validation is not None else (before.validation if before else None),
            _seconds(found["spent"]) * of / at if at else None,
        )
    return _told(list(seen.values()), epochs)


def of_lines(log: str, epochs: int) -> TrainingProgress | None:
    """DeepLabCut: a line for each epoch; where it is resumed, it counts on and names the end itself."""
    seen, last = [], epochs
    for found in _LINE.finditer(log):
        seen.append(_Seen(float(found["epoch"]), _number(found["loss"]), _number(found["validation"])))
        last = int(found["of"])
    return _told(seen, last)


def _told(seen: list[_Seen], epochs: int) -> TrainingProgress | None:
    if not seen:
        return None
    now = seen[-1]
    validations, losses = _there(one.validation for one in seen), _there(one.loss for one in seen)
    best = min(validations or losses, default=None)
    rates = _there(one.seconds for one in seen[-5:])
    # Bars tell whole seconds: of epochs that are shorter than one, only the clock knows how long they take.
    rate = sum(rates) / len(rates) if sum(rates) >= len(rates) > 0 else None
    left = max(0.0, epochs - now.done) * rate if rate is not None else None
    loss = next((one.loss for one in reversed(seen) if one.loss is not None), None)
    validation = next((one.validation for one in reversed(seen) if one.validation is not None), None)
    return TrainingProgress(math.floor(now.done), epochs, loss, validation, best, rate, left, _curve(seen))


def _curve(seen: list[_Seen]) -> tuple[EpochLoss, ...]:
    """Every epoch that came to its end: the one that is under way has the loss of a few batches."""
    whole = seen if seen[-1].done == math.floor(seen[-1].done) else seen[:-1]
    return tuple(
        EpochLoss(math.ceil(one.done), one.loss, one.validation)
        for one in whole
        if one.loss is not None or one.validation is not None
    )


def with_clock(told: TrainingProgress | None, seconds: float) -> TrainingProgress | None:
    """The rate by the clock, where the tool tells none: `seconds` since the job began."""
    if told is None or told.rate is not None or not told.epoch or seconds <= 0:
        return told
    rate = seconds / told.epoch
    left = max(0, told.epochs - told.epoch) * rate
    return replace(told, rate=rate, seconds_left=left)


def _there(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _in(kind: re.Pattern[str], inside: str) -> float | None:
    found = kind.search(inside)
    return _number(found[1]) if found else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _seconds(clock: str) -> float:
    """`05:12` or `1:05:12`."""
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + (int(part) if part.isdigit() else 0)
    return total
