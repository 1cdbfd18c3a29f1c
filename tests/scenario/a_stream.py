"""A computer in a stream, and what a tool leaves on its Desktop."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Site
from tests.scenario.projects import VIDEO
from tests.scenario.watching import small_project

PROJECT = {path: data for path, data in small_project(3).items() if path != VIDEO}


def stream(site: Site, session: str) -> dict[str, str]:
    return {
        "HOME": str(site.account),
        "AppStream_UserName": "ann@x.org",
        "AppStream_Session_ID": session,
        "DISPLAY": "",
    }


def on_the_desktop(environ: dict[str, str]) -> Path:
    """As DeepLabCut makes a project, unless somebody chooses another folder."""
    folder = Path(environ["HOME"]) / "Desktop" / "reach-Ada-2026-03-01"
    for path, data in PROJECT.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder
