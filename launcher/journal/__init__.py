"""What is on disk and what S3 confirmed, per path. Survives kills; can be lost whole and rebuilt from S3."""

from launcher.journal.journal import Journal
from launcher.journal.manifest import Manifest, parse_manifest
from launcher.journal.records import Item, Origin, ProjectRecord, Saved, Stat, State

__all__ = ["Item", "Journal", "Manifest", "Origin", "ProjectRecord", "Saved", "Stat", "State", "parse_manifest"]
