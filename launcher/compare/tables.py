"""The numbers as CSV: what a spreadsheet opens, and never carries out."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

import numpy as np

from launcher.compare import metrics
from launcher.compare.results import Comparison
from launcher.compare.scoring import MEASURES
from launcher.config.plain import plain

#: A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A number as it is; a text so that no spreadsheet computes it."""
    if isinstance(value, float | np.floating):
        return f"{float(value):.6f}" if math.isfinite(value) else ""
    text = plain(str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """One table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def models(found: Comparison) -> str:
    """A line for every number of every model."""
    heads = ("model", "tool", "frames", "ranked", "measure", "value", "low_95", "high_95")
    rows = [
        (model.name, model.tool, row.frames, "no" if row.why_not else "yes", name, one.value, one.low, one.high)
        for model in found.models
        for row in model.rows
        for name, one in row.numbers.items()
    ]
    clips = [
        (model.name, model.tool, f"clip of {model.clip.frames} frames", "yes", "missing", model.clip.missing, "", "")
        for model in found.models
        if model.clip is not None
    ]
    folds = [
        (model.name, model.tool, f"fold {number}", "no" if model.rows[0].why_not else "yes", measure, value, "", "")
        for model in found.models
        for number, fold in enumerate(model.folds, 1)
        for measure, value in (
            ("mean_px", fold.mean_px),
            ("mean_with_misses_px", fold.mean_with_misses_px),
            ("coverage", fold.coverage),
        )
    ]
    assert not rows or set(found.models[0].rows[0].numbers) == set(MEASURES)
    return table(heads, [*rows, *folds, *clips])


def pairs(found: Comparison) -> str:
    """A line for every pair of models that may be ranked."""
    heads = ("one", "other", "frames", "difference_px", "low_95", "high_95", "p_holm", "winner")
    return table(
        heads,
        [
            (one.one, one.other, one.frames, one.error.value, one.error.low, one.error.high, one.p, one.winner)
            for one in found.pairs
        ],
    )


def points(found: Comparison) -> str:
    """A line for every labelled point and every training of every model; no error where the point was missed."""
    heads = ("model", "training", "frame", "animal", "part", "x", "y", "predicted_x", "predicted_y", "error_px")
    return table(heads, _points(found))


def _points(found: Comparison) -> Iterable[Sequence[object]]:
    truth = found.truth[list(found.test)]
    places = np.argwhere(metrics.present(truth))
    for model in found.models:
        for training, scored in enumerate(model.detail.scored):
            predicted = model.detail.points[training][list(found.test)]
            for frame, animal, part in places:
                at = (frame, animal, part)
                where = (model.name, training, found.frame_names[frame], int(animal), found.parts[part])
                yield (*where, *map(float, truth[at]), *map(float, predicted[at]), float(scored.errors[at]))
