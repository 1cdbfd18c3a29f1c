"""JSON that somebody else may have written: whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
import re
from typing import Any

#: How half of a character is written; two such halves make a whole one.
_HALVES = (re.compile(rb"\\ud[89a-f]", re.IGNORECASE), re.compile(r"\\ud[89a-f]", re.IGNORECASE))


def json_of(data: bytes | str) -> Any:
    """As `json.loads`; nesting that is too deep to be read, and half of a character, raise `ValueError`, too.

    What holds half of a character could neither be shown nor written down again.
    """
    try:
        told = json.loads(data)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if _HALVES[0].search(data) if isinstance(data, bytes) else _HALVES[1].search(data):
        json.dumps(told, ensure_ascii=False).encode()  # an error of the encoding is a `ValueError`
    return told
