"""Which texts of a configuration change, whatever the file's format.

All that name this machine when a project is saved; only the fields that a tool opens as files when it is staged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, count

from launcher.tools.paths import is_neutral, path_parts
from launcher.tools.protocol import PathMap

#: A field's name as its keys from the top; the items of a list go by the list's name.
Field = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its field, and for a key all the keys of its mapping."""

    field: Field
    value: str
    siblings: set[str] | None = None

    @property
    def name(self) -> str:
        """The field as a person reads it."""
        return ".".join(self.field)


def planned(texts: Sequence[Text], paths: PathMap, opened: Collection[Field]) -> dict[int, str]:
    """What the texts at some positions should read; `opened` are the fields that the tool opens as files."""
    found: dict[int, str] = {}
    for at, text in enumerate(texts):
        if not is_neutral(paths) and (text.field not in opened or text.siblings is not None):
            continue
        new = paths(text.value)
        if new is not None and new != text.value:
            new = _free_key(new, text) if text.siblings is not None else new
            found[at] = new
    return found


def _free_key(new: str, text: Text) -> str:
    """Two keys never become one, which no tool could read: the second is known by its name alone, or by a number."""
    taken = text.siblings if text.siblings is not None else set()
    name = path_parts(text.value)[-1]
    numbered = (f"{number}/{name}" for number in count(2))
    free = next(key for key in chain((new, name), numbered) if key not in taken)
    taken.add(free)
    return free
