"""What the window asks of the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from launcher.ui.gpu_seen import GpuSeen

Json = dict[str, Any]


class WindowDesk(Protocol):
    """The verbs of the person that the window calls; all of them may block."""

    def places(self) -> list[Json]:
        """Where data lives."""

    def mounts_seen(self) -> list[Json]:
        """How the mounts were when the saver looked last; no mount is touched for it."""

    def strays(self) -> list[Json]:
        """Projects that a tool made where nothing survives the session, and nobody wants left there."""

    def oddities(self) -> list[str]:
        """What is strange about this session or its catalogue, in sentences; none of it stops anything."""

    def keep_stray(self, path: str) -> None:
        """Make one of them a project like all others."""

    def leave_stray(self, path: str) -> None:
        """It stays where it is, and the end of the session does not take it along."""

    def projects(self, uri: str | None) -> Iterator[Json]:
        """Projects at or below a place, as they are found."""

    def here(self) -> list[Json]:
        """Projects that were brought to this computer, as far as the journal knows them."""

    def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a place."""

    def list_folder(self, folder: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a folder of this computer."""

    def offered_folders(self) -> list[Json]:
        """Where a person begins to look for files of their own."""

    def offers_terminal(self) -> bool:
        """Does the site allow one?"""

    def open_terminal(self, folder: str) -> None:
        """A terminal in a folder of this computer; where projects lie if that is empty."""

    def recents(self) -> list[Json]:
        """What was opened last, here or in an earlier session."""

    def note_opened(self, target: str) -> None:
        """A project was opened, by its address or its folder: it is the most recent one."""

    def tools_for(self, tool_id: str) -> list[Json]:
        """The other tools, and whether they can open a project of that kind."""

    def plan_upload(self, files: Sequence[str], uri: str) -> Json:
        """What sending files to a folder of the home would do."""

    def make_folder(self, uri: str) -> None:
        """A new folder of the home."""

    def status(self) -> list[Json]:
        """What is saved of every project on this computer."""

    def signs(self) -> tuple[int, int]:
        """When the saver heard of a change last, and when the journal was written last; another number is news."""

    def saved_states(self, uri: str) -> Json:
        """The earlier states of a project that can be brought back, and which session this is."""

    def state_contents(self, uri: str, at: str) -> Json:
        """The files of one of them."""

    def is_first_run(self) -> bool:
        """Has this person never seen the first page?"""

    def welcomed(self) -> None:
        """They have seen it now."""

    def last_session(self) -> Json | None:
        """What the session before this one worked on, if there is something to go on from."""

    def keep_view(self, view: Json) -> None:
        """Remember where the person is: `root`, `uri`, `tab`."""

    def answered_last_session(self, session: str) -> None:
        """The person said what to do about it: it is not offered again here."""

    def conflicts(self) -> list[Json]:
        """The files of this computer's projects that two sessions changed, and nobody has decided about."""

    def session(self) -> Json:
        """Who, where, how long."""

    def poster(self, project: Json, width: int, height: int) -> bytes:
        """A picture of a project for its card, as PNG."""

    def frame(self, project: Json, width: int, height: int) -> bytes:
        """The whole of a project's clearest frame, as PNG."""

    def strip(self, project: Json, count: int, width: int, height: int) -> Sequence[bytes]:
        """A few labelled frames from all over a project, as PNG."""

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, Mapping[str, float]]:
        """A frame of a video as PNG, and its `width`, `height`, `frames` and `seconds` where they are known."""

    def runs(self) -> list[Json]:
        """The pose tools that run now."""

    def jobs(self) -> list[Json]:
        """Trainings and predictions, running or over, the newest first."""

    def job(self, run: str) -> Json:
        """One of them, with its loss by epoch, the end of its log, and whether it can be continued."""

    def comparable(self, uri: str) -> Json:
        """The models, splits and comparisons of a project; `dir` is empty while it is not on this computer."""

    def comparison(self, page: str) -> Json:
        """What was found by the comparison that this page is of."""

    def open_page(self, page: str) -> bool:
        """Show it in a web browser; False where there is none."""

    def run_log(self, run: str) -> str:
        """The end of what a tool printed, as it printed it."""

    def stop_run(self, run: str) -> Json:
        """End a tool that a person agreed to end; how it is then."""

    def keep_saving(self) -> None:
        """See to it that the saver runs; it goes on when the window is closed."""

    def watch_gpu(self, tell: Callable[[GpuSeen], None]) -> None:
        """Look at the GPU until the desk is closed; `tell` is called on another thread."""

    def close(self) -> None:
        """Let go of everything."""
