"""Self-check: each finding in words, with what to do about it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.scratch import scratch_root
from launcher.projects.stage_plan import in_words
from launcher.saving import strength

_LITTLE_SPACE = 5 * 10**9


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    severity: str
    message: str
    hint: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return asdict(self)


def examine(desk: Desk) -> Iterator[Check]:
    """Look at everything; one failure never hides the next."""
    yield _timed("site catalogue", lambda: f"{desk.loaded.path}: {desk.site.title or 'no title'}")
    yield _timed("state dir", lambda: f"{desk.setup.state.path}, {len(desk.journal.projects())} projects known")
    if desk.setup.site is None:
        return
    yield _timed("credentials", lambda: f"found, key {desk.store.credentials.current().access[:4]}…")
    yield _timed("who this is", lambda: f"{desk.facts.user or 'not known'} ({desk.facts.source}), home {desk.home}")
    yield from _places(desk)
    yield _timed("storage server keeps its word", lambda: _strength(desk))
    yield _timed("disk for projects", lambda: _scratch(desk))
    yield _timed("reading of other people's files is fenced off", lambda: _fence(desk))


def _places(desk: Desk) -> list[Check]:
    try:
        rows = desk.places()
    except errors.LauncherError as exc:
        return [Check("places", ok=False, severity="error", message=exc.title, hint=exc.hint)]
    return [
        Check(
            f"place {row['name']}",
            ok=bool(row["reachable"]),
            severity="info" if row["reachable"] else "error",
            message=row["message"] or f"reachable, {row['durability']}",
            hint="" if row["reachable"] else "Ask your admin, and try again.",
        )
        for row in rows
    ]


def _strength(desk: Desk) -> str:
    weak = strength.weaknesses(desk.store, desk.journal, desk.home, desk.session_id)
    if weak:
        raise errors.WeakServer("; ".join(weak))
    return "a wrong checksum and an unseen version are refused, and we may write to the home prefix"


def _scratch(desk: Desk) -> str:
    root = scratch_root(desk.site, desk.setup.state, desk.journal)
    free = shutil.disk_usage(root).free
    if free < _LITTLE_SPACE:
        raise errors.LocalDisk(
            root, title=f"Only {in_words(free)} are free", hint="Free some space before bringing large projects."
        )
    return f"{in_words(free)} free at {root}"


def _fence(desk: Desk) -> str:
    fences = desk.parsers.fences()
    if not fences["hook"]:
        raise errors.NotDone(title="The parser process could reach out")
    return (
        "no network namespace of its own here, Python's guard is on"
        if not fences["network"]
        else "no network, limited memory"
    )


def _timed(name: str, look: Callable[[], str]) -> Check:
    began = time.monotonic()
    try:
        message, hint, ok = look(), "", True
    except errors.LauncherError as exc:
        message, hint, ok = (f"{exc.title}: {exc.subject}" if exc.subject else exc.title), exc.hint, False
    return Check(name, ok, "info" if ok else "error", message, hint, round(time.monotonic() - began, 3))
