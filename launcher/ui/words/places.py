"""What becomes of things put into a place. Pure."""

from __future__ import annotations

from launcher.ui.rows import Place
from launcher.ui.texts import tr


def fate_of(durability: str) -> str:
    """What becomes of things in a place."""
    return {
        "kept": tr("kept"),
        "lost at session end": tr("lost when the session ends"),
        "shared read-only": tr("shared, read-only"),
        "shared writable": tr("shared, writable"),
    }.get(durability, durability)


def becomes_of(place: Place) -> str:
    """What becomes of things put there, whether that can be done now, and how its mount is if it has one."""
    return becomes_in_short(place)[0]


def becomes_in_short(place: Place) -> tuple[str, ...]:
    """The same, from the fullest to the shortest way to say it."""
    sentence = fate_of(place.durability)
    if not place.reachable:
        return (tr("{what} · not reachable", what=sentence),)
    how = {"mounted": tr("mounted"), "away": tr("no mount")}.get(place.mount)
    return (f"{sentence} · {how}", tr("read-only · {how}", how=how)) if how else (sentence,)  # a mount is never written


def ways_to(place: Place) -> str:
    """Its addresses, one a line, and what there is to say about them."""
    mounted = tr("On this computer: {path}", path=place.path) if place.mount == "mounted" and place.path else ""
    address = place.uri or place.path or ""
    return "\n".join(one for one in (address, mounted, place.message) if one)
