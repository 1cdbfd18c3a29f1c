"""The videos that a SLEAP file names, in the shapes of SLEAP and of sleap-io, and the change of their paths.

SLEAP writes `{"backend": {"filename": …, "filenames": […]}}`, sleap-io `{"filename": text or list, "backend": {…}}`; a
package names itself as `.`, and may keep the video that its frames came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from launcher.tools.protocol import PathChange, PathMap

EMBEDDED = "."
_NAMES, _NESTED = ("filename", "filenames"), ("backend", "source_video")
_MAX_DEPTH = 8


def file_names(video: Mapping[str, Any]) -> list[str]:
    """The file of a video, or the pictures of an image list, as SLEAP would read them."""
    backend = video.get("backend")
    backend = backend if isinstance(backend, dict) else {}
    if (
        backend.get("filename") == EMBEDDED
    ):  # a package of sleap-io tells beside it where it was written: a name of then
        return [EMBEDDED]
    for found in (video.get("filename"), backend.get("filenames"), backend.get("filename")):
        if isinstance(found, str) and found:
            return [found]
        if isinstance(found, list) and any(isinstance(name, str) for name in found):
            return [name for name in found if isinstance(name, str)]
    return []


def path_fields(video: Mapping[str, Any], field: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text of the description that is a path, with the name of its field."""
    for key in _NAMES:
        names = video.get(key)
        if isinstance(names, str):
            yield f"{field}.{key}", names
        elif isinstance(names, list):
            yield from ((f"{field}.{key}[{at}]", name) for at, name in enumerate(names) if isinstance(name, str))
    for key in _NESTED:
        inner = video.get(key)
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            yield from path_fields(inner, f"{field}.{key}", depth + 1)


def changed_text(text: str, field: str, paths: PathMap) -> tuple[str, Sequence[PathChange]]:
    """The JSON of one video with its paths as they should read here, written in the manner of the original."""
    video = json.loads(text)
    changes = tuple(_changes(video, field, paths)) if isinstance(video, dict) else ()
    if not changes:
        return text, ()
    style = _style(video, text)
    new = {change.field: change.new for change in changes}
    return json.dumps(_with_paths(video, field, new), **style), changes


def _changes(video: Mapping[str, Any], field: str, paths: PathMap) -> Iterator[PathChange]:
    for where, old in path_fields(video, field):
        new = paths(old) if old and old != EMBEDDED else None
        if new is not None and new != old:
            yield PathChange(where, old, new)


def _with_paths(value: Any, field: str, new: Mapping[str, str]) -> Any:
    """The same description with the texts of the given fields replaced."""
    if isinstance(value, dict):
        return {key: _with_paths(inner, f"{field}.{key}", new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_paths(inner, f"{field}[{at}]", new) for at, inner in enumerate(value)]
    return new.get(field, value) if isinstance(value, str) else value


def _style(video: object, text: str) -> dict[str, Any]:
    """How the original was written: with or without spaces and escapes. Compact if no way gives it back exactly."""
    for separators in ((",", ":"), (", ", ": ")):
        for ascii_only in (True, False):
            style: dict[str, Any] = {"separators": separators, "ensure_ascii": ascii_only}
            if json.dumps(video, **style) == text:
                return style
    return {"separators": (",", ":"), "ensure_ascii": True}
