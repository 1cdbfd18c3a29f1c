"""What leads from rows, drags and recent projects to the verbs on files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.ui.file_deeds import FOR_FILES, FOR_PROJECTS
from launcher.ui.panes.drops import FileDrops

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


def connect_files(window: MainWindow) -> None:
    """Connect them, once the parts of the window are made."""

    def row_changed() -> None:
        window.file_deeds.allow()
        window.video_details.show(window.browser.entry if window.browser.tab == "videos" else None)

    window.browser.offer(*([window.acts[name] for name in names] for names in (FOR_PROJECTS, FOR_FILES)))
    window.browser.row_changed.connect(row_changed)
    window.browser.tab_shown.connect(lambda _: row_changed())
    window.browser.videos.clicked.connect(lambda *_: window.show_details(shown=True))
    FileDrops(window.browser, window.file_deeds.takes_files).dropped.connect(window.file_deeds.dropped)
    window.browser.cards.dragged.connect(window.open_with.dragging)
    window.inspector.other_tools.chosen.connect(window.deeds.open_in)
    window.inspector.other_tools.copy_wanted.connect(window.comparing_deeds.copy_for)
    window.places.tool_chosen.connect(window.deeds.open_in)
    window.places.recent_chosen.connect(window.file_deeds.go_to)
    window.activities.ended.connect(window.recents.opened)
