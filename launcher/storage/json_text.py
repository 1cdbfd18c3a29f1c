"""JSON that somebody else may have written: whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

#: How half of a character is written; two such halves make a whole one.
_HALVES = (re.compile(rb"\\ud[89a-f]", re.IGNORECASE), re.compile(r"\\ud[89a-f]", re.IGNORECASE))


#: More than the bytes of any storage; what a database and every counter of ours can hold.
LARGEST_NUMBER = 2**62


def json_of(data: bytes | str) -> Any:
    """As `json.loads`; what is nested too deeply, half of a character and a number without sense raise `ValueError`.

    What holds half of a character could neither be shown nor written down again.
    """
    try:
        told = json.loads(data, parse_int=_whole, parse_float=_finite, parse_constant=_no_number)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if _HALVES[0].search(data) if isinstance(data, bytes) else _HALVES[1].search(data):
        json.dumps(told, ensure_ascii=False).encode()  # an error of the encoding is a `ValueError`
    return told


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST_NUMBER:
        raise ValueError("a number that nothing can have")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that nothing can have")
    return number


def _no_number(text: str) -> NoReturn:
    """JSON itself knows no NaN and no Infinity."""
    raise ValueError(text)
