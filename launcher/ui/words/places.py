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
    """What becomes of things put there, and whether that can be done now."""
    sentence = fate_of(place.durability)
    if place.reachable:
        return sentence
    return tr("away · read from S3 directly") if place.kind == "mount" else tr("{what} · not reachable", what=sentence)
