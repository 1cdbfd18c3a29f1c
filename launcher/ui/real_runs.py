"""The desk behind a real window: what runs, what was trained, and what can be compared."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.desk.desk import Desk
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.desk.opening import Opening
    from launcher.desk.training import Training


class RealRuns:
    """The part of `RealDesk` that is about tools, trainings and predictions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def runs(self) -> list[Json]:
        """The pose tools that run now."""
        from launcher.desk.run_report import run_row

        tools = [run_row(look) for look in self._opening().looks() if not look.state.is_over]
        return [*tools, *self._jobs()]

    def _jobs(self) -> list[Json]:
        """Trainings and predictions that run, or wait for their turn."""
        from launcher.desk.job_report import row

        return [row(look, None) for look in self._training.jobs.looks() if not look.state.is_over]

    def jobs(self) -> list[Json]:
        """Trainings and predictions, running or over, the newest first."""
        from launcher.desk.job_report import row

        training = self._training
        return [row(look, training.problem(look)) for look in training.jobs.looks()]

    def job(self, run: str) -> Json:
        """One of them whole."""
        return self._training.whole(run)

    def comparable(self, uri: str) -> Json:
        """What there is to compare in a project."""
        from launcher.desk.comparable import comparable_here

        return comparable_here(self._desk.journal, uri, self._training.jobs.looks())

    def comparison(self, page: str) -> Json:
        """What an earlier comparison found."""
        from launcher.desk.comparable import written

        return written(Path(page))

    def open_page(self, page: str) -> bool:
        """In a web browser, if there is one."""
        from launcher.desk.browser import open_page

        return open_page(Path(page), os.environ)

    def run_log(self, run: str) -> str:
        """The end of what a tool printed, as it printed it."""
        if (training := self._training).is_job(run):
            return training.jobs.folder(run).log_tail()
        opening = self._opening()
        return opening.log(opening.find(run))

    def stop_run(self, run: str) -> Json:
        """End a tool that a person agreed to end; how it is then."""
        from launcher.desk.job_report import row
        from launcher.desk.run_report import run_row

        if (training := self._training).is_job(run):
            return row(training.stop(run), None)
        opening = self._opening()
        return run_row(opening.stop(opening.find(run)))

    @functools.cached_property
    def _training(self) -> Training:
        """One for all calls: it remembers the jobs that are over."""
        from launcher.desk.training import Training

        return Training(self._desk, os.environ)

    def _opening(self) -> Opening:
        from launcher.desk.opening import Opening

        return Opening(self._desk, os.environ)
