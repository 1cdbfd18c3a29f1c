"""The GPU as the desk sees it: the driver's readings, with the tools that were started here."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence

from launcher import errors
from launcher.desk.desk import Desk
from launcher.gpu.look import Gpu
from launcher.gpu.owners import ToolNow
from launcher.journal.run_records import RunRecords
from launcher.runs.runs import Look, Runs
from launcher.tools import tool

log = logging.getLogger(__name__)


def gpu_of(desk: Desk) -> Gpu:
    """The computer's GPUs; close it before the desk."""
    return Gpu(tools_now=RunningTools(desk))


class RunningTools:
    """The pose tools that run now, asked for at every look. Without a GPU nobody asks, and the journal stays closed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @functools.cached_property
    def _runs(self) -> Runs:
        return Runs(RunRecords(self._desk.journal), self._desk.setup.state.path / "runs")

    def __call__(self) -> Sequence[ToolNow]:
        """One for each run. If the journal cannot be read, the GPU is told all the same, without whose programs."""
        try:
            return [found for look in self._runs.listed() if (found := _running(look))]
        except (errors.LauncherError, OSError) as exc:
            log.warning("the running tools are not known: %s", exc)
            return ()


def _running(look: Look) -> ToolNow | None:
    if look.pid is None or look.state.is_over:
        return None
    return ToolNow(look.record.tool_id, tool(look.record.tool_id).title, frozenset({look.pid}))
