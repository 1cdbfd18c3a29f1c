"""JSON that somebody else may have written."""

from __future__ import annotations

import pytest

from launcher.storage.json_text import json_of


@pytest.mark.parametrize("text", [r'{"who": "\ud83d\udc2d"}', '{"who": "\N{MOUSE FACE}"}', r'{"path": "\\ud800"}'])
def test_whole_characters_are_read_however_they_are_written(text: str) -> None:
    assert json_of(text) == json_of(text.encode())


@pytest.mark.parametrize("text", [r'{"who": "\ud800"}', r'["\uDFFF"]', r'{"\udc2d\ud83d": 1}', "[" * 100_000])
def test_half_of_a_character_is_an_error_like_any_other(text: str) -> None:
    for data in (text, text.encode()):
        with pytest.raises(ValueError):  # noqa: PT011 - of either kind
            json_of(data)
