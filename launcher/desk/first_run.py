"""Has this person seen the launcher before? The home prefix knows: the next session may be on another machine."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from launcher import errors
from launcher.projects.source import OURS
from launcher.storage.checksums import digest_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

log = logging.getLogger(__name__)

_FACT, _FILE = "welcomed", f"{OURS}person/welcomed.json"


def is_first_run(desk: Desk) -> bool:
    """Only where the home prefix says so: while it cannot be read, nobody is taken for a newcomer."""
    if desk.journal.fact(_FACT):
        return False
    if desk.store.objects.head(desk.home.child(_FILE)) is None:
        return True
    desk.journal.put_fact(_FACT, "yes")
    return False


def welcomed(desk: Desk) -> None:
    """From now on they are known; what stands in the way of noting it is no trouble for a person."""
    desk.journal.put_fact(_FACT, "yes")
    data = json.dumps({"schema": 1}).encode()
    try:
        desk.check_strength()
        desk.store.uploader.put(desk.home.child(_FILE), data, digest_of(data), replaces=None)
    except errors.ChangedMeanwhile:
        return  # another session noted it
    except errors.LauncherError as exc:
        log.info("that the first page was seen is not remembered: %s", exc)
