"""What the window asks by itself, calmly and in one line each, with its answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.earlier import moment_of, when
from launcher.ui.rows import SavedState, last_part
from launcher.ui.texts import tr

_NAMED = 4


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


@dataclass(frozen=True, slots=True)
class LastSession:
    """What the session before this one worked on: addresses and names, the newest first, and what is missing."""

    session: str
    ended: str
    projects: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    #: Place, level and tab, as the person left them; empty where that is not known.
    root: str = ""
    uri: str = ""
    tab: str = ""
    #: Trainings that it did not finish, by the names of their projects.
    trainings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stray:
    """A project that a tool made where nothing survives the session."""

    dir: str
    name: str
    tool_id: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is strange about a session, in sentences."""

    notices: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """A number that changes, such as the seconds of a clock, makes no other oddity."""
        return frozenset(re.sub(r"\d+", "", notice) for notice in self.notices)

    def without(self, read: frozenset[str]) -> Oddities:
        """Those that nobody has read yet."""
        return Oddities(tuple(one for one in self.notices if not Oddities((one,)).names <= read))


def oddity_offers(unread: Oddities) -> Iterator[Offer]:
    """One row for all of them, told until somebody has read it."""
    if unread.notices:
        told = " ".join(plain(notice) for notice in unread.notices)
        line = words.Line(tr("{notices} The session goes on.", notices=told), words.Tone.ATTENTION)
        key = "oddities " + " ".join(sorted(unread.names))
        yield Offer(key, line, (Answer("read", tr("Understood")),), unread)


def stray_of(data: Mapping[str, Any]) -> Stray:
    """One element of `stray`."""
    return Stray(data["dir"], plain(data["name"]), data["tool"], int(data["files"]), int(data["bytes"]))


def stray_offer(stray: Stray) -> Offer:
    """It goes with the machine, unless somebody says a word."""
    last = last_part(stray.dir)
    said = tr(
        "{name} lies in {folder}, where nothing survives the session: {files}, {size}. It can be kept with one click.",
        name=stray.name,
        folder=plain(stray.dir.rstrip("/\\").removesuffix(last if last.startswith(stray.name) else "")),
        files=words.counted(stray.files, "{n} file", "{n} files"),
        size=words.size(stray.bytes),
    )
    answers = (Answer("keep", tr("Move it to where it is kept")), Answer("leave", tr("Leave it there")))
    return Offer(f"stray {stray.dir}", words.Line(said, words.Tone.ATTENTION), answers, stray)


def last_session_of(data: Mapping[str, Any]) -> LastSession:
    """From a `last-session`."""
    names = {row["id"]: plain(row["name"]) for row in data["projects"]}
    view = data.get("view") or {}
    return LastSession(
        data["session"],
        data["ended"],
        tuple((row["uri"], plain(row["name"])) for row in data["projects"]),
        tuple(plain(f"{names.get(row['project'], row['project'])}/{row['path']}") for row in data["missing"]),
        **{name: str(view.get(name, "")) for name in ("root", "uri", "tab")},
        trainings=tuple(plain(row["name"]) for row in data.get("trainings", ())),
    )


def coming_back(last: LastSession, now: datetime) -> Offer:
    """Go on where the last session was: what it worked on, and what it could not save, by name."""
    moment = moment_of(last.ended)
    names = [name for _, name in last.projects]
    said = tr(
        "Your last session ({when}) worked on {names}.",
        when=when(moment, now) if moment else last.ended,
        names=_listed(names, _NAMED),
    )
    if last.missing:
        missing = words.counted(
            len(last.missing), "{n} file could not be saved then", "{n} files could not be saved then"
        )
        said = f"{said} {missing}: {_listed(last.missing, _NAMED)}."
    if last.trainings:
        waiting = words.counted(len(last.trainings), "{n} training was not finished", "{n} trainings were not finished")
        said = f"{said} {waiting}: {_listed(last.trainings, _NAMED)}."
    others = [Answer("train-on", tr("Train on"))] if last.trainings else []
    go_on = Answer("continue", tr("Continue with {name}", name=names[0]) if len(names) == 1 else tr("Continue"))
    tone = words.Tone.ATTENTION if last.missing else words.Tone.PLAIN
    return Offer(
        f"last {last.session}", words.Line(said, tone), (go_on, *others, Answer("not-now", tr("Not now"))), last
    )


def _listed(names: Sequence[str], most: int) -> str:
    """`a, b and 3 more`."""
    more = len(names) - most
    shown = ", ".join(names[:most])
    return tr("{shown} and {n} more", shown=shown, n=more) if more > 0 else shown


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
