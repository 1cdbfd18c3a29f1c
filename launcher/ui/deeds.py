"""What a person can ask for, by button, menu or key; the names stand in the table of `actions`.

Dialogs are imported when they are asked for: most windows are opened and closed without any, and the first paint
need not wait for them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from launcher.ui import words
from launcher.ui.activities import Activity, Tell
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class Deeds:
    """The verbs of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    # Projects

    def open_chosen(self) -> None:
        """Bring the chosen project here if it is not, and start its tool."""
        project = self._window.chosen
        if project is None or not project.can_open:
            return
        title = tr("Opening {name} in {tool}", name=project.name, tool=words.tool_title(project.tool_id))
        self._start("open", title, ("open", project.uri), project.bytes, told_opened)

    def open_in(self, tool_id: str) -> None:
        """The chosen project in a tool that can open it: its own, or another one."""
        project = self._window.chosen
        if project is None or tool_id not in self._window.open_with.able:
            tool = words.tool_title(tool_id)
            self._window.notice.say(tr("Nothing was started: {tool} cannot open this project.", tool=tool))
        elif tool_id == project.tool_id:
            self.open_chosen()
        else:
            title = tr("Opening {name} in {tool}", name=project.name, tool=words.tool_title(tool_id))
            self._start("open", title, ("open", project.uri, "--with", tool_id), project.bytes, told_opened)

    def open_in_another(self) -> None:
        """In the first other tool that can open it; where there is none, that is said."""
        others = self._window.inspector.other_tools
        if others.able:
            self.open_in(others.able[0])
        elif others.sentence:
            self._window.notice.say(others.sentence)

    def bring_chosen(self) -> None:
        """Bring the chosen project here, verified, and start nothing."""
        project = self._window.chosen
        if project is not None and project.can_open:
            title = tr("Bringing {name} here", name=project.name)
            self._start("stage", title, ("stage", project.uri), project.bytes, told_brought)

    def ask_about(self, opened: Activity) -> None:
        """The command started nothing because somebody has to be asked first: ask, and say the answer."""
        asked = opened.document.get("question")
        if opened.state == "failed" and isinstance(asked, dict):
            self._window.activities.cancel(opened.number)
            self._window.tasks.start(f"question {opened.number}", partial(self._ask, asked, opened))

    async def _ask(self, asked: Json, opened: Activity) -> None:
        from launcher.ui.dialogs.frame import answer_of
        from launcher.ui.dialogs.question import TrustQuestion

        if await answer_of(TrustQuestion(self._window, asked)):
            command = (*opened.words, "--trust")
            self._window.activities.again(opened, command)
        else:
            self._window.notice.say(tr("Nothing was started. Your files are unchanged."))

    # Keeping

    def save_results(self) -> None:
        """Everything that changed on this computer, to the home bucket."""
        unsaved = sum(state.unsaved_bytes for state in (self._window.keeping.states or {}).values())
        self._start("save", tr("Saving results to the home bucket"), ("save",), unsaved or None, _saved)

    def say_why_not_saving(self) -> None:
        """Why there is nothing to start."""
        if self._window.activities.is_running("save"):
            self._window.notice.say(tr("Results are being saved already."))
        else:
            self._window.notice.say(tr("Nothing to save yet: no project was brought to this computer."))

    def _start(self, kind: str, title: str, command: tuple[str, ...], total: int | None, tell: Tell) -> None:
        self._window.activities.start_once(kind, title, command, total, tell)


def told_brought(document: Json) -> str:
    """What `stage` did, in words."""
    files = words.counted(int(document.get("files", 0)), "{n} file", "{n} files")
    amount = words.size(int(document.get("bytes", 0)))
    if skipped := len(document.get("skipped", ())):
        left = words.counted(skipped, "{n} left where it is", "{n} left where they are")
        return f"✓ {files}, {amount}; {left}"
    return tr("✓ It is here: {files}, {size}", files=files, size=amount)


def told_opened(document: Json) -> str:
    """What `open` did, in words."""
    seconds = document.get("seconds_to_window")
    return tr("✓ Its window is open") if seconds is None else tr("✓ Its window is open after {s} s", s=f"{seconds:.0f}")


def _saved(document: Json) -> str:
    files = words.counted(len(document.get("saved", ())), "{n} file saved", "{n} files saved")
    if conflicts := len(document.get("conflicts", ())):
        kept = words.counted(conflicts, "{n} conflict copy kept", "{n} conflict copies kept")
        return f"! {files}; {kept}"
    if not document.get("saved"):
        return tr("✓ Nothing new: everything was saved before")
    return tr("✓ {files}, {size}", files=files, size=words.size(int(document.get("bytes", 0))))
