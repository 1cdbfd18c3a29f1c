"""A stand-in for the Image Assistant's command line: the same arguments and answers, and its failures on demand.

It keeps its catalogue in the folder that `POSE_REHEARSAL_ASSISTANT` names; a file `mishap` there holds the name of what
shall go wrong next.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

FOLDER = "POSE_REHEARSAL_ASSISTANT"
MOST = 50
_IMAGE_NAME = re.compile(r"(?!(?i:aws|appstream|amazon))[A-Za-z0-9_.-]{1,100}")
#: What it says when it fails, by the mishap's name.
SAYS = {
    "prewarm-denied": (1, "Access to the path 'PrewarmManifest.txt' is denied."),
    "icon-fails": (1, "Failed to extract the icon of the application."),
    "needs-elevation": (1, "Administrator privileges are required to run this command."),
    "unexpected-255": (255, "An unexpected error occurred."),
}


class Failed(Exception):
    """Status and message of a handled failure."""


def main(arguments: Sequence[str]) -> int:
    """Answer one command with one JSON object."""
    folder = Path(os.environ[FOLDER])
    mishap = _mishap(folder)
    if mishap == "no-json":
        sys.stdout.write("The Image Assistant has encountered a problem\n")
        return 1
    status, message = SAYS.get(mishap) or _answer(arguments, folder)
    sys.stdout.write(json.dumps({"status": status, "message": message}) + "\n")
    return status


def _mishap(folder: Path) -> str:
    file = folder / "mishap"
    if not file.is_file():
        return ""
    name = file.read_text(encoding="utf-8").strip()
    file.unlink()
    return name


def _answer(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    command, options = (arguments[0] if arguments else "help"), _options(arguments[1:])
    try:
        return 0, _COMMANDS.get(command, _unknown)(options, folder)
    except Failed as exc:
        return 1, str(exc)


def _options(words: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, word in enumerate(words):
        if word.startswith("--"):
            following = words[number + 1] if number + 1 < len(words) else ""
            found[word] = "" if following.startswith("--") else following
    return found


def _add(options: dict[str, str], folder: Path) -> str:
    name, path, icon = (options.get(f"--{key}", "") for key in ("name", "absolute-app-path", "absolute-icon-path"))
    catalogue = _catalogue(folder)
    if not name or " " in name or len(name) > 256:
        raise Failed("The name of the application is not valid.")
    if name in catalogue:
        raise Failed(f"The application {name} already exists.")
    if len(catalogue) >= MOST:
        raise Failed(f"There may be at most {MOST} applications.")
    if not Path(path).is_file():
        raise Failed(f"The application path {path} does not exist.")
    if icon and not icon.endswith((".png", ".jpg", ".bmp")):
        raise Failed("The icon must be a PNG, JPG or BMP of at most 256 x 256.")
    manifest = options.get("--absolute-manifest-path", "")
    if manifest and not Path(manifest).is_file():
        raise Failed(f"The manifest {manifest} does not exist.")
    _keep(folder, [*catalogue, name])
    return f"The application {name} was added."


def _create(options: dict[str, str], folder: Path) -> str:
    if not _catalogue(folder):
        raise Failed("No applications are in the application catalog.")
    if not _IMAGE_NAME.fullmatch(options.get("--name", "")):
        raise Failed("The name of the image is not valid.")
    if "--dry-run" in options:
        return "The image can be created."
    (folder / "image").write_text(options["--name"], encoding="utf-8")
    return "The image is being created."


def _list(options: dict[str, str], folder: Path) -> str:
    del options
    return json.dumps(_catalogue(folder))


def _unknown(options: dict[str, str], folder: Path) -> str:
    del options, folder
    raise Failed("The command is not known.")


_COMMANDS: dict[str, Callable[[dict[str, str], Path], str]] = {
    "add-application": _add,
    "create-image": _create,
    "list-applications": _list,
}


def _catalogue(folder: Path) -> list[str]:
    file = folder / "catalogue.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def _keep(folder: Path, names: list[str]) -> None:
    (folder / "catalogue.json").write_text(json.dumps(names), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
