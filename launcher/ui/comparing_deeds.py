"""What a person can ask for about models of a project and about its copies for other tools."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from launcher.ui import words
from launcher.ui.activities import Activity
from launcher.ui.history import Where
from launcher.ui.rows import local_address
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.comparison_seen import AnswerSeen
    from launcher.ui.main_window import MainWindow

_COMPARE, _COPY = "compare", "convert"


class ComparingDeeds:
    """The verbs of one window that compare and convert; the names stand in the table of `actions`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        window.activities.ended.connect(self._ended)

    def compare_chosen(self) -> None:
        """Ask which models of the chosen project, and on which frames."""
        from launcher.ui.dialogs.compare import CompareModels

        window, project = self._window, self._window.chosen
        if project is None:
            window.notice.say(tr("Choose a project first."))
            return
        asked = CompareModels(window, project, window.calls, window.tasks, window.theme)
        title = tr("Comparing models of {name}", name=project.name)
        asked.wanted.connect(lambda command: window.activities.start_once(_COMPARE, title, command, None, _compared))
        asked.opened.connect(self.open_answer)
        asked.open()

    def copy_for(self, tool_id: str) -> None:
        """A project of another tool with the labels and predictions of the chosen one; that one stays as it is."""
        project = self._window.chosen
        if project is not None and project.can_open:
            title = tr("Making a copy of {name} for {tool}", name=project.name, tool=words.tool_title(tool_id))
            command = ("convert", project.uri, "--to", tool_id)
            self._window.activities.start_once(_COPY, title, command, project.bytes, _copied)

    def copy_for_another(self) -> None:
        """For the first other tool that there is a way to."""
        tools = self._window.inspector.other_tools.copies_for
        if tools:
            self.copy_for(tools[0])
        else:
            self._window.notice.say(tr("There is no other tool that a copy of this project could be made for."))

    # Afterwards

    def _ended(self, activity: Activity) -> None:
        if activity.state != "done":
            return
        if activity.kind == _COMPARE:
            self.open_page(str(activity.document["page"]), activity.document)
        elif activity.kind == _COPY:
            self._show_copy(activity.document)

    def open_answer(self, answer: AnswerSeen) -> None:
        """The page of a comparison that was made before."""
        self.open_page(answer.page, None)

    def open_page(self, page: str, document: Json | None) -> None:
        """In a browser where there is one, else in a view of our own."""
        self._window.tasks.start("open a comparison", partial(self._open_page, page, document))

    async def _open_page(self, page: str, document: Json | None) -> None:
        from launcher.ui.comparison_seen import comparison_of
        from launcher.ui.dialogs.comparison import ComparisonView

        window = self._window
        if await window.calls.call(lambda desk: desk.open_page(page)):
            window.notice.say(tr("✓ The page is open in the browser: {page}", page=page))
            return
        if document is None:
            document = await window.calls.call(lambda desk: desk.comparison(page))
        view = ComparisonView(window, comparison_of(document), window.theme, no_browser=True)
        view.folder_wanted.connect(self._show_folder)
        view.show()

    def _show_folder(self, folder: str) -> None:
        self._window.file_deeds.show_folder(folder)

    def _show_copy(self, document: Json) -> None:
        """Its card, where it lies on this computer."""
        window = self._window
        here = next((place for place in window.browsing.known_places if place.kind == "local"), None)
        folder = local_address(str(document["dir"]))
        if here is None or not document.get("uri") or not folder.startswith(here.root):
            self._show_folder(str(document["dir"]))
            return
        window.browser.show_tab("projects")
        if window.browsing.history.now == Where(here.root, here.root):
            window.browsing.look_again()
        else:
            window.browsing.go(Where(here.root, here.root))
        window.choice.expect(str(document["uri"]))


def _compared(document: Json) -> str:
    models = words.counted(len(document["comparison"]["models"]), "{n} model", "{n} models")
    return tr("✓ {models} compared", models=models)


def _copied(document: Json) -> str:
    frames = words.counted(int(document.get("frames", 0)), "{n} labelled frame", "{n} labelled frames")
    return tr("✓ A project for {tool} with {frames}", tool=words.tool_title(str(document.get("tool"))), frames=frames)
