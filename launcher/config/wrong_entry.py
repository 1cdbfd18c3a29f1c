"""From what the models refuse to a sentence for the admin: which line, which key, what was found, what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from launcher.config.plain import plain
from launcher.config.toml_lines import KeyPath, line_of
from launcher.errors import BadUsage

#: More than this at once helps nobody.
PROBLEMS_SHOWN = 5
SITE = "site catalogue"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One wrong entry; line 0 is the file as a whole."""

    line: int
    text: str


def refused(source: str, problems: Iterable[Problem], what: str = SITE) -> BadUsage:
    """The error that names every wrong entry of one file, in the order of its lines; `what` is the kind of file."""
    found = sorted(problems)
    shown = [f"line {one.line}: {one.text}" if one.line else one.text for one in found[:PROBLEMS_SHOWN]]
    if len(found) > PROBLEMS_SHOWN:
        shown.append(f"and {len(found) - PROBLEMS_SHOWN} more")
    return BadUsage(
        f"{plain(source)}{' ' if found[0].line else ': '}{'; '.join(shown)}",
        title=f"The {what} cannot be used",
        hint="Nothing was changed. Correct this entry, then start again.",
    )


def wrong_entries(error: ValidationError, model: type[BaseModel], lines: Mapping[KeyPath, int]) -> Iterator[Problem]:
    """What the model refused, in words."""
    details = error.errors(include_url=False)
    misspelt = {(one["loc"][:-1], _meant(one["loc"], model)) for one in details if one["type"] == "extra_forbidden"}
    for one in details:
        # A misspelt key is not missing as well.
        if one["type"] != "missing" or (one["loc"][:-1], one["loc"][-1]) not in misspelt:
            yield Problem(line_of(lines, one["loc"]) or 0, _sentence(one, model))


def table_name(path: KeyPath) -> str:
    """A table as it is written in the file; nothing for the file's own level."""
    if not path:
        return ""
    return f"[[{path[0]}]] " if len(path) > 1 and isinstance(path[1], int) else f"[{path[0]}] "


def shown_value(value: object) -> str:
    """A value as the file would have it, short, and without a password that an address may carry."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if "://" in text:
        text = re.sub(r"(?<=//)[^/]*@|(?<=[?#]).*", "…", text, flags=re.DOTALL)
    text = plain(text)
    short = text if len(text) <= 80 else f"{text[:79]}…"
    return f'"{short}"' if isinstance(value, str) else short


def _sentence(one: ErrorDetails, model: type[BaseModel]) -> str:
    path = one["loc"]
    if one["type"] == "extra_forbidden":
        return _unknown_key(path, model)
    field = _field(path, model)
    allowed = field.description if field else ""
    if one["type"] == "missing":
        top = len(path) == 1
        return f"{'the table [' if top else table_name(path[:-1])}{path[-1]}{']' if top else ''} is missing ({allowed})"
    return f"{table_name(path[:-1])}{_key(path)} is {shown_value(one['input'])}; allowed is {allowed}"


def _unknown_key(path: KeyPath, model: type[BaseModel]) -> str:
    meant = _meant(path, model)
    question = f'did you mean "{meant}"? ' if meant else ""
    return (
        f'{table_name(path[:-1])}"{plain(str(path[-1])[:80])}" is not known '
        f"({question}allowed: {', '.join(_keys_beside(path, model))})"
    )


def _meant(path: KeyPath, model: type[BaseModel]) -> str | None:
    close = difflib.get_close_matches(str(path[-1])[:80].lower(), _keys_beside(path, model), n=1)
    return close[0] if close else None


def _key(path: KeyPath) -> str:
    """The key of a value, for an element of a list that of the list."""
    return str(next(part for part in reversed(path) if isinstance(part, str)))


def _keys_beside(path: KeyPath, model: type[BaseModel]) -> list[str]:
    for part in path[:-1]:
        if isinstance(part, str):
            field = _named(model)[part]
            model = next(_models_in(field.annotation))
    return list(_named(model))


def _field(path: KeyPath, model: type[BaseModel]) -> FieldInfo | None:
    """The field that a path ends in, or the last one on its way."""
    field = None
    inner: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and inner is not None:
            field = _named(inner)[part]
            inner = next(_models_in(field.annotation), None)
    return field


def _named(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
