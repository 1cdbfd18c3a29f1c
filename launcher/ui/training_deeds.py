"""What a person can ask for about training: begin, look, stop, go on. Dialogs are imported when they are asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from launcher.ui.rows import Run
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.activities import Activity
    from launcher.ui.dialogs.jobs import JobsView
    from launcher.ui.job_seen import JobSeen
    from launcher.ui.main_window import MainWindow

_TRAIN = "train"


class TrainingDeeds:
    """The verbs of one window that are about training; the names stand in the table of `actions`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._view: JobsView | None = None
        window.activities.ended.connect(self._show_begun)

    def train_chosen(self) -> None:
        """Ask how, then train the chosen project without its tool's window."""
        from launcher.ui.dialogs.train import TrainSettings

        window, project = self._window, self._window.chosen
        if project is None or not project.can_train:
            window.notice.say(tr("Choose a project with labelled frames first."))
            return
        asked = TrainSettings(window, project)
        title = tr("Beginning a training of {name}", name=project.name)
        asked.accepted.connect(lambda: self._begin(title, asked.command, project.bytes))
        asked.open()

    def _begin(self, title: str, command: tuple[str, ...], size: int | None) -> None:
        self._window.activities.start_once(_TRAIN, title, command, size, _begun)

    def _show_begun(self, activity: Activity) -> None:
        """Whoever looks at trainings sees the one that was begun, also where it goes on with another."""
        if self._view is not None and activity.kind == _TRAIN and activity.state == "done":
            self._view.choose(str(activity.document.get("run", "")))

    def show_jobs(self) -> None:
        """All trainings and predictions; of the one that runs, how it goes."""
        run = self._window.places.run
        self.show_job(run.id if run is not None and run.task else "")

    def show_job(self, run: str) -> None:
        """One of them among the others."""
        from launcher.ui.dialogs.jobs import JobsView

        if self._view is not None:
            self._view.choose(run)
            self._view.raise_()
            self._view.activateWindow()
            return
        window = self._window
        self._view = JobsView(window, window.calls, window.tasks, window.theme, run)
        self._view.stop_wanted.connect(self._stop)
        self._view.continue_wanted.connect(self._go_on)
        window.running.changed.connect(self._view.look_now)
        self._view.finished.connect(lambda _: self._closed())
        self._view.follow()

    def _closed(self) -> None:
        self._view = None

    def _stop(self, job: JobSeen) -> None:
        self._window.running_deeds.stop(Run(job.id, job.tool_id, job.project, job.state, job.dir, task=job.task))

    def _go_on(self, job: JobSeen) -> None:
        title = tr("Going on with the training of {name}", name=job.project)
        self._begin(title, ("runs", "continue", job.id), None)

    def tell_ended(self, gone: frozenset[str]) -> None:
        """Something that ran is over: say how it ended."""
        self._window.tasks.start("how jobs ended", partial(self._tell_ended, gone))

    async def _tell_ended(self, gone: frozenset[str]) -> None:
        from launcher.ui import job_words
        from launcher.ui.job_seen import job_of

        jobs = await self._window.calls.call(lambda desk: [job_of(row) for row in desk.jobs()])
        for job in jobs:
            if job.id in gone and job.is_over:
                self._window.notice.say(job_words.ended(job))


def _begun(document: Json) -> str:
    from launcher.ui import job_words

    return job_words.queued(str(document.get("tool", "")))
