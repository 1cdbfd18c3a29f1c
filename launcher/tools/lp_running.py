"""Running Lightning Pose: its app is a page in the browser, so our start script gives it a window of its own."""

from __future__ import annotations

from pathlib import Path

from launcher.tools.endings import Ending, Words, explained
from launcher.tools.known_endings import SHARED
from launcher.tools.running import Command, EnvironmentSpec, Problem, ToolHome, WindowSays

ENVIRONMENT = EnvironmentSpec("lightning-pose", "litpose_app", python=((3, 10), (3, 12)))
_OPEN = "open_project.py"
#: Nobody is told how the app is used; and without the second one it ends at once when a newer version is published.
_QUIET = {"DO_NOT_TRACK": "1", "LP_IGNORE_UPGRADE": "1"}
_WORDS = Words(
    "lightning_pose",
    "Lightning Pose",
    not_opened="Lightning Pose had not opened your project; nothing of it was changed.",
    at_work=(
        "What you saved in Lightning Pose is on this computer, unless it was saving at that moment. Copies of the "
        "labels and configurations from before the start are kept."
    ),
)
_ENDINGS = (
    Ending(
        "missing-file",
        r"^pose-launcher: no such project",
        "The project's file is not where it was.",
        "Look whether it was renamed or moved, or bring the project here again.",
    ),
    Ending(
        "bad-configuration",
        r"^pose-launcher: not a configuration of Lightning Pose: (?P<why>.{1,200})",
        "The project's configuration cannot be read: {why}.",
        "Bring back the copy from before the start or an earlier saved state, or correct the file by hand.",
    ),
    Ending(
        "not-served",
        r"^pose-launcher: the app did not start",
        "The app of Lightning Pose did not start.",
        "Open the project again; if that does not help, send the log to your admin.",
    ),
)


def open_command(home: ToolHome, project: Path) -> Command:
    """The app through our own start script: its command line takes no project, and opens no window."""
    return Command((str(home.python), "-I", "-X", "utf8", str(home.resources / _OPEN), str(project)), _QUIET)


def window_says(title: str, project: Path) -> WindowSays:
    """The script names its window after the project's folder once the app answers."""
    return WindowSays.READY if title == f"Lightning Pose - {project.parent.name}" else WindowSays.NOTHING_YET


def explain(log: str, exit_code: int | None) -> Problem | None:
    """Why it ended, if that is known."""
    return explained(log, exit_code, _WORDS, (*_ENDINGS, *SHARED))
