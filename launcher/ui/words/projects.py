"""A project on its card and in the inspector. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from launcher.ui.rows import Finding, Project, SavedState
from launcher.ui.texts import tr
from launcher.ui.words.amounts import counted, size
from launcher.ui.words.keeping import in_two_versions, unsaved_files
from launcher.ui.words.lines import Line, Tone
from launcher.ui.words.tools import tool_title


def tool_badge(project: Project) -> str:
    """Tool and version, short: DeepLabCut 3, SLEAP 1.3."""
    version = ".".join((project.tool_version or "").split(".")[:2])
    return f"{tool_title(project.tool_id)} {version}".strip()


def animals(project: Project) -> str:
    """How many animals, as far as the project says."""
    return tr("several animals") if project.multi_animal else tr("one animal")


def contents(project: Project) -> str:
    """What is in it: labelled frames · videos · bytes."""
    parts = []
    if project.labelled_frames:
        parts.append(counted(project.labelled_frames, "{n} labelled frame", "{n} labelled frames"))
    if project.predicted_frames:
        parts.append(counted(project.predicted_frames, "{n} predicted frame", "{n} predicted frames"))
    if not parts and project.labelled_frames == 0:
        parts.append(tr("no labels yet"))
    if here := sum(video.present for video in project.videos):
        parts.append(counted(here, "{n} video", "{n} videos"))
    if project.bytes:
        parts.append(size(project.bytes))
    return " · ".join(parts)


def contents_in_short(project: Project) -> tuple[str, ...]:
    """The same in fewer and fewer words, the fullest first."""
    frames = project.labelled_frames or project.predicted_frames
    counted_frames = counted(frames, "{n} frame", "{n} frames") if frames else ""
    here = sum(video.present for video in project.videos)
    videos = counted(here, "{n} video", "{n} videos") if here else ""
    amount = size(project.bytes) if project.bytes else ""
    parts = ((counted_frames, videos, amount), (counted_frames, amount), (counted_frames,))
    shorter = [" · ".join(part for part in some if part) for some in parts]
    return tuple(dict.fromkeys([contents(project), *filter(None, shorter)]))


def health(project: Project) -> Line:
    """The one thing to know before opening it."""
    if error := _first(project.health, "error"):
        return Line(error.message, Tone.FAILED)
    if warning := _first(project.health, "warning"):
        return Line(_short(warning), Tone.ATTENTION)
    return Line(tr("healthy"), Tone.SAVED)


def _first(findings: Sequence[Finding], severity: str) -> Finding | None:
    return next((finding for finding in findings if finding.severity == severity), None)


def _short(finding: Finding) -> str:
    """A card has one line; the inspector has the whole sentence."""
    return tr("its video is not beside it") if finding.code == "video-missing" else finding.message


def card_line(project: Project, saved: SavedState | None) -> Line:
    """What the last line of a card says: its health, and whether it is saved."""
    line = health(project)
    if saved is None:
        return line
    if not saved.all_saved:
        return Line(unsaved_files(saved), Tone.ATTENTION)
    if saved.in_two_versions:
        return Line(tr("saved · {files}", files=in_two_versions(saved.in_two_versions)), Tone.ATTENTION)
    if line.tone is Tone.SAVED:
        return Line(tr("healthy · saved"), Tone.SAVED)
    return line


def opens_here(project: Project) -> tuple[Line, ...]:
    """What happens when it is opened on this computer: first the verdict, then each thing to know."""
    bad = [finding for finding in project.health if finding.severity == "error"]
    if bad:
        return tuple(Line(told(finding), Tone.FAILED) for finding in bad)
    rest = tuple(
        Line(told(finding), Tone.ATTENTION if finding.severity == "warning" else Tone.PLAIN)
        for finding in project.health
        if finding.severity == "warning" or finding.code == "paths-adjusted"
    )
    if any(line.tone is Tone.ATTENTION for line in rest):
        return (Line(tr("Opens here, but read this first:"), Tone.ATTENTION), *rest)
    return (Line(tr("Opens here."), Tone.SAVED), *rest)


def told(finding: Finding) -> str:
    """A finding with its next step."""
    return f"{finding.message} {finding.hint}".strip()
