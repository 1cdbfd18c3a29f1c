"""What the API itself says a value may be: botocore's service models, asked before a call and by the rehearsal.

botocore checks types, presence and minima of what it sends, and leaves patterns, maxima and enumerations to the
service.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
import regex
from botocore.validate import ParamValidator


@dataclass(frozen=True, slots=True)
class Wrong:
    """One value that the API would refuse: where it is, and what is allowed."""

    path: str
    message: str


@functools.cache
def service_model(name: str) -> Any:
    """The service's model as botocore ships it."""
    return botocore.session.Session().get_service_model(name)


def member(operation: str, *path: str, service: str = "appstream") -> Any:
    """The shape of one input of an operation, such as `("CreateUser", "FirstName")`."""
    shape = service_model(service).operation_model(operation).input_shape
    for name in path:
        shape = shape.members[name] if shape.type_name == "structure" else shape.member
    return shape


def wrong_in(shape: Any, value: Any, path: str = "") -> list[Wrong]:
    """Everything that the API would refuse in a value of this shape."""
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        return [Wrong(path, line.strip()) for line in report.generate_report().splitlines()]
    return list(_beyond_botocore(shape, value, path))


def _beyond_botocore(shape: Any, value: Any, path: str) -> Iterator[Wrong]:
    """Patterns, maxima and enumerations, all the way down."""
    match shape.type_name:
        case "structure":
            for name, inner in value.items():
                if name in shape.members:
                    yield from _beyond_botocore(shape.members[name], inner, f"{path}.{name}".lstrip("."))
        case "list":
            yield from _too_many(shape, len(value), path, "entries")
            for index, inner in enumerate(value):
                yield from _beyond_botocore(shape.member, inner, f"{path}[{index}]")
        case "map":
            yield from _too_many(shape, len(value), path, "entries")
            for key, inner in value.items():
                yield from _beyond_botocore(shape.key, key, f"{path} (key)")
                yield from _beyond_botocore(shape.value, inner, f"{path}.{key}")
        case "string":
            yield from _text(shape, value, path)
        case "integer" | "long":
            if "max" in shape.metadata and value > shape.metadata["max"]:
                yield Wrong(path, f"at most {shape.metadata['max']}")


def _too_many(shape: Any, count: int, path: str, what: str) -> Iterator[Wrong]:
    if count > shape.metadata.get("max", count):
        yield Wrong(path, f"at most {shape.metadata['max']} {what}")


def _text(shape: Any, value: str, path: str) -> Iterator[Wrong]:
    yield from _too_many(shape, len(value), path, "characters")
    if shape.enum and value not in shape.enum:
        yield Wrong(path, f"one of {', '.join(shape.enum)}")
    # The service writes `^[a-z]$` and means the whole value, as Java's `matches` does.
    pattern = shape.metadata.get("pattern")
    if pattern and not regex.fullmatch(pattern, value):
        yield Wrong(path, f"only what fits {pattern}")
