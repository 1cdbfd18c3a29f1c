"""What the window does with what is kept, on the real desk and a real server: one story for each verb."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from launcher.ui.dialogs.conflicts import ConflictsView
from launcher.ui.dialogs.ending import Ending
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


def test_an_emptied_folder_is_filled_again(drive: Drive, theme: Theme, site: Site, project: str) -> None:
    folder = brought(site, project)
    edited(folder, "mine")
    keep(site, folder)
    _empty(folder)

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: "is empty" in said(window.asking.pane), "it is asked")
            button(window.asking.pane, "Bring back what was saved").click()
            await until(lambda: "files are back" in said(window.strip), "it is back")
            await until(lambda: "✓ All results saved" in said(window.bottom), "and looked after again")
        assert "# mine" in (folder / CONFIG).read_text()

    drive(story)


def test_what_is_gone_and_not_needed_is_put_away(drive: Drive, theme: Theme, site: Site, project: str) -> None:
    folder = brought(site, project)
    home = keep(site, folder)["home"]
    shutil.rmtree(folder)
    site.run("put-away", folder, "--dry-run")
    before = site.objects(site.home_bucket)
    (folder / "later").mkdir(parents=True)
    (folder / "later" / "notes.txt").write_text("mine")
    assert site.run("put-away", folder).code == 4, "there is something again"
    shutil.rmtree(folder)
    assert site.run("put-away", folder).code == 0
    assert site.run("status", "--json").json["projects"] == []
    assert site.objects(site.home_bucket) == before, "nothing was deleted"
    assert brought(site, home) == folder


def test_another_session_is_waited_for(drive: Drive, theme: Theme, site: Site, project: str) -> None:
    folder = brought(site, project)
    keep(site, folder)
    lease = f"person/.pose-launcher/lease/{folder.name}"
    other = {"writer": "x", "who": "ben", "where": "lab-7", "since": "2026-01-05T09:00:00Z"}
    site.s3.put_object(Bucket=site.home_bucket, Key=lease, Body=json.dumps(other).encode())
    edited(folder, "while ben works on it")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await _looking(window, lambda: "ben is working on" in said(window.asking.pane), "who has it is told")
            assert "All results saved" not in said(window.bottom)
            site.s3.delete_object(Bucket=site.home_bucket, Key=lease)
            await _looking(window, lambda: "is yours again" in said(window.notice), "taken over by itself")
            await _looking(window, lambda: "✓ All results saved" in said(window.bottom), "and saved")

    drive(story)


async def _looking(window: MainWindow, holds: Callable[[], object], what: str) -> None:
    """The saver works in a process of its own: look until it has come to it."""
    for _ in range(8):
        window.keeping.look_now()
        with suppress(AssertionError):
            await until(holds, what, patience_s=4)
            return
    raise AssertionError(what)


def _empty(folder: Path) -> None:
    """Everything but our own corner."""
    for one in folder.iterdir():
        if one.name != ".pose-launcher":
            shutil.rmtree(one) if one.is_dir() else one.unlink()


def test_the_way_out_saves_and_writes_the_sessions_list(drive: Drive, theme: Theme, site: Site, project: str) -> None:
    folder = brought(site, project)
    edited(folder, "the last word")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: window.keeping.states, "what is here is known")
            window.acts["leave"].trigger()
            (panel,) = window.findChildren(Ending)
            await until(lambda: "confirmed" in said(panel), "it says how things stand")
            (
                button(panel, "Leave") if "You can leave" in said(panel) else button(panel, "Save, stop and leave")
            ).click()
            await until(window.closed.is_set, "it closes when all is green", patience_s=40)
        kept = site.objects(site.home_bucket)
        assert any(b"# the last word" in data for key, data in kept.items() if key.endswith("/config.yaml"))

    drive(story)


def test_the_next_computer_offers_to_go_on(
    drive: Drive, theme: Theme, site: Site, project: str, tmp_path: Path
) -> None:
    site.environ["APPSTREAM_SESSION_ID"] = "yesterday"
    there = brought(site, project, tmp_path / "elsewhere")
    edited(there, "yesterday's work")
    (there / "link").symlink_to(CONFIG)
    keep(site, there, tmp_path / "elsewhere", code=4)
    site.run("finish", "--deadline", "20", "--state-dir", tmp_path / "elsewhere")
    site.environ.clear()
    (last,) = site.run("last-session", "--json").json["projects"]
    assert brought(site, last["uri"]) and site.run("last-session", "--json").json["projects"] == [], "it is here"
    shutil.rmtree(site.state)

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: "Your last session (today at" in said(window.asking.pane), "it is offered")
            assert "1 file could not be saved then" in said(window.asking.pane) and "/link." in said(window.asking.pane)
            button(window.asking.pane, "Not now").click()
            await until(lambda: not window.asking.pane.isVisible())
            await until(lambda: "last session is answered" not in window.tasks.names())
        assert site.run("last-session", "--json").json["session"] is None, "answered"

    drive(story)


def test_the_first_page_is_shown_once_on_whatever_computer(drive: Drive, theme: Theme, site: Site) -> None:
    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(window.first_run.pane.isVisible, "the first time")
            button(window.first_run.pane, "Got it").click()
            await until(lambda: "first run" not in window.tasks.names(), "it is noted")
        shutil.rmtree(site.state)
        async with real_window(site, theme) as window:
            await until(lambda: {"first run", "places"}.isdisjoint(window.tasks.names()), "it is known")
            assert not window.first_run.pane.isVisible()

    drive(story)
