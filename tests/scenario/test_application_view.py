"""Where the stream shows no desktop: a terminal if the site allows one, and never with our credentials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.display import running_display
from tests.scenario.watching import bring, small_project, until

#: Writes down where it was started, and with what.
TERMINAL = """#!/usr/bin/env python3
import json, os, pathlib
found = {"folder": os.getcwd(), "environ": dict(os.environ)}
draft = pathlib.Path(os.environ["HOME"], "draft")
draft.write_text(json.dumps(found))
draft.rename(pathlib.Path(os.environ["HOME"], "seen.json"))
"""


@pytest.fixture
def computer(site: Site) -> Site:
    """A terminal among its programs, a home of its own, and secrets in its environment."""
    programs = site.folder / "programs"
    programs.mkdir()
    terminal = programs / "x-terminal-emulator"
    terminal.write_text(TERMINAL)
    terminal.chmod(0o755)
    site.environ |= {
        "HOME": str(site.folder),
        "PATH": f"{programs}:/usr/bin:/bin",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "POSE_SECRET": "x",
    }
    return site


def test_a_site_that_says_nothing_offers_none(computer: Site) -> None:
    refused = computer.run("terminal")
    assert refused.code == 2
    assert "This site offers no terminal" in refused.err
    assert "terminal = true in [session]" in refused.err
    assert not (computer.folder / "seen.json").exists()


def test_a_terminal_opens_in_the_project_and_knows_no_secret(computer: Site) -> None:
    folder = bring(computer, small_project(1))
    computer.write(extra="[session]\nterminal = true\n")
    without_screen = computer.run("terminal", folder, environ={"DISPLAY": ""})
    assert without_screen.code == 11
    assert "no screen" in without_screen.err
    with running_display(window_manager=None) as display:
        screen = {"DISPLAY": display}
        opened = computer.run("terminal", folder, "--json", environ=screen)
        assert opened.code == 0, opened.err
        assert opened.json["pid"] > 0
        until((computer.folder / "seen.json").exists, 30)
        missing = computer.run("terminal", computer.folder / "nowhere", environ=screen)
        assert (missing.code, "no such folder" in missing.err) == (10, True)
    seen = json.loads((computer.folder / "seen.json").read_text())
    assert Path(seen["folder"]) == folder
    assert [name for name in seen["environ"] if name.startswith(("AWS_", "POSE_"))] == []
    assert seen["environ"]["PATH"].endswith("/usr/local/bin:/usr/bin:/bin")
