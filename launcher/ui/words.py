"""Facts as a person reads them: every number has its unit, no state is told by colour alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from launcher.ui.rows import Finding, Limit, Place, Project, Recent, Run, SavedState, last_part
from launcher.ui.texts import tr

#: How the tools are called on a badge; a tool that is not here is shown by its id.
TOOL_TITLES = {"deeplabcut": "DeepLabCut", "sleap": "SLEAP", "lightning_pose": "Lightning Pose"}
_DECIMAL = 1000
#: The states of a run that has ended, as the desk names them.
_OVER = frozenset({"exited", "crashed", "stopped", "ended unseen"})


class Tone(StrEnum):
    """What a line means to the person; a theme gives it a colour, the words and a sign say it too."""

    PLAIN = "plain"
    SAVED = "saved"
    ATTENTION = "attention"
    FAILED = "failed"


SIGNS = {Tone.PLAIN: "", Tone.SAVED: "✓ ", Tone.ATTENTION: "! ", Tone.FAILED: "✕ "}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and what it means."""

    text: str
    tone: Tone = Tone.PLAIN

    @property
    def signed(self) -> str:
        """The sentence with its sign in front."""
        return SIGNS[self.tone] + self.text


def size(amount: int) -> str:
    """Bytes in decimal units."""
    value = float(amount)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < _DECIMAL:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= _DECIMAL
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """A length of time, as exact as it is useful."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return tr("{n} s", n=whole)
    if whole < 3600:
        return tr("{n} min", n=whole // 60)
    hours, minutes = divmod(whole // 60, 60)
    return tr("{h} h {m} min", h=hours, m=minutes) if minutes else tr("{h} h", h=hours)


def counted(number: int, one: str, many: str) -> str:
    """`1 video`, `1,100 videos`."""
    return tr(one, n=number) if number == 1 else tr(many, n=f"{number:,}")


def tool_title(tool_id: str) -> str:
    """The name that people use."""
    return TOOL_TITLES.get(tool_id, tool_id)


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


def unsaved_files(saved: SavedState) -> str:
    """How much of a project is only on this computer."""
    return saved.problem or amount_unsaved(saved)


def amount_unsaved(saved: SavedState) -> str:
    """How many files, and how large they are together."""
    amount = counted(saved.unsaved_files, "{n} file not saved", "{n} files not saved")
    return f"{amount} · {size(saved.unsaved_bytes)}" if saved.unsaved_bytes else amount


def not_saved(document: Mapping[str, Any]) -> str:
    """What a command could not do with single files: how many, and the first of them in full."""
    failed = [
        *document.get("failed", ()),
        *(one for row in document.get("projects", ()) for one in row.get("failed", ())),
    ]
    if not failed:
        return ""
    first = failed[0]
    number = counted(len(failed), "{n} file is not done", "{n} files are not done")
    return tr("{number}. {path}: {cause}. {next}", number=number, **{k: first[k] for k in ("path", "cause", "next")})


def in_two_versions(number: int) -> str:
    """How many files nobody has decided about."""
    return counted(number, "{n} file in two versions", "{n} files in two versions")


def becomes_of(place: Place) -> str:
    """What becomes of things put there."""
    sentence = {
        "kept": tr("kept"),
        "lost at session end": tr("lost when the session ends"),
        "shared read-only": tr("shared, read-only"),
        "shared writable": tr("shared, writable"),
    }.get(place.durability, place.durability)
    if place.reachable:
        return sentence
    return tr("away · read from S3 directly") if place.kind == "mount" else tr("{what} · not reachable", what=sentence)


def run_state(run: Run) -> str:
    """How a started tool is."""
    if run.task:
        waiting = tr("waits for its turn") if run.state == "queued" else tr("starting …")
        return run.message or waiting
    known = {
        "starting": tr("starting …"),
        "running": tr("its window is open"),
        "asking for files": tr("asks for files in its window"),
        "hanging": tr("shows no window yet"),
    }
    return known.get(run.state, run.state)


def is_over(run: Run) -> bool:
    """Has it ended, in whatever way?"""
    return run.state in _OVER


def stopped(run: Run) -> str:
    """How it went after a person agreed to end a tool."""
    tool = tool_title(run.tool_id)
    if is_over(run) and run.task:
        return tr(
            "{tool} has ended. Its last checkpoint is in the project's folder, and it can be continued.", tool=tool
        )
    if is_over(run):
        return tr("{tool} has ended. What was saved in its window is in the project's folder.", tool=tool)
    return tr("! {tool} could not be stopped. Close its window yourself, or try again.", tool=tool)


def saved_summary(states: Sequence[SavedState] | None, checked: bool = True) -> Line:
    """The promise of the bottom bar: is everything saved?"""
    if states is None:
        return Line(tr("Looking what is saved …") if checked else tr("Not known what is saved"), Tone.PLAIN)
    unsaved = [state for state in states if not state.all_saved]
    if not states:
        return Line(tr("Nothing to save yet"), Tone.PLAIN)
    if not unsaved:
        return Line(tr("All results saved"), Tone.SAVED)
    if stopped := next((state for state in unsaved if state.problem), None):
        return _stopped(stopped)
    files = sum(state.unsaved_files for state in unsaved)
    amount = sum(state.unsaved_bytes for state in unsaved)
    if not files:
        return Line(tr("The record of what is saved is not in S3 yet"), Tone.ATTENTION)
    words = counted(files, "{n} file not saved yet", "{n} files not saved yet")
    return Line(f"{words} · {size(amount)}" if amount else words, Tone.ATTENTION)


def recent(one: Recent, saved: SavedState | None) -> str:
    """When it was open last, and whether its results are in the home bucket."""
    if saved is not None:
        state = tr("saved") if saved.all_saved else unsaved_files(saved)
    else:
        state = tr("saved") if one.saved else tr("nothing saved")
    return " · ".join(part for part in (at_time(one.opened), state) if part)


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


def unbroken(text: str) -> str:
    """A number keeps its unit beside it when the line is broken."""
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in text.split(" · "))


def at_frame(number: int, facts: Mapping[str, float]) -> str:
    """Which frame is shown, and when in the video it is."""
    frames, seconds = facts.get("frames", 0), facts.get("seconds", 0.0)
    if not frames:
        return tr("Frame {n}", n=f"{number:,}")
    said = tr("Frame {n} of {all}", n=f"{number:,}", all=f"{int(frames):,}")
    return f"{said} · {duration(number * seconds / frames)}" if seconds else said


def _stopped(state: SavedState) -> Line:
    """Why a project is not saved, as short as the bar is; the rest is asked or told where there is room."""
    name = last_part(state.dir)
    if state.kind in ("emptied", "vanished"):
        return Line(tr("Saving {name} has stopped", name=name), Tone.FAILED)
    if state.kind == "held" and state.holder is not None:
        who = state.holder[0]
        return Line(tr("Not saved yet: {who} is working on {name}", who=who, name=name), Tone.ATTENTION)
    return Line(state.problem.partition(". ")[0], Tone.FAILED)


def at_time(moment: str) -> str:
    """A time of S3's, on this computer's clock face: `at 14:05`, with its day if that is not today."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return ""
    pattern = "%H:%M" if local.date() == datetime.now().astimezone().date() else "%H:%M, %d %b"
    return tr("at {time}", time=local.strftime(pattern))


