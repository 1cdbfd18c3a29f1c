"""Text that has too little room, shortened where a person would shorten it: between words, never inside one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Fits = Callable[[str], bool]
#: A piece of a name with the separator after it: `open-arena-2026-01-15` has three, since a date stays whole.
_PIECES = re.compile(r"(?:\d{4}-\d\d-\d\d(?!\d)|[^-_. ]+)[-_. ]*|[-_. ]+")
_GAP = "…"


def first_that_fits(texts: Sequence[str], fits: Fits) -> str:
    """The first of several ways to say it, from the fullest to the shortest; the last one where none fits."""
    return next((text for text in texts if fits(text)), texts[-1])


def name_in_the_middle(name: str, fits: Fits) -> str:
    """A name without some of its middle pieces: names of one experiment begin alike and differ at their ends.

    The whole name where it fits, and where no shorter one does.
    """
    return next((text for text in _shorter_names(name) if fits(text)), name)


def _shorter_names(name: str) -> Iterator[str]:
    pieces = _PIECES.findall(name)
    yield name
    for kept in range(len(pieces) - 1, 1, -1):
        head = kept // 2
        yield "".join(pieces[:head]).rstrip("-_. ") + _GAP + "".join(pieces[head - kept :])


def name_on_two_lines(name: str, fits: Fits, fits_below: Fits) -> tuple[str, str]:
    """A name broken behind one of its pieces, its rest shortened in the middle; the second is empty where one does."""
    if fits(name):
        return name, ""
    pieces = _PIECES.findall(name)
    for kept in range(len(pieces) - 1, 0, -1):
        first = "".join(pieces[:kept]).rstrip(" ")
        if fits(first):
            return first, name_in_the_middle("".join(pieces[kept:]), fits_below)
    return name, ""


def sentence(text: str, fits: Fits) -> str:
    """A sentence without its last words; the whole of it where it fits, and where not even one word does."""
    words = text.split(" ")
    shorter = (" ".join(words[:kept]).rstrip(" ,;:·") + _GAP for kept in range(len(words) - 1, 0, -1))
    return text if fits(text) else next((one for one in shorter if fits(one)), text)
