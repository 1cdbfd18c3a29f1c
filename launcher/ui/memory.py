"""What the window remembers: its size and place, and what the person chose about its looks. Losing it harms nobody."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.ui.rows import Place
from launcher.ui.theme import Appearance

log = logging.getLogger(__name__)

_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Geometry as Qt writes it, in text; the width of the places; the last place.

    The places of the site are there at once and mended when the desk has answered; those of another site are nobody's.
    """

    geometry: str = ""
    places_width: int = 232
    root: str = ""
    appearance: str = Appearance.SYSTEM.value
    site: str = ""
    places: Sequence[Place] = ()

    def places_of(self, site: str) -> Sequence[Place]:
        """What is remembered of a site's places."""
        return self.places if site == self.site else ()

    @property
    def geometry_bytes(self) -> bytes:
        """For Qt, which ignores what it does not understand."""
        try:
            return base64.b64decode(self.geometry, validate=True)
        except ValueError:
            return b""

    @property
    def chosen(self) -> Appearance:
        """Light, dark, or as the system."""
        return Appearance(self.appearance)


def remembered(file: Path) -> Memory:
    """What is in the file; a missing or strange one is as good as none."""
    try:
        with file.open("rb") as stream:
            return memory_of(json.loads(stream.read(_LARGEST)))
    except (OSError, ValueError):
        return Memory()


def memory_of(data: object) -> Memory:
    """Each entry that makes sense; the others as they are on the first day."""
    if not isinstance(data, dict):
        return Memory()
    first = Memory()
    width, look = data.get("places_width"), data.get("appearance")
    return Memory(
        geometry=data["geometry"] if isinstance(data.get("geometry"), str) else first.geometry,
        places_width=width if type(width) is int and 168 <= width <= 600 else first.places_width,
        root=data["root"] if isinstance(data.get("root"), str) else first.root,
        appearance=look if look in set(Appearance) else first.appearance,
        site=data["site"] if isinstance(data.get("site"), str) else first.site,
        places=_places(data.get("places")),
    )


def _places(data: object) -> Sequence[Place]:
    """All of them, or none if one is strange; nothing is known yet about what can be reached."""
    try:
        rows = [Place(**{**row, "reachable": True, "message": "", "mount": ""}) for row in data]  # type: ignore[attr-defined]
    except TypeError:
        return ()
    texts = [(row.name, row.kind, row.durability, row.uri or "", row.path or "") for row in rows]
    return tuple(rows) if all(isinstance(one, str) for text in texts for one in text) else ()


def remember(file: Path, memory: Memory) -> None:
    """Write it whole or not at all."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(memory)), encoding="utf-8")
        draft.replace(file)
    except OSError as exc:  # a full disk must not keep the window from closing
        log.warning("the window's layout was not written: %s", exc)
