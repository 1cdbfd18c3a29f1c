"""Names and sentences that have too little room."""

from __future__ import annotations

import pytest

from launcher.ui.fitting import first_that_fits, name_in_the_middle, name_on_two_lines, sentence
from launcher.ui.rows import project_of
from launcher.ui.words import contents_in_short
from tests.ui.stand_ins import project


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        ("openfield", 20, "openfield"),
        ("open-arena-Sample-2026-01-15", 28, "open-arena-Sample-2026-01-15"),
        ("open-arena-Sample-2026-01-15", 22, "open…Sample-2026-01-15"),
        ("open-arena-Sample-2026-01-15", 16, "open…2026-01-15"),
        ("a_b_c_d_e_f", 7, "a_b…e_f"),
        ("withoutanyseparatoratall", 10, "withoutanyseparatoratall"),
        ("", 5, ""),
    ],
)
def test_names_lose_whole_pieces_in_their_middle(name: str, room: int, shown: str) -> None:
    assert name_in_the_middle(name, lambda text: len(text) <= room) == shown


@pytest.mark.parametrize(
    ("name", "room", "lines"),
    [
        ("openfield", 12, ("openfield", "")),
        ("open-arena-Sample-2026-01-15", 18, ("open-arena-Sample-", "2026-01-15")),
        ("open-arena-Sample-2026-01-15", 11, ("open-arena-", "Sample-2026-01-15")),
        ("one_two_tri_four_five", 9, ("one_two_", "tri…five")),
        ("withoutanyseparatoratall", 10, ("withoutanyseparatoratall", "")),
        ("two mice in a box", 10, ("two mice", "in a box")),
    ],
)
def test_names_go_on_in_a_second_line(name: str, room: int, lines: tuple[str, str]) -> None:
    assert name_on_two_lines(name, lambda text: len(text) <= room, lambda text: len(text) <= room) == lines
    assert name_on_two_lines(name, lambda text: len(text) <= room, lambda _: True)[1].endswith(lines[1][-2:])


def test_sentences_lose_their_last_words() -> None:
    text = "3 files not saved · 1.2 MB"
    assert sentence(text, lambda one: len(one) <= 26) == text
    assert sentence(text, lambda one: len(one) <= 20) == "3 files not saved…"
    assert sentence("unbreakable", lambda _: False) == "unbreakable"


def test_what_is_in_a_project_is_said_ever_shorter() -> None:
    ways = contents_in_short(project_of(project()))
    assert ways == (
        "116 labelled frames · 1 video · 29.3 MB", "116 frames · 1 video · 29.3 MB", "116 frames · 29.3 MB",
        "116 frames",
    )  # fmt: skip
    assert first_that_fits(ways, lambda text: len(text) <= 30) == ways[1]
    assert first_that_fits(ways, lambda _: False) == "116 frames"
    assert contents_in_short(project_of(project(labelled_frames=None, videos=[], bytes=0))) == ("",)
