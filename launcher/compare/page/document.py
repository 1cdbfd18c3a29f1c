"""The page itself, from what was found and drawn."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import launcher
from launcher.compare.intervals import Interval
from launcher.compare.page.charts import STYLE, sign
from launcher.compare.page.markup import Content, html, tag
from launcher.compare.results import Comparison, FoldNumbers, ModelResult, Row
from launcher.compare.scoring import MEASURES

STYLE_SHEET = Path(launcher.__file__).parents[1] / "resources" / "compare" / "page.css"
#: A clip up to this size is inside the page; a larger one stays beside it.
_INSIDE = 8 * 1024 * 1024
_NOTHING = "\u2014"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The figures with their captions, the frames with their points, and the clip."""

    figures: Mapping[str, tuple[ET.Element, str]]
    frames: Sequence[ET.Element]
    frames_note: str
    clip: bytes | None
    clip_note: str


def page(found: Comparison, drawn: Drawn, made: str) -> str:
    """The whole HTML file. `made` says when and with which launcher."""
    body = tag(
        "main",
        _head(found),
        _verdicts(found),
        _numbers(found),
        _folds(found),
        _figures(found, drawn.figures, ("mean-error", "distribution"), "Errors"),
        _figures(found, drawn.figures, ("by-part",), "Body parts"),
        _coverage(found, drawn),
        _frames(found, drawn),
        _clip(drawn),
        _told(found),
        _figures(found, drawn.figures, ("trainings",), "Trainings", [bool(model.curves) for model in found.models]),
        _times(found),
        _list("What may not be concluded", found.not_to_conclude, class_="warning"),
        _methods(found, made),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", found.title),
        tag("style", STYLE_SHEET.read_text(encoding="utf-8")),
    )
    return html(tag("html", head, tag("body", body), lang="en"))


def _head(found: Comparison) -> ET.Element:
    about = tag("p", found.about, class_="dim") if found.about else None
    frames = f"{found.frame_count} of {found.labelled_frames} labelled frames judge: {found.frames}."
    notices = [tag("p", notice, class_="dim") for notice in found.notices]
    return tag("header", tag("h1", found.title), about, tag("p", frames), notices)


def _verdicts(found: Comparison) -> ET.Element:
    said = [tag("li", one.sentence, class_="winner" if one.winner else "noise") for one in found.pairs]
    others = [
        tag("li", tag("strong", model.name), f" is not ranked: {model.rows[0].why_not}.", class_="noise")
        for model in found.models
        if not model.is_comparable
    ]
    if not said and not others:
        said = [tag("li", "One model alone: there is nothing to compare it with.", class_="noise")]
    clips = [f"{model.name} {100 * model.clip.missing:.1f} %" for model in found.models if model.clip is not None]
    left_out = tag("li", f"Points left out on the clip: {', '.join(clips)}.", class_="said") if clips else None
    return tag("section", tag("h2", "In short"), tag("ul", said, left_out, others, class_="verdicts"))


def _wide(content: ET.Element, title: str) -> ET.Element:
    """What may be wider than a narrow screen: it scrolls by itself, by keyboard as well."""
    return tag("div", content, class_="wide", tabindex="0", role="region", aria_label=title)


def _figure(drawn: ET.Element, words: str) -> ET.Element:
    return tag("figure", _wide(drawn, drawn.get("aria-label", "")), tag("figcaption", words))


def _key(at: int) -> ET.Element:
    """The mark of a model, beside its name."""
    drawn = sign(at, 8, 8)
    return tag("svg", tag("style", STYLE), drawn, class_="figure key", viewBox="0 0 16 16", aria_hidden="true")


def _numbers(found: Comparison) -> ET.Element:
    columns = [(at, model, row) for at, model in enumerate(found.models) for row in model.rows]
    heads = [
        tag("th", _key(at), tag("span", model.name), tag("small", _row_words(row), class_="dim"), scope="col")
        for at, model, row in columns
    ]
    rows = [
        tag("tr", tag("th", title, scope="row"), [_cell(row.numbers[name], unit) for _, _, row in columns])
        for name, (title, _, unit) in MEASURES.items()
    ]
    counts = [_counts(row) for _, _, row in columns]
    rows += [tag("tr", tag("th", title, scope="row"), [tag("td", one[title]) for one in counts]) for title in counts[0]]
    table = tag("table", tag("thead", tag("tr", tag("th", "", scope="col"), heads)), tag("tbody", rows))
    notes = [tag("li", tag("strong", model.name), ": ", " ".join(model.notes)) for model in found.models if model.notes]
    under = tag("p", "With 95 % intervals. Lower is better for errors in px, higher for shares in %.", class_="dim")
    return tag("section", tag("h2", "Numbers"), _wide(table, "Numbers"), under, tag("ul", notes, class_="dim"))


