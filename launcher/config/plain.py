"""Text from outside, made harmless for a terminal or a log."""

from __future__ import annotations

import os
import re
from shlex import quote

#: Control characters (and with them every escape sequence), what turns or breaks lines unseen, and half characters
#: that no encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    r"""The text on one line, with every character that could steer a terminal or hide itself written as `\u001b`."""
    return _UNSAFE.sub(_escaped, text)


def typed(word: object, *, windows: bool = os.name == "nt") -> str:
    """A path or an address as one word of a command that somebody is told to type: a bucket chooses its own names.

    On Windows in double quotes, in which its two command lines agree on all but `%` and `$`; no file there has quotes.
    """
    text = str(word)
    if not windows:
        return quote(text)
    if re.fullmatch(r"[\w@+=:,./\\-]+", text):
        return text
    body = text.replace('"', "")
    ending = len(body) - len(body.rstrip("\\"))  # a backslash before the last quote would be taken for its own
    return f'"{body}{body[len(body) - ending :]}"'


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
