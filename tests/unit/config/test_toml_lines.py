"""Where entries stand, in every way that TOML has to write them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from launcher.config.toml_lines import KeyPath, line_numbers, line_of

TEXT = '''\
# "comment" = [ {
top = "a # b" # c
"quoted.key" = 1
'literal' = 2
dotted.inner = 3

[table]
text = """
[not.a.table]
key = "no"  \\""""
raw = \'\'\'
[[no]]\'\'\'
after = 1979-05-27 07:32:00   # ] }

[[bucket]]
name = "one"
[bucket.more]
deep = 1.5
[[bucket]]
name = "]"
list = [
  "a", # "
  [1, 2], { x = 1, y = [
    2 ] },
]
[a . "b.c"]
d = { e.f = "}", g = \'{\' }
[[x.y]]
[[x.y.z]]
w = 1
[[x.y]]
[[x.y.z]]
w = 2
[[x.y.z]]
w = 3
'''

EXPECTED: list[tuple[KeyPath, int]] = [
    (("top",), 2),
    (("quoted.key",), 3),
    (("literal",), 4),
    (("dotted", "inner"), 5),
    (("table",), 7),
    (("table", "text"), 8),
    (("table", "raw"), 11),
    (("table", "after"), 13),
    (("bucket",), 15),
    (("bucket", 0), 15),
    (("bucket", 0, "name"), 16),
    (("bucket", 0, "more", "deep"), 18),
    (("bucket", 1), 19),
    (("bucket", 1, "name"), 20),
    (("bucket", 1, "list"), 21),
    (("bucket", 1, "list", 0), 22),
    (("bucket", 1, "list", 1, 1), 23),
    (("bucket", 1, "list", 2, "y"), 23),
    (("bucket", 1, "list", 2, "y", 0), 24),
    (("a", "b.c", "d", "e", "f"), 27),
    (("a", "b.c", "d", "g"), 27),
    (("x", "y", 0, "z", 0, "w"), 30),
    (("x", "y", 1, "z", 0, "w"), 33),
    (("x", "y", 1, "z", 1, "w"), 35),
]


@pytest.mark.parametrize(("path", "line"), EXPECTED)
def test_an_entry_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert line_numbers(TEXT)[path] == line


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from paths(one, (*path, key))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "",
        "a=1",
        "a = [\n]\n[b]",
        'a = \'\'\'x\'\'\'\'\nb = """"y"""""\n',
        "a = [[[]], [], [[1]],]\n",
        'a."\\u0062".c = +1e5\n',
        "a=1#]\n[b]#\nc=2",
    ],
)
def test_exactly_what_the_reader_sees_has_a_line(text: str) -> None:
    assert line_numbers(text).keys() == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("path", "line"),
    [(("table", "missing"), 7), (("bucket", 1, "access"), 19), (("bucket", 7), 15), (("nothing",), None), ((), None)],
)
def test_what_is_missing_is_told_with_the_line_of_its_table(path: KeyPath, line: int | None) -> None:
    assert line_of(line_numbers(TEXT), path) == line