def time_left(limits: Sequence[Limit], seconds_since: float = 0.0) -> Line | None:
    """How long the session still lasts; None where no end is known."""
    if not limits:
        return None
    seconds = min(limit.seconds_left for limit in limits) - seconds_since
    if seconds <= 0:
        return Line(tr("The session ends now"), Tone.FAILED)
    tone = Tone.ATTENTION if seconds <= 30 * 60 else Tone.PLAIN
    return Line(tr("{time} left", time=_counted_down(seconds)), tone)


def _counted_down(seconds: float) -> str:
    """In whole minutes; in the last five also with the seconds, ten at a time, so that nothing flickers."""
    if not 60 <= seconds <= 300:
        return duration(seconds)
    minutes, rest = divmod(int(seconds), 60)
    tens = rest // 10 * 10
    return tr("{m} min {s} s", m=minutes, s=tens) if tens else tr("{m} min", m=minutes)


def progress(done: int, total: int | None, rate: float) -> str:
    """`63 % · 112 MB/s · 8 s left`; what is not known is not said."""
    parts = [f"{percent(done, total)} %" if total else size(done)]
    if rate > 0:
        parts.append(tr("{size}/s", size=size(int(rate))))
        if total and total > done:
            parts.append(tr("{time} left", time=duration((total - done) / rate)))
    return " · ".join(parts)


def percent(done: int, total: int | None) -> int:
    """A whole number from 0 to 100; 100 only when it is all there."""
    if not total:
        return 0
    return 100 if done >= total else min(int(100 * done / total), 99)