def _folds(found: Comparison) -> ET.Element | None:
    """The folds one by one: how much the choice of what was learned from matters."""
    if found.folds < 2:
        return None
    heads = [tag("th", _key(at), tag("span", model.name), scope="col") for at, model in enumerate(found.models)]
    rows = [
        tag(
            "tr", tag("th", f"Fold {number + 1}, {found.models[0].folds[number].frames} frames", scope="row"),
            [_fold(model.folds[number]) for model in found.models],
        )
        for number in range(found.folds)
    ]  # fmt: skip
    table = tag("table", tag("thead", tag("tr", tag("th", "", scope="col"), heads)), tag("tbody", rows))
    under = "Mean error with misses counted, and the share of points found; each fold has a training of its own."
    return tag("section", tag("h2", "Fold by fold"), _wide(table, "Fold by fold"), tag("p", under, class_="dim"))


def _fold(one: FoldNumbers) -> ET.Element:
    found = tag("small", f"{100 * one.coverage:.1f} % found", class_="dim")
    return tag("td", tag("strong", f"{one.mean_with_misses_px:.2f} px"), found)


def _counts(row: Row) -> dict[str, str]:
    """What is counted, and where several animals are in a frame, how well they were told apart."""
    found = {
        "Points labelled": f"{row.labelled}",
        "Points found": f"{row.found}",
        "Points predicted where none is labelled": f"{row.surplus}",
        "Predicted animals without a labelled one": f"{row.extra_animals}",
    }
    if row.animals is None:
        return found
    means = (row.animals.mean_ap, row.animals.ap50, row.animals.ap75, row.animals.mean_oks)
    titles = ("mAP (OKS 0.50 to 0.95)", "AP at OKS 0.50", "AP at OKS 0.75", "Mean OKS")
    return found | {title: _plain(value) for title, value in zip(titles, means, strict=True)}


def _row_words(row: Row) -> str:
    return f"{row.frames}{'; not ranked' if row.why_not else ''}"


def _cell(one: Interval, unit: str) -> ET.Element:
    def shown(value: float) -> str:
        if not math.isfinite(value):
            return "∞" if value == math.inf else _NOTHING
        if unit != "%":
            return f"{value:.2f}" if value < 1e6 else "∞"
        return f"{100 * value:.1f}"

    value = f"{shown(one.value)} {unit}" if math.isfinite(one.value) else shown(one.value)
    return tag("td", tag("strong", value), tag("small", f"{shown(one.low)} to {shown(one.high)}", class_="dim"))


def _plain(value: float) -> str:
    return _NOTHING if not math.isfinite(value) else f"{value:.3f}"


def _legend(names: Sequence[str], there: Sequence[bool] = ()) -> ET.Element:
    """Which mark is whose."""
    shown = [(at, one) for at, one in enumerate(names) if not there or there[at]]
    return tag("p", [tag("span", _key(at), tag("span", one), class_="part") for at, one in shown], class_="legend")


def _figures(
    found: Comparison,
    drawn: Mapping[str, tuple[ET.Element, str]],
    names: Sequence[str],
    title: str,
    there: Sequence[bool] = (),
) -> ET.Element | None:
    """Some figures under one title, below the marks of the models that are in them: all, or those of `there`."""
    made = [_figure(*drawn[name]) for name in names if name in drawn]
    return tag("section", tag("h2", title), _legend([one.name for one in found.models], there), made) if made else None


