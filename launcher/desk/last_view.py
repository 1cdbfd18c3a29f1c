"""Where a person was last: place, level and tab, remembered in the home prefix for the next computer.

Losing it harms nobody.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.projects.source import OURS
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

log = logging.getLogger(__name__)

_FILE, _LARGEST = f"{OURS}person/view.json", 16 * 1024
_FIELDS = ("root", "uri", "tab")


def last_view(desk: Desk) -> dict[str, str] | None:
    """As it was kept; None if it was not, or makes no sense."""
    read = desk.store.objects.read_small(desk.home.child(_FILE), _LARGEST)
    try:
        found = json_of(read[0]) if read else {}
        view = {name: found[name] for name in _FIELDS}
    except (ValueError, KeyError, TypeError):
        return None
    return view if all(isinstance(value, str) for value in view.values()) else None


def keep_view(desk: Desk, view: Mapping[str, Any]) -> None:
    """In place of the one before, whoever wrote that; what stands in the way is no trouble for a person."""
    data = json.dumps({"schema": 1, **{name: view[name] for name in _FIELDS}}).encode()
    where = desk.home.child(_FILE)
    try:
        desk.check_strength()
        head = desk.store.objects.head(where)
        desk.store.uploader.put(where, data, digest_of(data), replaces=head.etag if head else None)
    except errors.LauncherError as exc:
        log.info("where the person was is not remembered: %s", exc)
