"""Text from outside, made harmless for a terminal or a log."""

from __future__ import annotations

import re

#: Control characters (and with them every escape sequence), what turns or breaks lines unseen, and half characters
#: that no encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    r"""The text on one line, with every character that could steer a terminal or hide itself written as `\u001b`."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
