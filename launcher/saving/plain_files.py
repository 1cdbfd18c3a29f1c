"""Plain files on their way through the exchange, behind a copy of what they replace if the bucket keeps no versions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial

from launcher.saving.known import Sent
from launcher.saving.plain_sending import PlainSending, Ready
from launcher.saving.sending import Sending
from launcher.storage.crew import Crew
from launcher.storage.messages import Reply, Request


class PlainFiles:
    """The requests of some files, and what their answers mean; whatever does not go this way is given to the crew."""

    def __init__(
        self,
        contents: Iterable[tuple[str, Ready | None]],
        plain: PlainSending,
        patient: Sending,
        crew: Crew[str, Sent],
    ) -> None:
        self._contents = contents
        self._plain = plain
        self._patient = patient
        self._crew = crew
        self._copying = 0
        self._kept: deque[Ready] = deque()

    def requests(self) -> Iterator[Request[Ready] | None]:
        """Each is taken, and its intent written down, when there is room for it; None while a copy is waited for."""
        for path, ready in self._contents:
            yield from self._puts()
            if ready is None:
                self._crew.give("save", path, partial(self._patient.send, path))
            elif (copying := self._plain.keeping(ready)) is not None:
                self._copying += 1
                yield copying
            else:
                yield self._plain.asking(ready)
        while self._copying or self._kept:
            yield from self._puts() if self._kept else (None,)

    def _puts(self) -> Iterator[Request[Ready]]:
        while self._kept:
            yield self._plain.asking(self._kept.popleft())

    def answered(self, reply: Reply[Ready]) -> Sent | None:
        """What the server confirmed, if that was the file itself."""
        ready = reply.job
        if ready.replaced is not None:
            self._copying -= 1
            self._has_copied(reply)
            return None
        sent = self._plain.confirmed(reply)
        if sent is None:
            self._crew.give(
                "again", ready.item.path, partial(self._patient.again, ready.item, ready.digest, ready.data)
            )
        return sent

    def _has_copied(self, reply: Reply[Ready]) -> None:
        path, kept = reply.job.item.path, self._plain.kept(reply)
        if kept is None:
            self._crew.give("save", path, partial(self._patient.send, path))
        else:
            self._kept.append(kept)
