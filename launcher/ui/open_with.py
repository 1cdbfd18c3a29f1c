"""Opening in another tool than the project's own: by button, by key, and by dragging a card onto a tool."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.models.places import PlacesModel
from launcher.ui.panes.other_tools import OtherTools
from launcher.ui.rows import Project, ToolTarget
from launcher.ui.window_desk import Json


class OpenWith(QObject):
    """Knows for the chosen project which tools can open it."""

    def __init__(self, calls: DeskCalls, tasks: Tasks, shown: OtherTools, places: PlacesModel) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._shown = shown
        self._places = places
        self._known: dict[str, list[Json]] = {}
        self._project: Project | None = None

    def choose(self, project: Project | None) -> None:
        """Another project is chosen."""
        self._project = project
        if project is None or not project.can_open:
            self._shown.hide()
        elif project.tool_id in self._known:
            self._shown.show_tools(project.tool_id, self._known[project.tool_id])
        else:
            self._shown.hide()
            self._tasks.start(f"tools for {project.tool_id}", partial(self._ask, project.tool_id))

    async def _ask(self, tool_id: str) -> None:
        self._known[tool_id] = await self._calls.call(lambda desk: desk.tools_for(tool_id))
        if self._project is not None and self._project.tool_id == tool_id:
            self.choose(self._project)

    @property
    def able(self) -> tuple[str, ...]:
        """Every tool that can open the chosen project, its own first."""
        project = self._project
        if project is None or not project.can_open:
            return ()
        others = self._known.get(project.tool_id, [])
        return (project.tool_id, *(str(one["tool"]) for one in others if one["opens"]))

    def dragging(self, drag: Callable[[], object]) -> None:
        """While a card is dragged, the tools that can take it are on the left."""
        self._places.show_targets([ToolTarget(tool_id) for tool_id in self.able])
        try:
            drag()
        finally:
            self._places.show_targets([])
