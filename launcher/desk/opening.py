"""Open a project in its pose tool, and look after what was opened: list, raise, stop, read its log."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from launcher import errors
from launcher.desk import local_project
from launcher.desk.desk import Desk
from launcher.desk.open_with import cannot_open, may_open
from launcher.desk.places import wait_for_home_folder
from launcher.desk.run_report import asking, problem_of
from launcher.journal import ProjectRecord
from launcher.journal.run_records import RunRecord, RunRecords
from launcher.projects.local_files import stat_of
from launcher.projects.stage_plan import Profile
from launcher.runs import before, trust, watch
from launcher.runs.environments import Environments, resources, tools_root
from launcher.runs.isolation import clean_environment
from launcher.runs.runs import Look, Runs
from launcher.runs.screen import Screen, ScreenGone, check_display, open_screen
from launcher.runs.states import HANGS_AFTER_S, RunState
from launcher.tools import tool
from launcher.tools.protocol import Candidate, Listed, Listing, PoseTool
from launcher.tools.running import Command, Problem, Task, ToolHome

Progress = Callable[[int, int], None]
Ask = Callable[[trust.Question], bool]


class Opening:
    """What a person can do with pose tools at their desk; `environ` is that of the session."""

    def __init__(self, desk: Desk, environ: Mapping[str, str], hangs_after_s: float = HANGS_AFTER_S) -> None:
        self._desk = desk
        self._environ = environ
        self._state = desk.setup.state.path
        self._kept = self._state / "before"
        self.runs = Runs(RunRecords(desk.journal), self._state / "runs", hangs_after_s)

    # Opening

    def is_here(self, target: str) -> bool:
        """Need nothing be brought for it?"""
        return "://" not in target or local_project.already_here(self._desk.journal, target) is not None

    def project(self, target: str, progress: Progress, tool_id: str | None = None) -> ProjectRecord:
        """The project of an address or a path; brought here first if it is not here yet.

        One that the tool asked for could never open is not brought: `kind` looks at those that are here.
        """
        if "://" in target:
            here = local_project.already_here(self._desk.journal, target)
            if here is None and tool_id is not None:
                self._check_from_afar(target, tool(tool_id))
            return here or self._bring(target, progress)
        path = Path(target).absolute()
        wait_for_home_folder(self._desk, path)
        if not path.exists():
            raise errors.NotFound(path, title="There is no such folder or file")
        staged = local_project.staged(self._desk.journal, path)
        if staged is None:
            return local_project.found_here(self._desk.parsers, path)
        if not local_project.is_whole(self._desk.journal, staged):
            self._desk.notices.append(f"Not all of {staged.name} is here yet; bring the rest: open {staged.uri}.")
        return staged

    def _check_from_afar(self, uri: str, wanted: PoseTool) -> None:
        card = self._desk.show(uri)
        if not may_open(wanted.tool_id, card["tool"]):
            raise cannot_open(card["name"], uri, tool(card["tool"]), wanted)

    def _bring(self, uri: str, progress: Progress) -> ProjectRecord:
        report = self._desk.stage(uri, None, Profile.ALL, progress)
        record = self._desk.journal.project(report.project)
        if record is None or stat_of(record.dir / record.marker) is None:
            raise errors.NotDone(uri, title="The project could not be brought here", hint="Nothing was started.")
        self._desk.notices += [f"{path} stayed where it is: {reason}" for path, reason in report.skipped.items()]
        return record

    def open(self, project: ProjectRecord, kind: PoseTool, is_trusted: Ask) -> tuple[RunRecord, bool]:
        """Start the tool on the project; if it runs already, bring its window forward. Says whether it is a new run.

        `is_trusted` asks the person whether the project may run the code that it carries.
        """
        record, is_new = self.runs.claim(project, kind.tool_id)
        if not is_new:
            self._raise(record)
            return record, False
        try:
            command, environ = self._command(record, kind)
            self._keep_aside(project, kind, record)
            self.settle_trust(project, kind, is_trusted)  # the last look, right before the start
            self.runs.start(record, command, environ)
        except BaseException:
            if self.runs.folder(record.run).started() is None:
                self.runs.give_up(record)
            raise
        return record, True

    def settle_trust(self, project: ProjectRecord, kind: PoseTool, is_trusted: Ask, task: str = "open") -> None:
        """Until nothing is left to ask: what changes while a person reads is a question of its own."""
        while (asked := trust.question(project, kind, self._desk.parsers, self._desk.journal, task)) is not None:
            if not is_trusted(asked):
                raise trust.refusal(asked)
            trust.remember(asked, self._desk.journal)

    def _keep_aside(self, project: ProjectRecord, kind: PoseTool, record: RunRecord) -> None:
        """What the tool may change or lose at once is offered again after a crash."""
        kept = before.keep_aside(project.dir / project.marker, kind, record.run, self._kept)
        self._desk.notices += [f"No copy of {path} was kept: {reason}." for path, reason in kept.left_out.items()]

    def kind(self, project: ProjectRecord, tool_id: str | None) -> PoseTool:
        """The tool to open a project in: its own, or the one that is asked for if that can open it."""
        own = tool(project.tool_id)
        wanted = tool(tool_id) if tool_id else own
        if wanted is not own and not self._opens(wanted, project):
            raise cannot_open(project.name, project.dir, own, wanted)
        return wanted

    def _opens(self, kind: PoseTool, project: ProjectRecord) -> bool:
        """Does the project's own file reveal a project of this tool too?"""
        file = project.dir / project.marker
        here = Listing([Listed(project.marker, file.stat().st_size)])

        def read(path: str, start: int, length: int) -> bytes:
            with (project.dir / path).open("rb") as opened:
                opened.seek(start)
                return opened.read(length)

        candidate = Candidate(kind.tool_id, "", project.marker, project.name)
        if not any(one.marker == project.marker for one in kind.candidates(here)):
            return False
        return self._desk.parsers.look(candidate, here, read, recognise_only=True) is not None

    def _command(self, record: RunRecord, kind: PoseTool) -> tuple[Command, dict[str, str]]:
        check_display(self._environ)
        installed = Environments(tools_root(self._state, self._environ)).find(kind.tool_id)
        if installed is None:
            raise errors.ToolFailed(
                title=f"{kind.title} is not installed on this computer",
                hint=f"Your project is unchanged. Install it with `pose-launcher tools install {kind.tool_id}`.",
            )
        home = ToolHome(installed.python, resources(kind.tool_id))
        command = kind.command(Task.OPEN, home, Path(record.marker))
        return command, clean_environment(self._environ, str(installed.python.parent), command.environ)

    def until_up(self, record: RunRecord) -> Look:
        """Wait until the window is there, or cannot be expected any more."""
        return watch.until_up(self.runs, record, functools.partial(open_screen, self._environ))

    def until_over(self, record: RunRecord) -> Look:
        """Wait until the tool ended."""
        return watch.until_over(self.runs, record)

    # What was opened

    def find(self, run: str) -> RunRecord:
        """A run by its name."""
        record = self.runs.find(run)
        if record is None:
            raise errors.NotFound(run, title="There is no such run", hint="See `pose-launcher runs`.")
        return record

    def looks(self) -> list[Look]:
        """Every run as it is now, the newest first."""
        screen = self._screen()
        try:
            return self.runs.listed(screen)
        finally:
            if screen is not None:
                screen.close()

    def stop(self, record: RunRecord) -> Look:
        """End a run that a person agreed to end."""
        from launcher.runs.ending import end_tool

        screen = self._screen()
        try:
            look = self.runs.look(record, screen)
            if look.state.is_over or look.started is None:
                return look
            self.runs.ask_to_stop(record)
            crosses = [] if tool(record.tool_id).asks_at_every_close else list(look.windows)
            end_tool(look.started, screen, crosses, Path(record.marker))
        finally:
            if screen is not None:
                screen.close()
        return self.runs.look(self.find(record.run))

    def log(self, record: RunRecord) -> str:
        """The end of what the tool printed."""
        return self.runs.folder(record.run).log_tail()

    def problem(self, look: Look) -> Problem | None:
        """What the person should know about a run, and after a crash what can be brought back; None if all is well."""
        record = look.record
        problem = problem_of(look, self.runs.folder(record.run))
        if problem is None and look.state is RunState.ASKING:
            return asking(look, local_project.missing_videos(self._desk.parsers, record.tool_id, Path(record.marker)))
        offer = before.offered(record.run, self._kept) if problem and look.state.is_over else None
        return replace(problem, next=f"{problem.next} {offer.sentence}") if problem and offer else problem

    def restore(self, record: RunRecord) -> Sequence[str]:
        """Put back the files that were kept before a run; returns their paths."""
        for look in self.runs.listed():
            if look.record.dir == record.dir and not look.state.is_over:
                raise errors.Held(
                    look.record.run,
                    title="The project is open",
                    hint="Nothing was put back. Close the tool's window first, then try again.",
                )
        return before.restore(record.run, self._kept)

    def _raise(self, record: RunRecord) -> None:
        screen = self._screen()
        if screen is None:
            return
        try:
            look = self.runs.look(record, screen)
            if window := look.window or next(iter(look.windows), None):
                screen.raise_window(window)
        except ScreenGone:
            return
        finally:
            screen.close()

    def _screen(self) -> Screen | None:
        try:
            return open_screen(self._environ)
        except ScreenGone:
            return None
