"""Old states and contents of a project's history are deleted: conditionally, a few at a time, while we hold its lease.

Never in the last minute: only the saver at rest and a click on "save" do it, and never the end of a session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from launcher import errors
from launcher.journal import Journal
from launcher.journal.manifest import Manifest
from launcher.projects.source import read_manifest
from launcher.saving.thinning import AT_ONCE, Kept, Room, crowded, gone, horizon
from launcher.storage.deleting import delete_object
from launcher.storage.listing import Page
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

_USE = "use of the home prefix"
#: A home with no more objects than this is measured by one request.
_ONE_PAGE = 1000


class Pruning:
    """The history of one home prefix, as the site wants it kept."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        home: S3Uri,
        keep_days: int,
        quota_bytes: int,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._store = store
        self._journal = journal
        self._home = home
        self._keep_days = keep_days
        self._quota = quota_bytes
        self._now = now or store.http.server_time.now

    def is_due(self, project_id: str) -> bool:
        """Once a day by the server's clock, or as often as it is over its quota."""
        if self._store.http.server_time.age_s is None:
            return False  # a server without a clock: nothing is ever old
        return self._journal.fact(_pruned(project_id)) != self._now().date().isoformat() or self._is_over()

    def prune(self, project_id: str) -> int:
        """Where it is due; how many objects went."""
        if not self.is_due(project_id):
            return 0
        now = self._now()
        use, kept = self._measure(project_id)
        contents, states = [*kept["contents"], *kept["doubtful"]], kept["states"]
        before = horizon(contents, now, self._keep_days, Room(use["used_bytes"], self._quota))
        needed: Iterable[str] = ()
        if any(one.modified < before for one in [*contents, *states]):
            read = read_manifest(self._store, self._home, project_id)
            if read is None:
                return 0
            needed = _needed(read[0])
        too_old = gone(states, contents, before, needed)
        old = [*too_old, *(one for one in crowded(states, now) if one not in too_old)]
        went = [one for one in old[:AT_ONCE] if self._delete(one)]
        if len(old) <= AT_ONCE:
            self._journal.put_fact(_pruned(project_id), now.date().isoformat())
        if went:
            self._measure(project_id)
        return len(went)

    def count_first(self, size: int, files: int) -> None:
        """A first state replaces nothing: what it added is known, or a small home is measured by one request."""
        use = known_use(self._journal)
        if use is not None:
            self._note({**use, "used_bytes": use["used_bytes"] + size})
        elif files < _ONE_PAGE:
            page = self._store.lister.page(self._home, delimiter="", size=_ONE_PAGE)
            if page.next_token is None:
                self._note(self._use_of([page]))

    def _delete(self, one: Kept) -> bool:
        return delete_object(self._store.http, S3Uri(self._home.bucket, one.key), one.etag)

    def _is_over(self) -> bool:
        use = known_use(self._journal)
        return bool(self._quota) and use is not None and use["used_bytes"] > self._quota

    def _measure(self, project_id: str) -> tuple[dict[str, int], dict[str, list[Kept]]]:
        """Everything below the home prefix counts; what was measured is kept for `status`.

        And a project's history by its kinds, which is found on the way.
        """
        kept: dict[str, list[Kept]] = {"contents": [], "doubtful": [], "states": []}
        use = self._use_of(self._sorting(self._store.lister.everything(self._home), project_id, kept))
        self._note(use)
        return use, kept

    def _sorting(self, pages: Iterable[Page], project_id: str, kept: dict[str, list[Kept]]) -> Iterator[Page]:
        mine = self._home.child(f".pose-launcher/history/{project_id}/").key
        for page in pages:
            for row in page.objects:
                kind = row.key.removeprefix(mine).partition("/")[0] if row.key.startswith(mine) else ""
                if kind in kept:
                    kept[kind].append(Kept(row.key, row.etag, row.size, datetime.fromisoformat(row.modified)))
            yield page

    def _use_of(self, pages: Iterable[Page]) -> dict[str, int]:
        use = {"used_bytes": 0, "history_bytes": 0}
        history = self._home.child(".pose-launcher/history/").key
        for page in pages:
            for row in page.objects:
                use["used_bytes"] += row.size
                use["history_bytes"] += row.size if row.key.startswith(history) else 0
        return use

    def _note(self, use: Mapping[str, int]) -> None:
        self._journal.put_fact(_USE, json.dumps(use))


def known_use(journal: Journal) -> dict[str, int] | None:
    """What was measured last; None before the first time."""
    words = journal.fact(_USE)
    found: dict[str, int] | None = json.loads(words) if words else None
    return found


def use_row(journal: Journal, keep_days: int, quota_bytes: int) -> dict[str, object]:
    """What `status` says of it."""
    use: Mapping[str, int | None] = known_use(journal) or {"used_bytes": None, "history_bytes": None}
    return {**use, "quota_bytes": quota_bytes or None, "keep_days": keep_days, "message": _words(use, quota_bytes)}


def _words(use: Mapping[str, int | None], quota: int) -> str:
    used, history = use["used_bytes"], use["history_bytes"]
    if not quota or used is None or used <= quota:
        return ""
    if history:
        return "The home prefix holds more than its quota; the oldest earlier states are deleted until it fits."
    return (
        "The home prefix holds more than its quota, and no earlier state is left to delete. "
        "New work is saved all the same; ask your admin for more room, or to remove old projects."
    )


def _needed(manifest: Manifest) -> Iterator[str]:
    return (file.saved.sha256 for file in manifest.files.values())


def _pruned(project_id: str) -> str:
    return f"history pruned {project_id}"


def prune_quietly(pruning: Pruning, project_id: str) -> str:
    """The same for those who have other things to do; in words what stood in the way, empty if nothing did."""
    try:
        pruning.prune(project_id)
    except errors.Refused as exc:
        return f"Earlier states older than the site keeps them could not be deleted: {exc.title}. {exc.hint}"
    except errors.Damaged as exc:
        return f"No earlier state was deleted: {exc.title} ({exc.subject}). The next save writes it anew."
    except errors.LauncherError:
        return ""  # the server is away, or another session was faster: the next time
    return ""


def count_first_quietly(pruning: Pruning, size: int, files: int) -> None:
    """The same of a first save, which has succeeded whatever becomes of this."""
    with suppress(errors.LauncherError):
        pruning.count_first(size, files)
