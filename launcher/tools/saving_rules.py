"""What never goes to S3, whatever the tool."""

from __future__ import annotations

#: Locks, caches, leftovers of file managers and editors, and files that are not finished.
NEVER = (
    "*.lock",
    "*__pycache__/*",
    "*.pyc",
    "*Thumbs.db",
    "*desktop.ini",
    "*.DS_Store",
    "*.tmp",
    "*.part",
    "*.partial-*",
    "*.swp",
    "*~",
    "~$*",
    "*/~$*",
)
