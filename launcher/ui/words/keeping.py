"""What is saved, and what is not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launcher.ui.rows import Recent, SavedState, last_part
from launcher.ui.texts import tr
from launcher.ui.words.amounts import counted, size
from launcher.ui.words.lines import Line, Tone
from launcher.ui.words.times import at_time


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


def _stopped(state: SavedState) -> Line:
    """Why a project is not saved, as short as the bar is; the rest is asked or told where there is room."""
    name = last_part(state.dir)
    if state.kind in ("emptied", "vanished"):
        return Line(tr("Saving {name} has stopped", name=name), Tone.FAILED)
    if state.kind == "held" and state.holder is not None:
        who = state.holder[0]
        return Line(tr("Not saved yet: {who} is working on {name}", who=who, name=name), Tone.ATTENTION)
    return Line(state.problem.partition(". ")[0], Tone.FAILED)


def unsaved_files(saved: SavedState) -> str:
    """How much of a project is only on this computer."""
    return saved.problem or amount_unsaved(saved)


def amount_unsaved(saved: SavedState) -> str:
    """How many files, and how large they are together."""
    if not saved.unsaved_files:
        return tr("not recorded in S3 yet")
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


def recent(one: Recent, saved: SavedState | None) -> str:
    """When it was open last, and whether its results are in the home bucket."""
    if saved is not None:
        state = tr("saved") if saved.all_saved else unsaved_files(saved)
    else:
        state = tr("saved") if one.saved else tr("nothing saved")
    return " · ".join(part for part in (at_time(one.opened), state) if part)
