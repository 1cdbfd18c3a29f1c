"""Which frames are worth a look, and how they are drawn: the picture, the labels, and every model's points."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np

from launcher.compare import metrics, scoring
from launcher.compare.metrics import Floats
from launcher.compare.page.charts import STYLE, sign
from launcher.compare.page.markup import tag
from launcher.compare.pictures import Box
from launcher.compare.results import Comparison

#: A panel shows at least this much of the frame, and this much around the points.
_LEAST, _AROUND = 120.0, 0.3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A test frame to be shown: its position among the test frames, and why."""

    at: int
    why: str


def choose(found: Comparison) -> list[Chosen]:
    """The worst, a usual and the best frame, by the mean over the models that are ranked; and the greatest quarrel."""
    models = [model for model in found.models if model.is_comparable] or list(found.models)
    filled = [
        scoring.per_frame(model.detail.scored, lambda one: one.filled(one.sizes[..., None])).mean(axis=0)
        for model in models
    ]
    errors = np.mean(filled, axis=0)
    there = np.flatnonzero(np.isfinite(errors))
    order = there[np.argsort(errors[there], kind="stable")].tolist()
    chosen = [(order[-1], "worst"), (order[len(order) // 2], "median"), (order[0], "best")]
    if len(found.models) > 1:
        apart = disagreement(found)
        chosen.append((int(np.nanargmax(apart)), "most disagreement"))
    named: dict[int, list[str]] = {}
    for at, why in chosen:
        named.setdefault(at, []).append(why)
    return [Chosen(at, " and ".join(whys)) for at, whys in named.items()]


def disagreement(found: Comparison) -> Floats:
    """How far apart models put the same point, by test frame; where only one has it, the animal's size."""
    test = _test_rows(found)
    points = [model.detail.points[0][test] for model in found.models]
    sizes = found.models[0].detail.scored[0].sizes[..., None]
    total = np.zeros(len(test))
    for at, one in enumerate(points):
        for other in points[at + 1 :]:
            gap = np.linalg.norm(one - other, axis=-1)
            alone = metrics.present(one) != metrics.present(other)
            total += np.nanmean(np.where(alone, sizes, np.nan_to_num(gap)), axis=(1, 2))
    return total


def _test_rows(found: Comparison) -> list[int]:
    return list(found.test)


def box_of(found: Comparison, at: int) -> Box:
    """The part of a frame that holds the labels and every model's points, with some room; wide or high at will."""
    row = _test_rows(found)[at]
    every = [found.truth[row], *(model.detail.points[0][row] for model in found.models)]
    points = np.concatenate([one[metrics.present(one)] for one in every])
    labelled = found.truth[row][metrics.present(found.truth[row])]
    middle = (labelled.min(axis=0) + labelled.max(axis=0)) / 2
    side = max(_LEAST, float((labelled.max(axis=0) - labelled.min(axis=0)).max()) * (1 + 2 * _AROUND))
    near = points[np.abs(points - middle).max(axis=1) < 1.5 * side]
    low, high = near.min(axis=0), near.max(axis=0)
    middle, side = (low + high) / 2, max(side, float((high - low).max()) * 1.25)
    left, top = (int(value) for value in np.floor(middle - side / 2))
    return left, top, int(np.ceil(side)), int(np.ceil(side))


def panels(found: Comparison, chosen: Chosen, box: Box, png: bytes | None) -> ET.Element:
    """The frame once for the labels and once for each model."""
    identity = f"frame-{chosen.at}"
    row = _test_rows(found)[chosen.at]
    truth = found.truth[row]
    left, top, width, height = box
    source = "data:image/png;base64," + base64.b64encode(png).decode() if png else None
    picture = tag("image", id=identity, href=source, x=left, y=top, width=width, height=height) if source else None
    shared = (
        tag("svg", tag("defs", picture), width=0, height=0, aria_hidden="true", class_="shared") if source else None
    )
    each = [_panel(identity if source else None, box, "Human labels", "", _points(truth, box))]
    for model in found.models:
        predicted = model.detail.points[0][row]
        scored = model.detail.scored[0]
        error = scored.filled(scored.sizes[..., None])[chosen.at]
        missed = int((scored.labelled[chosen.at] & ~scored.found[chosen.at]).sum())
        words = f"{np.nanmean(error):.1f} px" + (f", {missed} missed" if missed else "")
        words += ", not ranked" if not model.is_comparable else ""
        drawn = [*_gaps(truth, predicted, box), *_rings(truth, predicted, box), *_points(predicted, box)]
        each.append(_panel(identity if source else None, box, model.name, words, drawn))
    name = found.frame_names[chosen.at].rpartition("/")[2]
    caption = tag("h3", f"{chosen.why.capitalize()}: ", tag("span", name, class_="dim"))
    return tag("section", caption, shared, tag("div", each, class_="panels"), class_="frame")


def _panel(identity: str | None, box: Box, title: str, words: str, drawn: Sequence[ET.Element]) -> ET.Element:
    left, top, width, height = box
    ground = tag("rect", x=left, y=top, width=width, height=height, fill="#808080")
    picture = tag("use", href=f"#{identity}") if identity else None
    image = tag(
        "svg", tag("title", f"{title}: {words}" if words else title), tag("style", STYLE), ground, picture, drawn,
        class_="figure", viewBox=f"{left} {top} {width} {height}", role="img",
    )  # fmt: skip
    return tag("figure", image, tag("figcaption", tag("strong", title), tag("span", words, class_="dim")))


def _radius(box: Box) -> float:
    return max(box[2], box[3]) / 60


def _points(animals: Floats, box: Box) -> list[ET.Element]:
    radius = _radius(box)
    signs = []
    for animal in animals:
        for part, (x, y) in reversed(list(enumerate(animal))):
            if np.isfinite(x) and np.isfinite(y):
                drawn = sign(part, float(x), float(y), radius)
                drawn.set("style", f"stroke: #FFFFFF; stroke-width: {0.3 * radius:.2f}")
                signs.append(drawn)
    return signs


def _gaps(truth: Floats, predicted: Floats, box: Box) -> list[ET.Element]:
    """A line from the label to the prediction."""
    both = metrics.present(truth) & metrics.present(predicted)
    wide = f"stroke: #FFFFFF; stroke-width: {0.3 * _radius(box):.2f}"
    return [
        tag("line", x1=float(a[0]), y1=float(a[1]), x2=float(b[0]), y2=float(b[1]), style=wide)
        for a, b in zip(truth[both], predicted[both], strict=True)
    ]


def _rings(truth: Floats, predicted: Floats, box: Box) -> list[ET.Element]:
    """Where a person put the point: a white ring on black; dashed where the model has none."""
    radius = 1.25 * _radius(box)
    rings = []
    for animal, other in zip(truth, metrics.present(predicted), strict=True):
        for (x, y), is_found in zip(animal, other, strict=True):
            if np.isfinite(x) and np.isfinite(y):
                dash = None if is_found else f"{0.9 * radius:.2f} {0.6 * radius:.2f}"
                for colour, wide in (("#000000", 0.45), ("#FFFFFF", 0.22)):
                    style = f"fill: none; stroke: {colour}; stroke-width: {wide * radius:.2f}"
                    rings.append(tag("circle", cx=float(x), cy=float(y), r=radius, style=style, stroke_dasharray=dash))
    return rings
