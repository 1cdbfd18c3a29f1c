"""Small notes that processes of ours leave each other as JSON; what none of ours says is as good as no note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import TypeVar

from launcher.storage.json_text import json_of

T = TypeVar("T")

#: What may stand in a field, by its type as it is written.
_KINDS: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "int | None": (int, NoneType),
    "Mapping[str, Any]": (dict,),
    "Mapping[str, str]": (dict,),
    "Sequence[str]": (list,),
}


def note_of(kind: type[T], data: bytes) -> T | None:
    """The dataclass that was written down; None for what is damaged, or of another program."""
    try:
        made = kind(**json_of(data))
    except (ValueError, TypeError):
        return None
    assert is_dataclass(made)
    is_whole = all(isinstance(getattr(made, one.name), _KINDS[str(one.type)]) for one in fields(made))
    return made if is_whole else None
