"""The figures: numbers with their intervals, distributions, body parts, coverage, trainings. Drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as ET

import numpy as np

from launcher.compare.page.markup import tag
from launcher.compare.page.scale import Scale, number, reach
from launcher.compare.results import Comparison, ModelResult, Row
from launcher.projects.preview_marks import Shape, mark, outline

WIDTH, LEFT, RIGHT = 720.0, 210.0, 24.0
ROW, TOP, BOTTOM = 30.0, 14.0, 44.0
#: A figure stands alone too: it brings its own colours, those of the window.
STYLE = """
svg.figure { font: 13px system-ui, 'Segoe UI', 'Noto Sans', sans-serif; }
svg.figure text { fill: #1B1F26; } svg.figure text.dim { fill: #5B6472; } svg.figure .line { stroke: #DFE3E8; }
svg.figure .axis { stroke: #5B6472; } svg.figure .rim { stroke: #FFFFFF; } svg.figure .human { stroke: #1B1F26; }
@media (prefers-color-scheme: dark) {
svg.figure text { fill: #E7EAEE; } svg.figure text.dim { fill: #9AA4B1; } svg.figure .line { stroke: #30363F; }
svg.figure .axis { stroke: #9AA4B1; } svg.figure .rim { stroke: #1C2026; } svg.figure .human { stroke: #E7EAEE; } }
"""


def figure(width: float, height: float, title: str, *content: ET.Element | Iterable[ET.Element]) -> ET.Element:
    """An SVG with a name for who cannot see it."""
    return tag(
        "svg", tag("title", title), tag("style", STYLE), *content,
        class_="figure", viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=title,
    )  # fmt: skip


def sign(at: int, x: float, y: float, radius: float = 6.0) -> ET.Element:
    """The mark of a model or a body part: colour and shape."""
    how = mark(at)
    if how.shape is Shape.CIRCLE:
        return tag("circle", cx=x, cy=y, r=radius, fill=how.colour, class_="rim", stroke_width=1.5)
    corners = " ".join(f"{x + radius * dx:.2f},{y + radius * dy:.2f}" for dx, dy in outline(how.shape))
    return tag("polygon", points=corners, fill=how.colour, class_="rim", stroke_width=1.5)


def text(x: float, y: float, words: str, anchor: str = "start", class_: str | None = None) -> ET.Element:
    """A line of text."""
    return tag("text", words, x=x, y=y, text_anchor=anchor, class_=class_)


def across(scale: Scale, bottom: float, unit: str, top: float = TOP) -> list[ET.Element]:
    """An axis below, with lines through the figure."""
    drawn = []
    for value in scale.ticks():
        x = scale.at(value)
        drawn.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="line"))
        drawn.append(text(x, bottom + 18, number(value), "middle", "dim"))
    return [*drawn, text((scale.start + scale.end) / 2, bottom + 36, unit, "middle", "dim")]


def upward(scale: Scale, left: float, right: float, words: Mapping[float, str]) -> list[ET.Element]:
    """An axis on the left."""
    drawn = []
    for value, label in words.items():
        y = scale.at(value)
        drawn.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="line"))
        drawn.append(text(left - 8, y + 4, label, "end", "dim"))
    return drawn


def intervals(models: Sequence[ModelResult], measure: str, title: str, unit: str) -> ET.Element:
    """One number of every model with its interval; a model that may not be ranked is drawn hollow."""
    rows = [(at, model, row) for at, model in enumerate(models) for row in model.rows]
    high = 1.3 * ROW
    found = [row.numbers[measure] for _, _, row in rows]
    bottom = TOP + high * len(rows)
    scale = Scale(
        0.0, reach([one.high if math.isfinite(one.high) else one.value for one in found]), 300.0, WIDTH - RIGHT
    )
    drawn = across(scale, bottom, unit)
    for line, ((at, model, row), one) in enumerate(zip(rows, found, strict=True)):
        y = TOP + high * (line + 0.5)
        drawn.append(text(0, y - 2, shortened(model.name, 38)))
        drawn.append(text(0, y + 12, _frames(row), class_="dim"))
        if math.isfinite(one.low) and math.isfinite(one.high):
            ends = {"x1": scale.at(one.low), "x2": scale.at(one.high), "y1": y, "y2": y}
            drawn.append(
                tag(
                    "line",
                    **ends,
                    stroke=mark(at).colour,
                    stroke_width=3,
                    stroke_dasharray="4 3" if row.why_not else None,
                )
            )
        if math.isfinite(one.value):
            drawn.append(sign(at, scale.at(one.value), y))
    return figure(WIDTH, bottom + BOTTOM, title, drawn)


def _frames(row: Row) -> str:
    return f"{row.frame_count} frames{', not ranked' if row.why_not else ''}"


def distribution(models: Sequence[ModelResult], title: str) -> ET.Element:
    """Of all labelled points, how many are nearer than x; a curve that ends below 100 % left points out."""
    errors = [np.sort(np.concatenate([one.errors[one.found] for one in model.detail.scored])) for model in models]
    labelled = [max(1, sum(int(one.labelled.sum()) for one in model.detail.scored)) for model in models]
    far = max((float(np.percentile(one, 97)) for one in errors if one.size), default=1.0)
    left, bottom = 54.0, 300.0
    x, y = Scale(0.0, max(far, 1.0) * 1.1, left, WIDTH - RIGHT), Scale(0.0, 1.0, bottom, TOP)
    drawn = across(x, bottom, "error, px")
    drawn += upward(y, left, WIDTH - RIGHT, {share / 100: f"{share} %" for share in (0, 25, 50, 75, 100)})
    for at, (one, count) in enumerate(zip(errors, labelled, strict=True)):
        places = [(left, bottom)]
        for rank, error in enumerate(one[one <= x.high], 1):
            places += [(x.at(float(error)), places[-1][1]), (x.at(float(error)), y.at(rank / count))]
        places.append((x.end, places[-1][1]))
        drawn.append(path(places, at, dashed=bool(models[at].rows[0].why_not)))
        drawn += [sign(at, *place, 5.0) for place in places[len(places) // 8 :: max(1, len(places) // 5)][:5]]
    return figure(WIDTH, bottom + BOTTOM, title, drawn)


def path(places: Sequence[tuple[float, float]], at: int, *, dashed: bool = False) -> ET.Element:
    """A line in a model's colour."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return tag(
        "polyline",
        points=points,
        fill="none",
        stroke=mark(at).colour,
        stroke_width=2,
        stroke_dasharray="5 4" if dashed else None,
    )


def by_part(models: Sequence[ModelResult], parts: Sequence[str], title: str) -> ET.Element:
    """The mean error of each body part, misses counted."""
    return _dots(
        parts, [[part.mean_with_misses for part in model.rows[0].parts] for model in models], range(len(models)),
        "mean error with misses counted, px", title, 1.0,
    )  # fmt: skip


def clip_missing(models: Sequence[ModelResult], parts: Sequence[str], title: str) -> ET.Element | None:
    """How much of the clip each model leaves out, whole and by part."""
    told = [(at, model.clip) for at, model in enumerate(models) if model.clip is not None]
    if not told:
        return None
    values = [[100 * clip.missing, *(100 * clip.missing_by_part[part] for part in parts)] for _, clip in told]
    return _dots(["all points", *parts], values, [at for at, _ in told], "points missing on the clip, %", title, 10.0)


def _dots(
    names: Sequence[str], values: Sequence[Sequence[float]], models: Sequence[int], unit: str, title: str, least: float
) -> ET.Element:
    bottom = TOP + ROW * len(names)
    scale = Scale(0.0, reach([value for each in values for value in each], least), LEFT, WIDTH - RIGHT)
    drawn = across(scale, bottom, unit)
    for line, name in enumerate(names):
        y = TOP + ROW * (line + 0.5)
        drawn.append(text(0, y + 4, shortened(name, 28)))
        drawn.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="line"))
        there = [(at, each[line]) for at, each in zip(models, values, strict=True) if math.isfinite(each[line])]
        drawn += [sign(at, scale.at(value), y) for at, value in there]
    return figure(WIDTH, bottom + BOTTOM, title, drawn)


def trainings(models: Sequence[ModelResult], title: str) -> ET.Element | None:
    """Losses by epoch, each model's as parts of its own first one: losses of different tools have different units."""
    told = [(at, curve) for at, model in enumerate(models) for curve in model.curves]
    lines = [(at, kind, list(_relative(curve, kind))) for at, curve in told for kind in ("loss", "validation")]
    lines = [(at, kind, points) for at, kind, points in lines if len(points) > 1]
    if not lines:
        return None
    every = [point for _, _, points in lines for point in points]
    left, bottom = 64.0, 260.0
    x = Scale(0.0, reach([epoch for epoch, _ in every]), left, WIDTH - RIGHT)
    low, high = (math.floor(min(math.log10(v) for _, v in every)), math.ceil(max(math.log10(v) for _, v in every)))
    y = Scale(float(low), float(max(high, low + 1)), bottom, TOP)
    drawn = across(x, bottom, "epoch")
    drawn += upward(y, left, WIDTH - RIGHT, {float(power): f"{10.0**power:g}" for power in range(low, int(y.high) + 1)})
    for at, kind, points in lines:
        places = [(x.at(epoch), y.at(math.log10(value))) for epoch, value in points]
        drawn.append(path(places, at, dashed=kind == "validation"))
        drawn.append(sign(at, *places[-1], 5.0))
    return figure(WIDTH, bottom + BOTTOM, title, drawn)


def _relative(curve: Mapping[str, Sequence[float | None]], kind: str) -> Iterable[tuple[float, float]]:
    first = next((value for value in curve["loss"] if value), None)
    for epoch, value in zip(curve["epoch"], curve[kind], strict=True):
        if first and epoch is not None and value is not None and value > 0:
            yield epoch, value / first


CAPTIONS = {
    "mean-error": "Mean error of all labelled points, a miss counted as the animal's size, with its 95 % interval. "
    "Dashed: may not be ranked.",
    "distribution": "Share of labelled points of the test frames with an error of at most x. A curve that stays below "
    "100 % at the right edge has points farther away, or missed ones.",
    "by-part": "Each body part by itself, misses counted.",
    "clip": "Points that a model left out on the whole clip. Nothing is labelled there.",
    "trainings": "Loss by epoch as a part of each model's first training loss (logarithmic); dashed: on validation "
    "frames. Losses of different models cannot be compared with each other.",
}


def figures(found: Comparison) -> dict[str, tuple[ET.Element, str]]:
    """All figures by the name of their file, each with its caption; what nothing is known of is left out."""
    models, unit = found.models, "mean error with misses counted, px"
    made: dict[str, ET.Element | None] = {
        "mean-error": intervals(models, "mean_with_misses_px", "Mean error with its interval", unit),
        "distribution": distribution(models, "Distribution of errors"),
        "by-part": by_part(models, found.parts, "Error by body part"),
        "clip": clip_missing(models, found.parts, "Points missing on the clip"),
        "trainings": trainings(models, "Losses of the trainings"),
    }
    return {name: (drawn, CAPTIONS[name]) for name, drawn in made.items() if drawn is not None}


def shortened(words: str, most: int) -> str:
    """A name that fits."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
