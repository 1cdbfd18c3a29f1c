"""What a person can ask for about a tool that runs. Dialogs are imported when they are asked for, as in `deeds`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from launcher.ui import words
from launcher.ui.deeds import told_opened
from launcher.ui.rows import Run, run_of
from launcher.ui.texts import tr

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class RunningDeeds:
    """The verbs of one window that are about running tools; the names stand in the table of `actions`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def show_run(self, run: Run) -> None:
        """A tool that runs: its window to the front; of a training, which has none, how it goes."""
        if run.task:
            self._window.training_deeds.show_job(run.id)
            return
        title = tr("Raising the window of {tool}", tool=words.tool_title(run.tool_id))
        self._window.activities.start_once("open", title, ("open", run.dir), None, told_opened)

    def show_log(self) -> None:
        """What the chosen running tool printed last."""
        if (run := self._chosen_run()) is not None:
            self._window.tasks.start("log", partial(self._show_log, run))

    async def _show_log(self, run: Run) -> None:
        from launcher.ui.dialogs.run_log import RunLog
        from launcher.ui.job_seen import readable

        text = await self._window.calls.call(lambda desk: readable(desk.run_log(run.id)))
        RunLog(self._window, run, text).open()

    def stop_run(self) -> None:
        """End the chosen running tool, if the person still wants to after reading what is lost."""
        if (run := self._chosen_run()) is not None:
            self.stop(run)

    def stop(self, run: Run) -> None:
        """The same for one that is named."""
        self._window.tasks.start(f"stop {run.id}", partial(self._stop, run))

    async def _stop(self, run: Run) -> None:
        from launcher.ui.dialogs.frame import answer_of
        from launcher.ui.dialogs.stopping import StopQuestion

        if not await answer_of(StopQuestion(self._window, run)):
            return
        tool = words.tool_title(run.tool_id)
        self._window.notice.say(tr("Stopping {tool} …", tool=tool))
        left = run_of(await self._window.calls.call(lambda desk: desk.stop_run(run.id)))
        self._window.notice.say(words.stopped(left))
        self._window.running.look_now()

    def _chosen_run(self) -> Run | None:
        run = self._window.places.run
        if run is None:
            self._window.notice.say(tr("Choose a running tool on the left first."))
        return run
