"""Single texts of a YAML file change, every other byte stays; what bombs and nests is refused fast and small."""

from __future__ import annotations

import time
import tracemalloc
import warnings
from io import StringIO
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from yaml.nodes import MappingNode, ScalarNode

from launcher.errors import Damaged
from launcher.tools.yaml_edit import Repetition, Replacement, edited
from launcher.tools.yaml_text import load, parsed, values_of

HARD = [
    "/data/a b.mp4",
    "C:\\data\\x: y #1.mp4",
    '/d/it\'s "here".mp4',
    "/über/naïve/鼠.mp4",
    "\\\\srv\\share\\a.mp4",
    "- a",
    "yes",
    "12",
    "2018-10-30",
    "a\tb\nc\u2028d\x85e",
    "",
    " led",
    "x" * 900,
    "{a}",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "?",
    ":",
    "'",
    "~",
    "/a/" + "d" * 300 + ".mp4",
    "/\U0001f400/x.mp4",
]


def changed(source: bytes, value: str, *path: str) -> bytes:
    document = load(source, "config.yaml")
    nodes = [document.root]
    for key in path:
        nodes = [value for node in nodes for value in values_of(node, key)]
    return edited(document, [Replacement(node, value) for node in nodes if isinstance(node, ScalarNode)])


def keys_changed(source: bytes, *names: str) -> bytes:
    document = load(source, "config.yaml")
    mapping = values_of(document.root, "video_sets")[0]
    assert isinstance(mapping, MappingNode)
    key, value = mapping.value[0]
    return edited(document, [Repetition(mapping, key, value, names) if len(names) > 1 else Replacement(key, names[0])])


