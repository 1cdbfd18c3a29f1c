"""What never goes to S3, whatever the tool, and which networks a running training writes again and again."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

#: Launchers' own files on their way end in so many digits; a person's `trial.partial-labels.csv` is work.
_DIGIT, _DIGITS = "[0-9a-f]", (4, 16)

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
    *(f"*.partial-{_DIGIT * digits}" for digits in _DIGITS),
    "*.swp",
    "*~",
    "~$*",
    "*/~$*",
)

#: SLEAP rewrites these two after an epoch, or after a better one; the `.h5` are those of SLEAP <= 1.4.
SLEAP_REWRITTEN = ("best.ckpt", "last.ckpt", "best_model.h5", "latest_model.h5", "final_model.h5")
#: DeepLabCut gives each snapshot its number, and removes old ones; the best has a name of its own.
DLC_REWRITTEN = ("snapshot-best-*.pt", "snapshot-detector-best-*.pt", "snapshot-detector-*.pt", "snapshot-*.pt")
LIGHTNING_REWRITTEN = ("*-best.ckpt", "*-final.ckpt", "last*.ckpt", "*.ckpt")


def series_of(path: str, rewritten: Sequence[str]) -> str | None:
    """Which series of rewritten networks a file belongs to: of each the newest is kept current, and not every one."""
    folder, _, name = path.rpartition("/")
    pattern = next((pattern for pattern in rewritten if fnmatchcase(name, pattern)), None)
    return None if pattern is None else f"{folder}/{pattern}"
