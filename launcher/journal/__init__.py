"""What is on disk and what S3 confirmed, per path. Survives kills; can be lost whole and rebuilt from S3.

The manifest in S3 has a module of its own, `manifest.py`: it brings pydantic, which not every command needs.
"""

from launcher.journal.journal import Journal, JournalDamaged
from launcher.journal.records import Item, Origin, ProjectRecord, Saved, Stat, State
from launcher.journal.rows import StoredItem

__all__ = ["Item", "Journal", "JournalDamaged", "Origin", "ProjectRecord", "Saved", "Stat", "State", "StoredItem"]
