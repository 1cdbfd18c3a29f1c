"""What a bucket names is told in a command that can be typed as it stands, and does nothing else."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.config.plain import typed

HOSTILE = "s3://lab/x; touch here; $(touch here) `touch here` 'a' \"b\" & | > here/"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_shell_reads_it_as_one_word(word: str) -> None:
    assert shlex.split(typed(word, windows=False)) == [word]


def test_pasted_into_a_shell_it_is_a_word_and_no_command(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")
    said = subprocess.run(
        ["sh", "-c", f"printf %s {typed(HOSTILE, windows=False)}"], cwd=empty, capture_output=True, check=True
    )
    assert said.stdout.decode() == HOSTILE
    assert not list(empty.iterdir())


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("s3://lab/reach-1/", "s3://lab/reach-1/"),
        (r"D:\projects\reach-1", r"D:\projects\reach-1"),
        (r"D:\my projects\reach 1", r'"D:\my projects\reach 1"'),
        ("s3://lab/a & b/", '"s3://lab/a & b/"'),
        ('s3://lab/a" & calc & "b/', '"s3://lab/a & calc & b/"'),
        ("D:\\my projects\\", '"D:\\my projects\\\\"'),
        ("", '""'),
    ],
)
def test_on_windows_what_means_something_to_its_command_line_is_in_quotes(word: str, told: str) -> None:
    assert typed(word, windows=True) == told
