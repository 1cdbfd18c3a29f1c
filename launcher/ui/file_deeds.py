"""The verbs on files: where a thing lies, showing its folder, bringing it down, sending one's own up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from launcher.ui import words
from launcher.ui.activities import Activity, Tell
from launcher.ui.history import Where
from launcher.ui.rows import Recent, last_part, local_address
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow

#: What a right click offers, by the ids of the actions.
FOR_PROJECTS = (
    "open", "bring", "open-with", "train", "saved-states", "open-folder", "terminal",
    "copy-address", "copy-path", "download",
)  # fmt: skip
FOR_FILES = ("open-folder", "terminal", "copy-address", "copy-path", "download", "upload", "new-folder")
#: Below the home these are the program's; what a person drops there goes to the top of the home.
_OURS = ("projects/", ".pose-launcher/")


class FileDeeds:
    """The verbs of one window that act on files."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        window.activities.ended.connect(self._ended)

    def allow(self) -> None:
        """Only what can be done with what is chosen can be asked for."""
        subject, acts = self._window.subject, self._window.acts
        for name in ("copy-address", "download"):
            acts[name].setEnabled(subject is not None and bool(subject.uri))
        acts["open-folder"].setEnabled(subject is not None and bool(subject.path))
        acts["copy-path"].setEnabled(subject is not None and bool(subject.path or subject.mounted))
        for name in ("upload", "new-folder"):
            acts[name].setEnabled(bool(self._home))

    # Where it lies

    def copy_address(self) -> None:
        """The address in S3, for a colleague or a script."""
        if (subject := self._window.subject) is not None and subject.uri:
            QApplication.clipboard().setText(subject.uri)
            self._window.notice.say(tr("The address is in the clipboard: {uri}", uri=subject.uri))

    def copy_path(self) -> None:
        """The path on this computer, for another program."""
        subject = self._window.subject
        if subject is not None and (path := subject.path or subject.mounted):
            QApplication.clipboard().setText(path)
            self._window.notice.say(tr("The path is in the clipboard: {path}", path=path))

    def open_folder(self) -> None:
        """Its folder on this computer, in our own list of files: many streams offer no file explorer."""
        if (subject := self._window.subject) is not None and subject.path:
            self.show_folder(subject.folder)

    def show_folder(self, path: str) -> None:
        """Any folder of this computer."""
        folder = local_address(path)
        roots = [place.root for place in self._window.browsing.known_places]
        root = next((one for one in roots if one and folder.startswith(one)), folder)
        self._window.browsing.go(Where(root, folder))
        self._window.browser.show_tab("files")

    def open_terminal(self) -> None:
        """Where the chosen thing lies on this computer, else where projects lie."""
        subject = self._window.subject
        folder = subject.folder if subject is not None and subject.path else ""
        self._window.tasks.start("terminal", partial(self._open_terminal, folder))

    async def _open_terminal(self, folder: str) -> None:
        await self._window.calls.call(lambda desk: desk.open_terminal(folder))
        self._window.notice.say(tr("✓ A terminal is open in {folder}", folder=folder or tr("the folder of projects")))

    def go_to(self, recent: Recent) -> None:
        """A project that was open lately: its place, and its card chosen."""
        roots = [place.root for place in self._window.browsing.known_places]
        root = next((one for one in roots if one and recent.uri.startswith(one)), "")
        if not root:
            self._window.notice.say(tr("The place of {name} is not on the list any more.", name=recent.name))
            return
        above = recent.uri.rstrip("/").rpartition("/")[0] + "/"
        self._window.browser.show_tab("projects")
        self._window.browsing.go(Where(root, above if above.startswith(root) else root))
        self._window.choice.expect(recent.uri)

    # Down

    def download(self) -> None:
        """To a folder that the person chooses now."""
        self._window.tasks.start("choose a folder", self._download)

    async def _download(self) -> None:
        subject = self._window.subject
        if subject is None or not subject.uri:
            return
        for folder in await self._picked(tr("Download {name} to", name=subject.name), a_folder=True):
            title = tr("Downloading {name} to {folder}", name=subject.name, folder=last_part(folder) or folder)
            self._start("download", title, ("download", subject.uri, folder), subject.size, _downloaded)

    async def _picked(self, title: str, *, a_folder: bool) -> list[str]:
        from launcher.ui.dialogs.pick import picked

        return await picked(self._window, title, self._window.calls, self._window.theme, a_folder=a_folder)

    # Up

    def upload(self) -> None:
        """Files that the person chooses now, to the home bucket; the plan is shown first."""
        self._window.tasks.start("choose files", self._choose_files)

    async def _choose_files(self) -> None:
        if files := await self._picked(tr("Files for your home bucket"), a_folder=False):
            await self._plan(files, self._target)

    def takes_files(self) -> bool:
        """Files may be let go where the home is shown."""
        now = self._window.browsing.history.now
        return bool(self._home) and now is not None and now.root == self._home

    def dropped(self, files: Sequence[str]) -> None:
        """Files from outside, let go over the home."""
        self._window.tasks.start("plan of what was dropped", partial(self._plan, files, self._target))

    async def _plan(self, files: Sequence[str], target: str) -> None:
        from launcher.ui.dialogs.upload_plan import UploadPlan

        self._window.notice.say(tr("Looking what is there already …"))
        plan = await self._window.calls.call(lambda desk: desk.plan_upload(files, target))
        self._window.notice.hide()
        shown = UploadPlan(self._window, plan)
        shown.accepted.connect(lambda: self._send(files, plan))
        shown.show()  # beside the window: nothing is held up while it is read

    def _send(self, files: Sequence[str], plan: Json) -> None:
        new = [one for one in plan["plan"] if one["fate"] == "new"]
        title = tr("Sending {what} to your home", what=words.counted(len(new), "{n} file", "{n} files"))
        command = ("upload", *files, "--to", str(plan["uri"]))
        self._start("upload", title, command, sum(one["bytes"] for one in new), _uploaded)

    def new_folder(self) -> None:
        """An empty folder in the home bucket."""
        self._window.tasks.start("new folder", self._new_folder)

    async def _new_folder(self) -> None:
        from launcher.ui.dialogs.choose import FolderName
        from launcher.ui.dialogs.frame import answer_of

        target = self._target
        asked = FolderName(self._window, target)
        if await answer_of(asked):
            made = target + asked.name + "/"
            await self._window.calls.call(lambda desk: desk.make_folder(made))
            self._window.notice.say(tr("✓ The folder is there: {uri}", uri=made))
            self._window.browsing.look_again()

    @property
    def _home(self) -> str:
        return next((place.root for place in self._window.browsing.known_places if place.kind == "home"), "")

    @property
    def _target(self) -> str:
        """The folder of the home that is looked at; else the home itself."""
        now = self._window.browsing.history.now
        if now is None or now.root != self._home or now.uri.removeprefix(self._home).startswith(_OURS):
            return self._home
        return now.uri

    def _start(self, kind: str, title: str, command: tuple[str, ...], total: int | None, tell: Tell) -> None:
        self._window.activities.start_once(kind, title, command, total, tell)

    def _ended(self, activity: Activity) -> None:
        if activity.kind == "upload":
            self._window.browsing.look_again()


def _downloaded(document: Json) -> str:
    files = words.counted(int(document.get("files", 0)), "{n} file", "{n} files")
    return _with_rest(tr("{files}, {size}", files=files, size=words.size(int(document.get("bytes", 0)))), document)


def _uploaded(document: Json) -> str:
    files = words.counted(len(document.get("saved", ())), "{n} file sent", "{n} files sent")
    left = [one for one in document.get("plan", ()) if one["fate"] != "new"]
    return _with_rest(files, {"skipped": [*left, *document.get("failed", ())]})


def _with_rest(done: str, document: Json) -> str:
    if left := len(document.get("skipped", ())):
        return f"✓ {done}; {words.counted(left, '{n} left where it is', '{n} left where they are')}"
    return f"✓ {done}"
