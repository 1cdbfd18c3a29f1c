"""What `config show` tells, and that nothing in it can steer a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.config.find import Found
from launcher.config.plain import plain
from launcher.config.show import Setting, provenance
from launcher.config.site import load_site

STATE = Found(Path("/state"), "default")
TEXT = """\
schema = 1
[s3]
endpoint_url = "http://127.0.0.1:8333/"
[home]
uri = "s3://lab-home/{user_hash}"
[[bucket]]
name = "Open field"
uri = "s3://lab-data/openfield"
[[bucket]]
name = "Other"
uri = "s3://lab-data/other"
access = "writable"
[save]
exclude = ["*.tmp", "*.bak"]
"""


def test_every_setting_says_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TEXT)
    shown = provenance(load_site(path), Found(path, "--site"), STATE)
    for expected in (
        Setting("site", str(path), "--site"),
        Setting("state_dir", str(STATE.path), "default"),
        Setting("schema", 1, "site.toml line 1"),
        Setting("title", "", "default"),
        Setting("s3.endpoint_url", "http://127.0.0.1:8333", "site.toml line 3"),
        Setting("s3.strict", True, "default"),
        Setting("home.uri", "s3://lab-home/{user_hash}/", "site.toml line 5"),
        Setting("bucket.1.access", "read-only", "default"),
        Setting("bucket.2.access", "writable", "site.toml line 12"),
        Setting("save.exclude", ["*.tmp", "*.bak"], "site.toml line 14"),
        Setting("save.keep_days", 30, "default"),
    ):
        assert expected in shown
    assert len({one.name for one in shown}) == len(shown)


def test_without_a_catalogue_that_is_said() -> None:
    assert provenance(None, None, STATE) == [
        Setting("site", "", "not found"),
        Setting("state_dir", str(STATE.path), "default"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Open field ü 録画 \U0001f42d", "Open field ü 録画 \U0001f42d"),
        ("C:\\data", "C:\\data"),
        ("\x1b[31mred\x1b]0;title\x07", "\\u001b[31mred\\u001b]0;title\\u0007"),
        ("a\r\n\tb\x00\x7f", "a\\u000d\\u000a\\u0009b\\u0000\\u007f"),
        ("\x9b31m\x85", "\\u009b31m\\u0085"),
        ("gpj\u202eexe.\u2066x\u200f\u061c", "gpj\\u202eexe.\\u2066x\\u200f\\u061c"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("a\ud800", "a\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_text_from_outside_is_shown_plainly(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_plain_text_is_one_line_that_every_terminal_can_write(text: str) -> None:
    shown = plain(text)
    assert shown.encode() and len(shown.splitlines()) == 1 if text else shown == ""
    assert plain(shown) == shown
