"""What the window asks by itself, calmly and in one line each, with its answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from launcher.ui import words
from launcher.ui.earlier import moment_of, when
from launcher.ui.rows import SavedState, last_part
from launcher.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to go on: what happens, and the words on its button."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A question about something. It goes away with its cause, or when it was answered."""

    key: str
    line: words.Line
    answers: tuple[Answer, ...]
    #: What it is about, for whoever acts on the answer.
    about: object = None


def offers_of(states: Iterable[SavedState], now: datetime) -> Iterator[Offer]:
    """About every project that is not being saved because something has to be decided, or waited for."""
    for state in states:
        if state.kind in ("emptied", "vanished"):
            yield _gone(state)
        elif state.kind == "held" and state.holder is not None:
            yield _held(state, *state.holder, now=now)


def _gone(state: SavedState) -> Offer:
    name = last_part(state.dir)
    what = (
        tr("The folder of {name} is empty.", name=name)
        if state.kind == "emptied"
        else tr("The folder of {name} is gone, or is another one.", name=name)
    )
    safe = tr("Saving it has stopped, and nothing was deleted in the home bucket. What shall be done?")
    answers = (
        Answer("bring-back", tr("Bring back what was saved")),
        Answer("look-again", tr("I put it back, look again")),
        Answer("put-away", tr("It is no longer needed here")),
    )
    return Offer(f"{state.kind} {state.dir}", words.Line(f"{what} {safe}", words.Tone.ATTENTION), answers, state)


def _held(state: SavedState, who: str, where: str, since: str, *, now: datetime) -> Offer:
    moment = moment_of(since)
    said = tr(
        "{who} is working on {name} at {where}, since {since}. What you change stays on this computer, and is saved by "
        "itself as soon as that session has ended or broken off.",
        who=who,
        name=last_part(state.dir),
        where=where,
        since=when(moment, now) if moment else since,
    )
    answers = (Answer("look", tr("Look at what they saved")), Answer("wait", tr("Wait")))
    return Offer(f"held {state.dir} {who} {where} {since}", words.Line(said, words.Tone.ATTENTION), answers, state)


def freed(before: Iterable[SavedState], after: Iterable[SavedState]) -> list[str]:
    """Names of the projects that another session held until now."""
    held = {state.dir for state in before if state.kind == "held"}
    return [last_part(state.dir) for state in after if state.dir in held and not state.kind and not state.problem]