def _coverage(found: Comparison, drawn: Drawn) -> ET.Element | None:
    told = [(at, model) for at, model in enumerate(found.models) if model.clip is not None]
    if not told:
        return None
    rows = [
        _line(at, model.name, f"{100 * clip.missing:.1f} %", f"{100 * clip.frames_with_animal:.1f} %", f"{clip.frames}")
        for at, model in told
        if (clip := model.clip) is not None
    ]
    heads = [tag("th", words, scope="col") for words in ("", "points missing", "frames with an animal", "frames")]
    table = tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))
    silent = [model.name for model in found.models if model.clip is None]
    note = tag("p", f"Not told for {', '.join(silent)}.", class_="dim") if silent else None
    return tag(
        "section", tag("h2", "What is left out on the clip"), _wide(table, "What is left out on the clip"), note,
        _figure(*drawn.figures["clip"]),
    )  # fmt: skip


def _frames(found: Comparison, drawn: Drawn) -> ET.Element:
    words = "Marks are predictions. A ring is where a person put the point, dashed where the model left it out."
    note = tag("p", drawn.frames_note, class_="dim") if drawn.frames_note else None
    return tag(
        "section", tag("h2", "Frames side by side"), _legend(found.parts), tag("p", words, class_="dim"),
        note, drawn.frames,
    )  # fmt: skip


def _clip(drawn: Drawn) -> ET.Element | None:
    if drawn.clip is None:
        return (
            tag("section", tag("h2", "The clip"), tag("p", drawn.clip_note, class_="dim")) if drawn.clip_note else None
        )
    inside = len(drawn.clip) <= _INSIDE
    source = "data:video/mp4;base64," + base64.b64encode(drawn.clip).decode() if inside else "clip.mp4"
    video = tag("video", src=source, controls="controls", loop="loop", muted="muted", preload="metadata")
    return tag("section", tag("h2", "The clip side by side"), video, tag("p", drawn.clip_note, class_="dim"))


def _line(at: int, name: str, first: str, *cells: Content) -> ET.Element:
    """A row of a table about one model, its first value the one that counts."""
    head = tag("th", _key(at), tag("span", name), scope="row")
    return tag("tr", head, tag("td", tag("strong", first)), [tag("td", cell) for cell in cells])


def _told(found: Comparison) -> ET.Element | None:
    rows = [
        _line(
            at, model.name, f"{one.value:.4g} px", [one.called, tag("small", one.source, class_="dim")], one.frames,
            _NOTHING if one.ours is None else f"{one.ours:.4g} px", f"{one.reason} {one.note}".strip(),
        )
        for at, model in enumerate(found.models)
        for one in model.told
    ]  # fmt: skip
    if not rows:
        return None
    heads = ("", "told", "called", "on", "ours", "why they agree or differ")
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", one, scope="col") for one in heads])),
        tag("tbody", rows),
        class_="words",
    )
    return tag("section", tag("h2", "The tools' own numbers"), _wide(table, "The tools' own numbers"))


def _times(found: Comparison) -> ET.Element | None:
    told = [model for model in found.models if model.seconds is not None or model.device]
    rows = [
        tag(
            "tr", tag("th", model.name, scope="row"),
            [tag("td", one) for one in (_minutes(model.seconds), _minutes(model.cpu_seconds), _memory(model))],
            tag("td", model.device or _NOTHING),
        )
        for model in told
    ]  # fmt: skip
    heads = [tag("th", one, scope="col") for one in ("", "time of training", "processor time", "memory", "on")]
    return (
        tag("section", tag("h2", "Times"), tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows)))
        if told
        else None
    )


def _minutes(seconds: float | None) -> str:
    return _NOTHING if seconds is None else f"{seconds / 60:.1f} min"


def _memory(model: ModelResult) -> str:
    return _NOTHING if model.memory_bytes is None else f"{model.memory_bytes / 1e9:.1f} GB"


def _list(title: str, lines: Sequence[str], class_: str | None = None) -> ET.Element:
    return tag("section", tag("h2", title), tag("ul", [tag("li", line) for line in lines]), class_=class_)


def _methods(found: Comparison, made: str) -> ET.Element:
    citations = tag("ul", [tag("li", one) for one in found.citations], class_="dim") if found.citations else None
    return tag(
        "section", tag("h2", "Methods"), [tag("p", one) for one in found.methods], citations,
        tag("p", made, class_="dim"), class_="methods",
    )  # fmt: skip
