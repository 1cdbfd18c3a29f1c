"""Running DeepLabCut: how it is started on a project, what its windows and its endings mean."""

from __future__ import annotations

from pathlib import Path

from launcher.tools import dlc_names
from launcher.tools.endings import Ending, Words, explained
from launcher.tools.known_endings import SHARED
from launcher.tools.running import WITHOUT_WINDOW, Command, EnvironmentSpec, Network, Problem, ToolHome, WindowSays

ENVIRONMENT = EnvironmentSpec("deeplabcut", "deeplabcut.gui.window", python=((3, 10), (3, 13)))
#: What DeepLabCut trains without a detector of animals.
NETWORKS = tuple(
    Network(name, has_weights=True)
    for name in (
        "resnet_50", "resnet_101", "hrnet_w18", "hrnet_w32", "hrnet_w48", "dekr_w18", "dekr_w32", "dekr_w48",
        "dlcrnet_stride16_ms5", "dlcrnet_stride32_ms5", "cspnext_s", "cspnext_m", "cspnext_x",
    )
)  # fmt: skip
_OPEN = "open_project.py"
_REWRITTEN = (dlc_names.LABELS, "machinelabels")
_WORDS = Words(
    "deeplabcut",
    "DeepLabCut",
    not_opened="DeepLabCut had not opened your project; labels, networks and videos are unchanged.",
    at_work=(
        "What you saved in DeepLabCut is on this computer, and a copy of the settings and labels from before the start "
        "is kept. What you had not saved in DeepLabCut is lost."
    ),
    opened_by=r"^pose-launcher: project loaded",
)
_MEND = "Mend it with a text editor, or bring back the copy from before the start or an earlier saved state."
_ENDINGS = (
    Ending(
        "missing-file",
        r"^pose-launcher: no such configuration",
        "The project's config.yaml is not where it was.",
        "Look whether the folder was renamed or moved, or bring the project here again.",
    ),
    Ending(
        "damaged-file",
        r"^pose-launcher: not readable as YAML: config\.yaml: (?P<why>.{1,200})",
        "The project's config.yaml cannot be read: {why}.",
        _MEND,
    ),
    Ending(
        "settings-missing",
        r"^pose-launcher: settings missing in config\.yaml: (?P<names>.{1,200})",
        "The project's config.yaml is incomplete. Missing: {names}.",
        _MEND,
    ),
    Ending(
        "newer-version",
        r"^pose-launcher: settings refused .*No migration registered for 'ProjectConfig'",
        "This project was made by a newer DeepLabCut, whose config.yaml the DeepLabCut here cannot read.",
        "Ask your admin for the newer DeepLabCut.",
    ),
    Ending(
        "settings-refused",
        r"^pose-launcher: settings refused in config\.yaml: (?P<why>.{1,200}?)(?:;|$)",
        "The project's config.yaml has a setting that DeepLabCut does not take: {why}.",
        _MEND,
    ),
)
_NOT_LOADED = Ending(
    "not-loaded",
    r"^pose-launcher: project not loaded",
    "DeepLabCut could not show this project.",
    "Look at its log for the cause, and send it to your admin.",
    at_work=True,
)


def open_command(home: ToolHome, project: Path) -> Command:
    """Its window through our own start script: DeepLabCut's command line takes no project."""
    return Command((str(home.python), "-I", "-u", "-X", "utf8", str(home.resources / _OPEN), str(project)))


def task_command(home: ToolHome) -> Command:
    """Training and predicting through our own script: DeepLabCut has no command line for it."""
    argv = (str(home.python), "-I", "-u", "-X", "utf8", str(home.resources / "run_task.py"))
    return Command(argv, WITHOUT_WINDOW)


def window_says(title: str, project: Path) -> WindowSays:
    """Our start script names the window after the project's folder once it is loaded."""
    return WindowSays.READY if title == f"DeepLabCut - {project.parent.name}" else WindowSays.NOTHING_YET


def explain(log: str, exit_code: int | None) -> Problem | None:
    """Why it ended, if that is known; our start script says in one line what is wrong with a project."""
    return explained(log, exit_code, _WORDS, (*_ENDINGS, *SHARED, _NOT_LOADED))


def at_risk(path: str) -> bool:
    """Opening rewrites the configuration, labelling rewrites the tables."""
    is_label_table = path.startswith("labeled-data/") and path.rpartition("/")[2].startswith(_REWRITTEN)
    return path == dlc_names.CONFIG or is_label_table
