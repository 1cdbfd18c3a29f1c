"""Read what a spec names, bring it together, and judge: who may be ranked, and whether there is a winner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from launcher.compare import scoring, words
from launcher.compare.fold_test import paired_over_folds
from launcher.compare.intervals import SEED, Difference, holm, is_decided, paired
from launcher.compare.metrics import Floats, Scored
from launcher.compare.results import Comparison, ModelResult, Pair
from launcher.compare.scored_model import score_model
from launcher.compare.spec import LoadedSpec
from launcher.compare.truth import Reader, read_truth


def judge(loaded: LoadedSpec, reader: Reader, tell: Callable[[str], None]) -> Comparison:
    """The whole comparison; raises an error of the family rather than score something in silence."""
    spec = loaded.spec
    tell("Reading the labels …")
    truth = read_truth(loaded, reader)
    models = []
    for model in spec.model:
        tell(f"Scoring {model.name} …")
        models.append(score_model(loaded, model, truth, reader))
    tell("Comparing …")
    pairs = _pairs([model for model in models if model.is_comparable], truth.fold_of)
    frames = spec.frames.name or f"{len(truth.test)} test frames"
    return Comparison(
        spec.title, spec.about, spec.labels.file, truth.parts, truth.edges, frames,
        [truth.frames[at].label for at in truth.test], len(truth.test), len(truth.frames), len(truth.folds), models,
        pairs,
        words.not_to_conclude(spec, models, pairs, len(truth.test), len(truth.folds)),
        words.methods(len(truth.test), models, len(truth.folds)),
        spec.citations, truth.notices, truth.split.to_json(), truth.points, truth.test.tolist(),
        [(one.picture or one.video, None if one.picture else one.number) for one in truth.frames],
    )  # fmt: skip


def _pairs(models: Sequence[ModelResult], fold_of: NDArray[np.int64] | None) -> list[Pair]:
    drafts = [
        (one, other, *_differences(one.detail.scored, other.detail.scored, fold_of))
        for at, one in enumerate(models)
        for other in models[at + 1 :]
    ]
    corrected = holm([error.p for _, _, error, _, _ in drafts])
    pairs = []
    for (one, other, error, both, coverage), p in zip(drafts, corrected, strict=True):
        winner = (other if error.value > 0 else one).name if is_decided(error, p) else ""
        draft = Pair(one.name, other.name, len(one.detail.scored[0].errors), error, both, coverage, p, winner, "")
        pairs.append(replace(draft, sentence=words.pair(draft)))
    return pairs


def _differences(
    one: Sequence[Scored], other: Sequence[Scored], fold_of: NDArray[np.int64] | None
) -> tuple[Difference, Difference, Difference]:
    """Of the error with misses counted, which decides; of the points that both found; and of the coverage."""

    def whole(scored: Scored) -> Floats:
        return scored.filled(scored.sizes[..., None])

    def covered(scored: Scored) -> Floats:
        return np.where(scored.labelled, scored.found.astype(float), np.nan)

    shared = np.all([scored.found for scored in (*one, *other)], axis=0)

    def both(scored: Scored) -> Floats:
        return np.where(shared, scored.errors, np.nan)

    def difference(ours: Floats, theirs: Floats) -> Difference:
        return paired(ours, theirs, SEED) if fold_of is None else paired_over_folds(ours, theirs, fold_of)

    error, found, coverage = (
        difference(scoring.per_frame(one, values), scoring.per_frame(other, values))
        for values in (whole, both, covered)
    )
    return error, found, coverage
