"""Earlier saved states as the window shows them: values, and their words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.texts import tr

_SHORT_SESSION = 12
#: The first and the last year there is have days that some zones have not.
_YEARS = range(2, 9999)
_COMPUTER = re.compile(r"-[0-9a-f]{4}$")


@dataclass(frozen=True, slots=True)
class Earlier:
    """One saved state of a project: `at` is its name, `when` says it in words."""

    at: str
    when: str
    files: int
    bytes: int
    session: str


@dataclass(frozen=True, slots=True)
class StateFile:
    """One file of a state; `is_newest` says that the newest state holds the same content."""

    path: str
    bytes: int
    is_newest: bool


@dataclass(frozen=True, slots=True)
class SavedStates:
    """All that is kept of a project, the newest first; `home` is where its files lie."""

    home: str
    rows: Sequence[Earlier]


def saved_states_of(data: Mapping[str, Any], now: datetime) -> SavedStates:
    """What the desk says of a project's states; `now` is on this computer's clock face."""
    moments = [moment_of(row["at"]) for row in data["states"]]
    rows = [
        Earlier(
            at=row["at"],
            when=when(moment, now, exact=_shares_minute(moment, moments)) if moment else plain(row["at"]),
            files=int(row["files"]),
            bytes=int(row["bytes"]),
            session=session_words(row["session"], data["session"], row.get("who") or ""),
        )
        for row, moment in zip(data["states"], moments, strict=True)
    ]
    return SavedStates(data["home"], rows)


def state_files_of(data: Mapping[str, Any]) -> list[StateFile]:
    """The files of one state: what was changed since comes first."""
    files = [StateFile(row["path"], int(row["bytes"]), bool(row["is_newest"])) for row in data["contents"]]
    return sorted(files, key=lambda file: (file.is_newest, file.path))


def when(moment: datetime, now: datetime, *, exact: bool = False) -> str:
    """`today at 14:05`, `yesterday at 14:05`, `28 Nov at 14:05`; `exact` adds the seconds."""
    local, today = moment.astimezone(now.tzinfo), now.date()
    return tr("{day} at {time}", day=_day(local.date(), today), time=local.strftime("%H:%M:%S" if exact else "%H:%M"))


def _day(day: date, today: date) -> str:
    if day == today:
        return tr("today")
    if day == today - timedelta(days=1):
        return tr("yesterday")
    return day.strftime("%d %b" if day.year == today.year else "%d %b %Y").lstrip("0")


def session_words(session: str, mine: str, who: str = "") -> str:
    """Which session, and whose: this one, or the beginning of another's name."""
    if session == mine:
        return tr("this session")
    name = plain(session)
    short = name if len(name) <= _SHORT_SESSION else f"{name[:_SHORT_SESSION]}…"
    return f"{person(who)}, {short}" if who else short


def person(who: str) -> str:
    """A person by name alone: what tells two of their computers apart is for the names of copies."""
    return _COMPUTER.sub("", plain(who))


def compared(file: StateFile) -> str:
    """How a file of an earlier state stands to what is saved now."""
    return tr("as it is now") if file.is_newest else tr("changed since")


def contents(state: Earlier) -> str:
    """How much a state holds."""
    return f"{words.counted(state.files, '{n} file', '{n} files')} · {words.size(state.bytes)}"


def brought_back(document: Mapping[str, Any], now: datetime) -> str:
    """What bringing back did, and how it is undone."""
    files = words.counted(len(document.get("restored", ())), "{n} file", "{n} files")
    moment, before = moment_of(document.get("at") or ""), moment_of(document.get("before") or "")
    if not document.get("restored"):
        return tr("✓ Nothing had to be brought back: it is as it was then")
    back = tr("✓ {files} as they were {when}", files=files, when=when(moment, now) if moment else "")
    if before is None:
        return back
    return tr("{back}. To undo, bring back the state of {when}", back=back, when=when(before, now, exact=True))


def moment_of(text: str) -> datetime | None:
    """A time of S3's; None for what is no time, has no zone, or is none everywhere on earth."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment.year in _YEARS else None


def _shares_minute(moment: datetime | None, moments: Sequence[datetime | None]) -> bool:
    """Two states of one minute are told apart by their seconds."""
    if moment is None:
        return False
    return sum(one is not None and one.replace(second=0, microsecond=0) == _minute(moment) for one in moments) > 1


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
