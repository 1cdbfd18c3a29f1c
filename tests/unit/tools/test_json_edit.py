"""Single texts of a JSON file change, every other byte stays: tabs, escapes, numbers and order included."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.errors import Damaged
from launcher.tools.json_edit import edited, load

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


def changed(source: str, old: str, new: str) -> str:
    document = load(source.encode(), "x.json")
    wanted = {at: new for at, text in enumerate(document.texts) if text.value == old}
    return edited(document, wanted).decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{\t"a":\t"/old"\t}\r\n', '{\t"a":\t"/new/ü"\t}\r\n'),
        ('{"a": "\\/old"}', '{"a": "\\/new\\/\\u00fc"}'),
        ('{"a": "\\u002fold", "é": 1.50, "n": NaN}', '{"a": "/new/\\u00fc", "é": 1.50, "n": NaN}'),
        ('{"b": "\\ud800", "a": ["/old", {"/old": 1e5}]}', '{"b": "\\ud800", "a": ["/new/ü", {"/new/ü": 1e5}]}'),
        ('{"a": "/old", "a": "{[\\"/old\\"]}", "a": "/old"}', '{"a": "/new/ü", "a": "{[\\"/old\\"]}", "a": "/new/ü"}'),
        ('"/old"', '"/new/ü"'),
    ],
)
def test_only_the_chosen_text_changes_in_the_manner_of_the_old_one(source: str, expected: str) -> None:
    result = changed(source, "/old", "/new/ü")
    # What was written in ASCII stays ASCII.
    assert result in (expected, expected.replace("ü", "\\u00fc"))
    assert json.dumps(json.loads(result)) == json.dumps(json.loads(source)).replace("/old", "/new/\\u00fc").replace(
        '\\"/new/\\u00fc\\"', '\\"/old\\"'
    )


@given(DOCUMENTS, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_text_is_found_and_any_text_can_take_its_place(
    data: object, indent: str | None, ascii_only: bool
) -> None:
    source = json.dumps({"x": data, "p": "/old#"}, indent=indent, ensure_ascii=ascii_only)
    assert changed(source, "nowhere to be found", "y") == source
    assert json.loads(changed(source, "/old#", '\ud800"\\\n')) == {"x": data, "p": '\ud800"\\\n'}


def test_fields_are_named_by_their_keys() -> None:
    document = load(b'{"data": {"labels": {"training": ["a", "b"], "n": 1}}, "x": "c"}', "x.json")
    assert [(text.name, text.value) for text in document.texts if text.siblings is None] == [
        ("data.labels.training", "a"),
        ("data.labels.training", "b"),
        ("x", "c"),
    ]


@pytest.mark.parametrize("source", [b"{", b"\xff", b'{"a": "\t"}', b"[" * 100_000, b"", b"{'a': 1}"])
def test_what_is_no_json_is_said_to_be_none(source: bytes) -> None:
    with pytest.raises(Damaged, match="not a readable JSON"):
        load(source, "x.json")
