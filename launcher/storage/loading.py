"""The AWS libraries are loaded when they are first needed, for few commands need them, and by one thread at a time.

They import each other in circles: of two threads that begin at different ends of one, Python lets one go on with a half
("cannot import name … from partially initialized module"). A package that imports its own parts is such a circle, too:
so it is with ours, of which the window needs many at once.
"""

from __future__ import annotations

import importlib
import threading

_one_at_a_time = threading.RLock()
_whole: set[str] = set()


def load(*modules: str) -> None:
    """Have these been imported to their end, whoever began with it."""
    for name in modules:
        if name not in _whole:
            with _one_at_a_time:
                importlib.import_module(name)
                _whole.add(name)
