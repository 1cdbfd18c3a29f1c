"""Compare models: read what a spec names, judge, and write the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.desk import Desk

if TYPE_CHECKING:
    from launcher.compare.writing import Written


def compare(desk: Desk, spec: Path, folder: Path, data: Path | None, tell: Callable[[str], None]) -> Written:
    """The whole way from a spec to its page; `data` is where the spec's relative files lie."""
    from launcher.compare.judge import judge
    from launcher.compare.spec import load_spec
    from launcher.compare.writing import check_folder, write

    loaded = load_spec(spec, data)
    if data is not None and not data.is_dir():
        raise errors.NotFound(data, title="There is no such folder", hint="Nothing was scored.")
    check_folder(folder)
    return write(judge(loaded, desk.parsers, tell), loaded, folder, tell)
