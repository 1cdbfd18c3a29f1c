"""A terminal in a project's folder, with the programs of its tool at hand; only where the site allows one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.scratch import scratch_root
from launcher.runs import terminal
from launcher.runs.environments import Environments, tools_root
from launcher.runs.isolation import clean_environment
from launcher.runs.screen import check_display

#: The system's programs follow in the search path anyway.
_NO_TOOL = str(Path(os.sep, "usr", "local", "bin"))

if TYPE_CHECKING:
    from launcher.desk.desk import Desk


def is_offered(desk: Desk) -> bool:
    """Does the admin allow one?"""
    return desk.loaded.site.session.terminal


def open_terminal(desk: Desk, folder: Path | None) -> int:
    """Its process number. Like a tool it knows no credentials, and works where projects lie if no folder is named."""
    if not is_offered(desk):
        raise errors.BadUsage(
            title="This site offers no terminal",
            hint="Nothing was started. Your admin allows one with terminal = true in [session] of the site catalogue.",
        )
    check_display(os.environ)
    where = (folder or scratch_root(desk.site, desk.setup.state, desk.journal)).absolute()
    if not where.is_dir():
        raise errors.NotFound(where, title="There is no such folder on this computer")
    argv = terminal.command(sys.platform, os.environ, shutil.which)
    return terminal.start(argv, where, clean_environment(os.environ, _programs(desk, where), {}))


def _programs(desk: Desk, folder: Path) -> str:
    """The programs of the tool whose project this is; else none but the system's."""
    environments = Environments(tools_root(desk.setup.state.path, os.environ))
    for record in desk.journal.projects():
        if folder == record.dir or record.dir in folder.parents:
            found = environments.find(record.tool_id)
            return str(found.python.parent) if found is not None else _NO_TOOL
    return _NO_TOOL
