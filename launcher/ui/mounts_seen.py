"""What happens to the mounts, told once each time it changes; the window itself never touches one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.config.plain import plain
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

#: The saver notices a fault within five seconds; the person hears of it a moment later.
_EVERY_S = 1.5
_WELL = "mounted"
_FAULTY = {"hung": "does not answer", "dead": "has ended", "cache disk full": "has no room left on the disk"}


Seen: TypeAlias = tuple[str, float | None]


def seen_of(rows: Sequence[Json]) -> dict[str, Seen]:
    """How each mount is and when it was started, by its address."""
    return {row["uri"]: (row["state"], row["started"]) for row in rows}


def told(before: Mapping[str, Seen], rows: Sequence[Json]) -> Iterator[str]:
    """What is new, in words."""
    for row in rows:
        (was, began), now, name = before.get(row["uri"], ("", None)), row["state"], plain(row["name"])
        if now in _FAULTY and was not in _FAULTY:
            yield tr(
                "! The mount of {name} {what} and is begun anew. Until then {name} is read from S3 directly: "
                "you can go on, and nothing is lost.",
                name=name,
                what=_FAULTY[now],
            )
        elif now == _WELL and was and (was, began) != (now, row["started"]):  # also when nobody saw it go
            yield tr("✓ The mount of {name} is back.", name=name)
        elif now not in (_WELL, *_FAULTY) and was in _FAULTY and row["message"]:
            yield tr("! The mount of {name} does not come back: {why}", name=name, why=plain(row["message"]))


class MountsSeen(QObject):
    """Follows what the saver writes down about the mounts."""

    #: A sentence for the person; the places are other ones then.
    told = Signal(str)

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self.seen: dict[str, Seen] = {}

    def begin(self) -> None:
        """Start looking."""
        self._tasks.start("mounts", self._watch)

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        try:
            rows = await self._calls.call(lambda desk: desk.mounts_seen())
        except errors.LauncherError:
            return  # nothing is known without a site; the window says that elsewhere
        news = list(told(self.seen, rows))
        self.seen = seen_of(rows)
        for sentence in news:
            self.told.emit(sentence)
