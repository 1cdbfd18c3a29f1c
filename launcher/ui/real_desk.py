"""The desk behind a real window. Imported on a thread, after the first paint: it brings in all that is expensive.

What the places do not need is imported when it is asked for, so that the places are there first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.config.find import Found
from launcher.desk.desk import Desk, Setup
from launcher.journal import ProjectRecord
from launcher.session.facts import session_facts
from launcher.ui.gpu_seen import GpuSeen
from launcher.ui.real_runs import RealRuns
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.gpu.sampler import Sampler

#: What the window asks for, by many threads at once, as soon as its desk is there: whoever makes that loads all of it
#: before (`storage/loading.py`), or one of them might be handed half of a module.
ASKED_AT_ONCE = (
    "launcher.config.site",
    "launcher.storage.store",
    "launcher.storage.listing",
    "launcher.storage.credential_process",
    "launcher.storage.pace",
    "launcher.storage.mount_probe",
    "launcher.desk.already_saved",
    "launcher.desk.catalogue",
    "launcher.desk.coming_back",
    "launcher.desk.first_run",
    "launcher.desk.gpu",
    "launcher.desk.job_report",
    "launcher.desk.keeping",
    "launcher.desk.last_view",
    "launcher.desk.mounts_seen",
    "launcher.desk.open_with",
    "launcher.desk.opening",
    "launcher.desk.pictures",
    "launcher.desk.queue_process",
    "launcher.desk.recents",
    "launcher.desk.remembering",
    "launcher.desk.renamed",
    "launcher.desk.run_report",
    "launcher.desk.saved_status",
    "launcher.desk.saver_process",
    "launcher.desk.staying",
    "launcher.desk.stray_search",
    "launcher.desk.terminal",
    "launcher.desk.told_to_end",
    "launcher.desk.training",
    "launcher.desk.unfinished",
    "launcher.gpu.sampler",
    "launcher.projects.reading",
    "launcher.saving.shortfall",
    "launcher.saving.signs",
    "launcher.saving.status",
    "launcher.session.boot",
    "launcher.runs.screen_x11" if sys.platform == "linux" else "launcher.runs.screen",
    "launcher.ui.real_gpu",
)


class RealDesk(RealRuns):
    """`Desk`, with what the window asks for in the form it asks for it."""

    def __init__(self, site: Found | None, state: Found) -> None:
        super().__init__(Desk(Setup(site, state, session_facts(os.environ))))
        self._sampler: Sampler | None = None

    def places(self) -> list[Json]:
        """Where data lives."""
        return self._desk.places()

    def mounts_seen(self) -> list[Json]:
        """How the mounts were when the saver looked last."""
        from launcher.desk.mounts_seen import seen

        return seen(self._desk.setup.state.path)

    def strays(self) -> list[Json]:
        """Projects that a tool made where nothing survives the session, and nobody wants left there."""
        from launcher.desk.stray import left_there
        from launcher.desk.stray_search import strays

        left = left_there(self._desk.journal)
        return [stray.to_json() for stray in strays(self._desk) if str(stray.dir) not in left]

    def oddities(self) -> list[str]:
        """What is strange about this session, its computer or its catalogue."""
        return list(dict.fromkeys([*self._desk.session()["notices"], *self._desk.notices]))

    def keep_stray(self, path: str) -> None:
        """Make one of them a project like all others."""
        from launcher.desk.moving_in import move_in

        move_in(self._desk, Path(path))

    def leave_stray(self, path: str) -> None:
        """It stays where it is, and the end of the session does not take it along."""
        from launcher.desk.stray import leave

        leave(self._desk.journal, path)

    def projects(self, uri: str | None) -> Iterator[Json]:
        """Projects at or below a place, as they are found."""
        return self._desk.projects(uri)

    def here(self) -> list[Json]:
        """Projects that were brought to this computer."""
        return [_bare_card(record) for record in self._desk.records(None)]

    def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a place."""
        return self._desk.list_prefix(uri, recursive=recursive)

    def list_folder(self, folder: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a folder of this computer."""
        from launcher.desk.files.local import list_folder

        return list_folder(Path(folder), recursive=recursive)

    def offered_folders(self) -> list[Json]:
        """Where a person begins to look for files of their own."""
        from launcher.desk.files.offered_folders import offered_folders

        return offered_folders(self._desk)

    def offers_terminal(self) -> bool:
        """Does the site allow one?"""
        from launcher.desk.terminal import is_offered

        return is_offered(self._desk)

    def open_terminal(self, folder: str) -> None:
        """A terminal in a folder of this computer."""
        from launcher.desk.terminal import open_terminal

        open_terminal(self._desk, Path(folder) if folder else None)

    def recents(self) -> list[Json]:
        """What was opened last, here or in an earlier session."""
        from launcher.desk.recents import recents

        return recents(self._desk)

    def note_opened(self, target: str) -> None:
        """A project was opened: it is the most recent one."""
        from launcher.desk.recents import note

        note(self._desk, target)

    def tools_for(self, tool_id: str) -> list[Json]:
        """The other tools, and whether they can open a project of that kind."""
        from launcher.desk.open_with import choices

        return choices(tool_id)

    def plan_upload(self, files: Sequence[str], uri: str) -> Json:
        """What sending files to a folder of the home would do."""
        from launcher.desk.files.upload import checked_target, plan_upload

        where = checked_target(self._desk, uri)
        plan = plan_upload(self._desk.store, [Path(file) for file in files], where)
        return {"uri": str(where), "plan": [one.to_json() for one in plan]}

    def make_folder(self, uri: str) -> None:
        """A new folder of the home."""
        from launcher.desk.files.new_folder import make_folder

        make_folder(self._desk, uri)

    def status(self) -> list[Json]:
        """What is saved of every project on this computer."""
        return self._desk.status(None)

    def signs(self) -> tuple[int, int]:
        """When the saver heard of a change last, and when the journal was written last; another number is news."""
        from launcher.desk.parts import JOURNAL
        from launcher.saving.signs import signs

        return signs(self._desk.setup.state.path, JOURNAL)

    def saved_states(self, uri: str) -> Json:
        """The earlier states of a project that can be brought back, and which session this is."""
        from launcher.desk.restoring import Restoring

        restoring = Restoring(self._desk, uri)
        states = [state.to_json() for state in restoring.states()]
        return {"home": str(restoring.home), "session": self._desk.session_id, "states": states}

    def state_contents(self, uri: str, at: str) -> Json:
        """The files of one of them."""
        from launcher.desk.restoring import Restoring

        return Restoring(self._desk, uri).files(at)

    def is_first_run(self) -> bool:
        """Has this person never seen the first page?"""
        from launcher.desk import first_run

        return first_run.is_first_run(self._desk)

    def welcomed(self) -> None:
        """They have seen it now."""
        from launcher.desk import first_run

        first_run.welcomed(self._desk)

    def last_session(self) -> Json | None:
        """What the session before this one worked on, if there is something to go on from."""
        from launcher.desk.coming_back import last_session

        found = last_session(self._desk)
        return found.to_json() if found is not None else None

    def keep_view(self, view: Json) -> None:
        """Remember where the person is: `root`, `uri`, `tab`."""
        from launcher.desk.last_view import keep_view

        keep_view(self._desk, view)

    def answered_last_session(self, session: str) -> None:
        """The person said what to do about it: it is not offered again here."""
        from launcher.desk.coming_back import answered

        answered(self._desk, session)

    def conflicts(self) -> list[Json]:
        """The files of this computer's projects that two sessions changed, and nobody has decided about."""
        from launcher.desk.conflicts import Conflicts

        return [row for record in self._desk.records(None) for row in Conflicts(self._desk, record).rows()]

    def session(self) -> Json:
        """Who, where, how long."""
        return self._desk.session()

    def poster(self, project: Json, width: int, height: int) -> bytes:
        """A picture of a project for its card, as PNG."""
        return self._desk.pictures.poster(project, width, height)

    def frame(self, project: Json, width: int, height: int) -> bytes:
        """The whole of a project's clearest frame, as PNG."""
        return self._desk.pictures.poster(project, width, height, whole=True)

    def strip(self, project: Json, count: int, width: int, height: int) -> Sequence[bytes]:
        """A few labelled frames from all over a project, as PNG."""
        return self._desk.pictures.strip(project, count, width, height)

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, Mapping[str, float]]:
        """A frame of a video as PNG, and what its container says."""
        return self._desk.pictures.video(uri, number, width, height)

    def keep_saving(self) -> None:
        """See to it that the saver runs."""
        from launcher.desk import saver_process

        saver_process.start(self._desk.setup, os.environ)

    def watch_gpu(self, tell: Callable[[GpuSeen], None]) -> None:
        """Look at the GPU until the desk is closed."""
        from launcher.desk.gpu import gpu_of
        from launcher.gpu.sampler import Sampler
        from launcher.ui.real_gpu import gpu_seen

        self._sampler = Sampler(gpu_of(self._desk))
        self._sampler.subscribe(lambda snapshot: tell(gpu_seen(snapshot)))
        self._sampler.start()

    def close(self) -> None:
        """Let go of everything, the GPU first: its owners are looked up in the desk."""
        if self._sampler is not None:
            self._sampler.stop()
        self._desk.close()


def _bare_card(record: ProjectRecord) -> Json:
    """What the journal knows of a project; its contents are in S3 and on disk."""
    return {"uri": record.uri, "id": record.id, "name": record.name, "tool": record.tool_id, "dir": str(record.dir)}
