"""The Image Assistant's command line: it answers with one JSON object, and fails in ways that need other words."""

from __future__ import annotations

import json
import re

from launcher import errors

LINUX = "/usr/local/appstream/image-assistant/AppStreamImageAssistant"
WINDOWS = r"C:\Program Files\Amazon\Photon\ConsoleImageBuilder\Image-Assistant.exe"
#: What it says, what that means, what to do. In this order; the first that fits counts.
KNOWN = (
    (r"already exists|already been added|duplicate", "", ""),
    (
        r"no applications are in the application catalog",
        "The catalogue is empty",
        "The step that adds applications did not reach it: run the build again.",
    ),
    (
        r"prewarm.*(denied|access)|access.*prewarm",
        "The prewarm manifest belongs to another account",
        "Delete PrewarmManifest.txt, or run the build elevated from the start.",
    ),
    (
        r"application path|launch path",
        "It cannot start this program",
        "It takes a full path to what is there; on Windows an .exe or .bat, which the build leaves in its bin folder.",
    ),
    (r"icon", "It could not take the icon", "Give it a PNG of at most 256 x 256: resources/icons/pose-launcher.png."),
    (
        r"administrator|elevat|root|permission|privilege",
        "It needs an elevated prompt",
        "Start the build as Administrator; on Linux as ImageBuilderAdmin with sudo.",
    ),
    (r"(more than|at most|maximum).*50|50 applications", "There are 50 applications already", "Remove one first."),
    (r"name", "It does not take this name", "See [name] in `pose-admin image check`."),
)


def refuse(exit_code: int, words: str) -> None:
    """Raise unless it says that it worked; an application that is there already is no failure."""
    status, message = read(words)
    if status == 0:
        return
    for pattern, title, hint in KNOWN:
        if re.search(pattern, message, re.IGNORECASE):
            if not title:
                return
            raise errors.NotDone(message[:200], title=f"The Image Assistant: {title}", hint=hint)
    what = "an unexpected failure" if status == 255 or exit_code == 255 else "a failure"
    raise errors.NotDone(
        message[:200] or f"exit code {exit_code}",
        title=f"The Image Assistant tells {what}",
        hint="What was built stays. Run the same command again; if it stays, make the image by hand in its window.",
    )


def read(words: str) -> tuple[int | None, str]:
    """Status and message of its JSON object, which may have other lines around it."""
    for line in [words, *reversed(words.splitlines())]:
        try:
            answer = json.loads(line)
            return int(answer["status"]), str(answer.get("message", ""))
        except (ValueError, KeyError, TypeError):
            continue
    return None, words
