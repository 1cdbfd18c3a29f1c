"""JSON that somebody else may have written: whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
from typing import Any


def json_of(data: bytes | str) -> Any:
    """As `json.loads`; nesting that is too deep to be read raises `ValueError`, too."""
    try:
        return json.loads(data)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
