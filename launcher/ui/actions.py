"""Everything a person can do by keyboard, in one table: menus, buttons and the keyboard overlay read from it.

No shortcut is one that a web browser or the stream's client keeps for itself: the window is mostly seen through those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from launcher.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: `slot` is the method, of `Deeds` or its like, that does it."""

    id: str
    text: str
    keys: str
    group: str
    slot: str


ACTIONS = (
    Action("save", "Save results to home bucket", "F9", "Keep", "save_results"),
    Action("unsaved", "Not saved yet …", "Shift+F9", "Keep", "show_unsaved"),
    Action("saved-states", "Saved states …", "Ctrl+F9", "Keep", "show_saved_states"),
    Action("conflicts", "Files in two versions …", "Ctrl+Shift+F9", "Keep", "show_conflicts"),
    Action("leave", "Save, stop and leave …", "Ctrl+F8", "Keep", "leave"),
    Action("open", "Open the chosen project", "Ctrl+Return", "Projects", "open_chosen"),
    Action("bring", "Bring it here", "Ctrl+Shift+Return", "Projects", "bring_chosen"),
    Action("details", "Show or hide details", "F2", "Projects", "toggle_details"),
    Action("open-with", "Open in another tool", "Shift+Return", "Projects", "open_in_another"),
    Action("train", "Train a model …", "Ctrl+Shift+F2", "Projects", "train_chosen"),
    Action("jobs", "Trainings and predictions …", "Ctrl+Shift+F8", "Running tools", "show_jobs"),
    Action("compare", "Compare models …", "Ctrl+Alt+M", "Projects", "compare_chosen"),
    Action("copy-for", "Make a copy for another tool", "Ctrl+Alt+K", "Projects", "copy_for_another"),
    Action("copy-address", "Copy address", "Ctrl+C", "Files", "copy_address"),
    Action("copy-path", "Copy path on this computer", "Ctrl+Alt+C", "Files", "copy_path"),
    Action("open-folder", "Show its folder", "Shift+F4", "Files", "open_folder"),
    Action("terminal", "Open a terminal there", "Ctrl+Shift+Ins", "Files", "open_terminal"),
    Action("download", "Download to a folder …", "Ctrl+F2", "Files", "download"),
    Action("upload", "Send files to the home bucket …", "Ins", "Files", "upload"),
    Action("new-folder", "New folder in the home bucket …", "Shift+Ins", "Files", "new_folder"),
    Action("run-log", "Show the log of the running tool", "Shift+F8", "Running tools", "show_log"),
    Action("stop", "Stop the running tool …", "Delete", "Running tools", "stop_run"),
    Action("back", "Back", "Backspace", "Go", "go_back"),
    Action("forward", "Forward", "Shift+Backspace", "Go", "go_forward"),
    Action("up", "One level up", "Ctrl+Up", "Go", "go_up"),
    Action("look-again", "Look again", "F4", "Go", "look_again"),
    Action("search", "Search in what is listed", "/", "Go", "focus_search"),
    Action("show-projects", "Projects", "1", "Show", "show_projects"),
    Action("show-videos", "Videos", "2", "Show", "show_videos"),
    Action("show-files", "Files", "3", "Show", "show_files"),
    Action("show-all", "Show everything", "0", "Show", "show_everything"),
    Action("next-pane", "Next part of the window", "F8", "Show", "focus_next_pane"),
    Action("preferences", "Preferences", "Ctrl+,", "Window", "show_preferences"),
    Action("help", "Help", "?", "Window", "show_help"),
    Action("keys", "Keyboard", "Shift+F1", "Window", "show_keys"),
    Action("welcome", "What this program does", "Ctrl+F1", "Window", "show_welcome"),
    Action("what-is-this", "What is this?", "Ctrl+Shift+F1", "Window", "ask_what_this_is"),
    Action("about", "About Pose Launcher", "Shift+F2", "Window", "show_about"),
)  # fmt: skip


def make_actions(window: QWidget) -> dict[str, QAction]:
    """The table as actions of a window."""
    return {action.id: _made(action, window) for action in ACTIONS}


def _made(action: Action, window: QWidget) -> QAction:
    made = QAction(tr(action.text), window)
    made.setShortcut(QKeySequence(action.keys))
    window.addAction(made)
    return made


def connect_actions(actions: dict[str, QAction], *doers: object) -> None:
    """Each action does what the table says, by the one of the doers that can."""
    for action in ACTIONS:
        (doer,) = (one for one in doers if hasattr(one, action.slot))
        slot: Callable[[], None] = getattr(doer, action.slot)
        actions[action.id].triggered.connect(lambda _checked=False, slot=slot: slot())


def with_keys(action: QAction) -> str:
    """A tooltip: what it does, and the shortcut."""
    return f"{action.text()} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
