"""Running SLEAP: how it is started on a project, what its windows and its endings mean."""

from __future__ import annotations

from pathlib import Path

from launcher.tools.endings import Ending, Words, explained
from launcher.tools.known_endings import SHARED
from launcher.tools.running import WITHOUT_WINDOW, Command, EnvironmentSpec, Network, Problem, ToolHome, WindowSays

ENVIRONMENT = EnvironmentSpec("sleap", "sleap", python=((3, 11), (3, 13)))
#: SLEAP starts itself a second time and loses the interpreter's flags on the way, so its isolation is said here.
_ISOLATED = {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
#: Its own U-Net, and the encoders of torchvision that sleap-nn puts a decoder of a U-Net on.
NETWORKS = (
    Network("unet", has_weights=False),
    *(Network(f"convnext_{size}", has_weights=True) for size in ("tiny", "small", "base", "large")),
    *(Network(f"swint_{size}", has_weights=True) for size in ("tiny", "small", "base")),
)
_NAME = "SLEAP v"
_WORDS = Words(
    "sleap",
    "SLEAP",
    not_opened="SLEAP had not opened your project; nothing of it was changed.",
    at_work=(
        "What you saved in SLEAP is on this computer, unless it was saving at that moment: SLEAP removes the old file "
        "before it writes the new one. A copy from before the start is kept. What you had not saved in SLEAP is lost."
    ),
)
_RESTORE = "Bring back the copy from before the start or an earlier saved state, or ask the owner for a sound copy."
_ENDINGS = (
    Ending(
        "missing-file",
        r"Unable to (?:synchronously )?open file .*errno = 2\b",
        "The project's file is not where it was.",
        "Look whether it was renamed or moved, or bring the project here again.",
    ),
    Ending(
        "missing-video",
        r"^FileNotFoundError$",
        "SLEAP asked for a video that the project names and that it cannot find, and was closed without one.",
        "Bring the video here, beside the project, or show SLEAP where it is when it asks.",
    ),
    Ending(
        "newer-version",
        r"uses SLP format (?P<version>[\d.]{1,10}), which is newer than",
        "This project was saved by a newer SLEAP, in format {version}, which the SLEAP here cannot read.",
        "Ask your admin for the newer SLEAP, or the owner for a copy saved by an older one.",
    ),
    Ending(
        "damaged-file",
        r"file signature not found|truncated file|Unable to (?:synchronously )?(?:open object|check link)"
        r"|bad (?:object header|heap|local heap|symbol|B-tree)|wrong B-tree signature|addr overflow",
        "The project's file is damaged: SLEAP cannot read it to its end.",
        _RESTORE,
    ),
    Ending(
        "damaged-file",
        r"\b(?:Expecting|Extra data|Unterminated)\b.*\(char \d+\)",
        "The project's file is damaged: what it says about itself cannot be read.",
        _RESTORE,
    ),
)


def open_command(home: ToolHome, project: Path) -> Command:
    """The labelling window on a project; nothing is told to SLEAP's makers about how it is used."""
    return Command((str(home.script("sleap-label")), "--no-usage-data", str(project)), _ISOLATED)


def task_command(home: ToolHome) -> Command:
    """Training and predicting through our own script, which keeps the split and is told to stop by a file."""
    argv = (str(home.python), "-I", "-u", "-X", "utf8", str(home.resources / "run_task.py"))
    return Command(argv, WITHOUT_WINDOW)


def window_says(title: str, project: Path) -> WindowSays:
    """The window is titled after its project; a dialog before it has the program's bare name."""
    if _with_slashes(title).startswith(_with_slashes(f"{project} - {_NAME}")):
        return WindowSays.READY
    return WindowSays.ASKS_FOR_FILES if title.startswith(_NAME) else WindowSays.NOTHING_YET


def explain(log: str, exit_code: int | None) -> Problem | None:
    """Why it ended, or why it shows a message instead of the project, if that is known."""
    return explained(log, exit_code, _WORDS, (*_ENDINGS, *SHARED))


def at_risk(path: str) -> bool:
    """SLEAP removes a `.slp` before it writes the new one in its place."""
    return path.endswith(".slp") and not path.startswith("models/")


def _with_slashes(text: str) -> str:
    """Windows takes both kinds, and so do the libraries between the command line and the title."""
    return text.replace("\\", "/")
