"""What is on disk and what S3 confirmed, per path. Survives kills; can be lost whole and rebuilt from S3.

The manifest in S3 has a module of its own, `manifest.py`: it brings pydantic, which not every command needs. The names
below are imported when they are first used: a save that has nothing to do takes neither SQLite nor records.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

_ROOMS = {"Journal": "journal", "JournalDamaged": "journal", "once_more": "journal", "StoredItem": "rows"}

if TYPE_CHECKING:
    from launcher.journal.journal import Journal, JournalDamaged, once_more
    from launcher.journal.records import Item, Origin, ProjectRecord, Saved, Stat, State
    from launcher.journal.rows import StoredItem
else:

    def __getattr__(name: str) -> object:
        """Python asks for a name that is not here yet (PEP 562)."""
        if name not in __all__:
            raise AttributeError(name)
        room = _ROOMS.get(name, "records")
        return globals().setdefault(name, getattr(import_module(f"launcher.journal.{room}"), name))


__all__ = [
    "Item",
    "Journal",
    "JournalDamaged",
    "Origin",
    "ProjectRecord",
    "Saved",
    "Stat",
    "State",
    "StoredItem",
    "once_more",
]
