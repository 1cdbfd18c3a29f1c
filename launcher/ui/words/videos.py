"""A video and its frames. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from launcher.ui.texts import tr
from launcher.ui.words.amounts import counted, duration, size


def video_facts(size_bytes: int | None, facts: Mapping[str, float]) -> str:
    """`29.3 MB · 640 by 480 pixels · 2,330 frames · 1 min 17 s`; what is not known is not said."""
    parts = [] if size_bytes is None else [size(size_bytes)]
    if facts.get("width") and facts.get("height"):
        parts.append(tr("{w} by {h} pixels", w=int(facts["width"]), h=int(facts["height"])))
    if facts.get("frames"):
        parts.append(counted(int(facts["frames"]), "{n} frame", "{n} frames"))
    if facts.get("seconds"):
        parts.append(duration(facts["seconds"]))
    return " · ".join(parts)


def at_frame(number: int, facts: Mapping[str, float]) -> str:
    """Which frame is shown, and when in the video it is."""
    frames, seconds = facts.get("frames", 0), facts.get("seconds", 0.0)
    if not frames:
        return tr("Frame {n}", n=f"{number:,}")
    said = tr("Frame {n} of {all}", n=f"{number:,}", all=f"{int(frames):,}")
    return f"{said} · {duration(number * seconds / frames)}" if seconds else said
