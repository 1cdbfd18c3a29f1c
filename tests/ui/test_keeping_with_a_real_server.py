"""What the window does with what is kept, on the real desk and a real server: one story for each verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher.ui.dialogs.conflicts import ConflictsView
from launcher.ui.dialogs.saved_states import SavedStatesView
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.conftest import Site
from tests.ui.driving import button, choose_first, said, until
from tests.ui.test_with_a_real_server import SAMPLE, real_window

pytestmark = pytest.mark.usefixtures("ended_saver")

Drive = Callable[[Callable[[], Any]], None]
CONFIG = "config.yaml"


@pytest.fixture
def project(site: Site) -> str:
    """The sample, in the data bucket."""
    site.upload(SAMPLE, "arena/")
    return f"{site.data_uri}arena/"


def brought(site: Site, project: str, *state: Any) -> Path:
    """Bring the project to this computer, or with a state dir to another."""
    flags = ("--state-dir", *state) if state else ()
    done = site.run("stage", project, "--json", *flags)
    assert done.code == 0, done.err
    return Path(done.json["dir"])


def edited(folder: Path, line: str) -> None:
    """One more line in the config."""
    file = folder / CONFIG
    file.write_text(f"{file.read_text()}\n# {line}\n")


def keep(site: Site, folder: Path, *state: Any, code: int = 0) -> Any:
    """Save it."""
    flags = ("--state-dir", *state) if state else ()
    done = site.run("save", folder, "--json", *flags)
    assert done.code == code, (done.code, done.err)
    return done.json


def test_an_earlier_state_comes_back(drive: Drive, theme: Theme, site: Site, project: str) -> None:
    folder = brought(site, project)
    for line in ("first", "second"):
        edited(folder, line)
        keep(site, folder)
    edited(folder, "third, not saved")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await choose_first(window)
            view = await _states(window)
            view.states.setCurrentIndex(view.states.model().index(view.states.topLevelItemCount() - 1, 0))
            await until(lambda: view.files.topLevelItemCount() > 1)
            button(view, "Bring back the whole project").click()
            await until(lambda: "as they were" in said(window.strip), "it is back")
            assert "To undo, bring back the state of" in said(window.strip)
        text = (folder / CONFIG).read_text()
        assert "# first" in text and "# second" not in text
        kept = b"".join(site.objects(site.home_bucket).values())
        assert b"# third, not saved" in kept, "what was here was saved first"

    drive(story)


async def _states(window: MainWindow) -> SavedStatesView:
    window.acts["saved-states"].trigger()
    (view,) = window.findChildren(SavedStatesView)
    await until(lambda: view.states.topLevelItemCount() > 1, "the states are listed")
    return view


def test_a_file_in_two_versions_is_decided(
    drive: Drive, theme: Theme, site: Site, project: str, tmp_path: Path
) -> None:
    mine, theirs = brought(site, project), brought(site, project, tmp_path / "elsewhere")
    edited(theirs, "theirs")
    keep(site, theirs, tmp_path / "elsewhere")
    edited(mine, "mine")
    keep(site, mine, code=3)

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: "1 file in two versions" in said(window.bottom), "it is told")
            window.acts["conflicts"].trigger()
            (view,) = window.findChildren(ConflictsView)
            await until(lambda: view.files.topLevelItemCount() == 1, "it is listed")
            button(view, "Keep the other").click()
            await until(lambda: "The other version is the file now" in said(window.strip), "it is decided")
            await until(lambda: "in two versions" not in said(window.bottom), "and told so")
        assert "# theirs" in (mine / CONFIG).read_text()
        assert b"# mine" in b"".join(site.objects(site.home_bucket).values())

    drive(story)
