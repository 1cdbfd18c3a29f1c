"""The window's log: what went wrong that nobody foresaw, kept in the state dir for whoever can help."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "window.log"
_LARGEST = 500_000


def keep_log(folder: Path) -> logging.Handler:
    """Write warnings and errors of our own code there; the file appears with the first of them and stays small."""
    kept = RotatingFileHandler(folder / NAME, maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True)
    kept.setLevel(logging.WARNING)
    kept.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("launcher").addHandler(kept)
    return kept