def as_deeplabcut_reads(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ruamel warns of anchors that a repeated entry gives twice
        return YAML(typ="safe", pure=True).load(data.decode("utf-8-sig"))


@pytest.mark.parametrize(
    "source",
    [
        "a: 1\np: /old  # why\n\n\nb: 'x'\n",
        "a: 1\r\np: /old\r\n# end\r\n",
        "\ufeffp: /old\nb: é\n",
        "p: '/old ''quoted'''\nb: 2\n",
        'p: "C:\\\\old"  # c\n',
        "p: /old that is\n  folded over\n  lines\n# comment\nb: 2\n",
        "p: >-\n  /old\n  folded\n\nb: |\n  kept\n",
        "p: |\n  /old\nb: 1\n",
        "p:\nb: 1\n",
        "p: # nothing yet\nb: 1\n",
        "p: &anchor /old\nb: *anchor\n",
        "p: !!str /old\nb: 1\n",
        "{a: 1, p: /old, b: [x, 'y']}\n",
        "? p\n: /old\n? b\n: 1\n",
        "p: /old\np: /older\n",
        "é🐭: ü\np: /old\n",
        "p: /old",
    ],
)
@pytest.mark.parametrize("value", ["/new/path.mp4", "C:\\new: #1\\it's.mp4"])
def test_a_value_changes_and_nothing_else(source: str, value: str) -> None:
    data = changed(source.encode(), value, "p")
    now, before = parsed(data, "x"), parsed(source.encode(), "x")
    assert isinstance(now, dict) and isinstance(before, dict)
    assert now["p"] == value
    assert {key: text for key, text in now.items() if key not in "pb"} == {
        k: t for k, t in before.items() if k not in "pb"
    }
    lines = source.encode().splitlines(keepends=True)
    kept = [line for line in lines if b"old" not in line and b"p:" not in line and not line.startswith(b"  ")]
    assert all(line in data for line in kept)


@pytest.mark.parametrize("value", HARD)
def test_any_text_becomes_a_value_or_a_key_that_every_tool_reads(value: str) -> None:
    source = b"p: /old # c\nvideo_sets:\n  /old/a.mp4:\n    crop: 0, 1\nend: 1\n"
    as_value, as_key = changed(source, value, "p"), keys_changed(source, value)
    assert as_deeplabcut_reads(as_value)["p"] == value == yaml.safe_load(as_value)["p"]
    assert (
        as_deeplabcut_reads(as_key)["video_sets"] == {value: {"crop": "0, 1"}} == yaml.safe_load(as_key)["video_sets"]
    )
    assert as_value.endswith(b" # c\nvideo_sets:\n  /old/a.mp4:\n    crop: 0, 1\nend: 1\n")
    assert as_key.endswith(b":\n    crop: 0, 1\nend: 1\n")


@given(value=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_text_survives(value: str) -> None:
    assert parsed(changed(b"a: [1, {p: x}]\np: /old\n", value, "p"), "x") == {"a": [1, {"p": "x"}], "p": value}


def test_long_keys_as_ruamel_writes_them_change_in_place() -> None:
    out = StringIO()
    old = "/data/" + "long/" * 40 + "a.mp4"
    YAML().dump({"video_sets": {old: {"crop": "0, 1"}}, "end": 1}, out)
    source = out.getvalue()
    assert source.startswith("video_sets:\n  ? /data/long/")
    assert keys_changed(source.encode(), "/new/b.mp4").decode() == source.replace(old, "/new/b.mp4")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "video_sets:\n  X:\n    crop: 1 # c\n\nend: 1\n",
            "video_sets:\n  /v/a:\n    crop: 1\n  /v/b:\n    crop: 1 # c\n\nend: 1\n",
        ),
        (
            "video_sets:\r\n  X:\r\n    crop: 1\r\n",
            "video_sets:\r\n  /v/a:\r\n    crop: 1\r\n  /v/b:\r\n    crop: 1\r\n",
        ),
        ("video_sets: {X: {crop: 1}}\n", "video_sets: {/v/a: {crop: 1}, /v/b: {crop: 1}}\n"),
        ("video_sets:\n  X: {crop: 1}\n", "video_sets:\n  /v/a: {crop: 1}\n  /v/b: {crop: 1}\n"),
        ("video_sets:\n  X:\n", "video_sets:\n  /v/a:\n  /v/b:\n"),
        ("video_sets:\n  ? X\n  : crop: 1\n", "video_sets:\n  ? /v/a\n  : crop: 1\n  ? /v/b\n  : crop: 1\n"),
    ],
)
def test_an_entry_is_repeated_with_its_crop(source: str, expected: str) -> None:
    data = keys_changed(source.encode(), "/v/a", "/v/b")
    assert data.decode() == expected
    assert list(as_deeplabcut_reads(data)["video_sets"]) == ["/v/a", "/v/b"]


def test_two_changes_of_one_text_are_refused() -> None:
    document = load(b"a: &x /old\nb: *x\n", "config.yaml")
    first, second = (values_of(document.root, key)[0] for key in "ab")
    assert isinstance(first, ScalarNode) and isinstance(second, ScalarNode)
    with pytest.raises(Damaged):
        edited(document, [Replacement(first, "/one"), Replacement(second, "/two")])


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 30))


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "[" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: &a [*a]\n",
        "a: 1" + ":1" * 400_000,
        "- x\n" * 200_000,
        "!!python/object/apply:os.getcwd []\n",
        "a: !!bool maybe\n",
        "a: !!timestamp x\n",
        "a: *nothing\n",
        "a: 1\n---\nb: 2\n",
        "a: [1\n",
        "a" * 2_000_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_bombs_nests_and_tags_are_refused_fast_and_small(text: str) -> None:
    data, start = text.encode(), time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(Damaged):
            parsed(data, "config.yaml")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - start < 10
    assert peak < 64 * 1024 * 1024


def test_bytes_that_are_no_text_are_no_yaml() -> None:
    with pytest.raises(Damaged, match="not a readable YAML"):
        parsed(b"a: \xff\xfe\x00", "config.yaml")


def test_of_keys_given_twice_the_last_counts() -> None:
    assert parsed(b"a: 1\na: 2\n", "x") == {"a": 2}
    assert parsed(b"", "x") is None
