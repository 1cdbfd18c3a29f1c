"""The bar's promise does not stand for longer than it takes the saver to hear of a change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher.desk import saver_process
from launcher.ui.theme import Theme
from tests.conftest import Site
from tests.ui.driving import said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, saved
from tests.ui.test_with_a_real_server import SAMPLE, real_window

Drive = Callable[[Callable[[], Any]], None]
ALL_SAVED = "✓ All results saved"
#: A look that nothing asks for comes after fifteen seconds.
SOONER_S = 8.0


def test_a_change_that_the_saver_hears_of_ends_the_promise(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: ALL_SAVED in said(window.bottom))
            desk.states = [saved(f"{DATA}openfield/", 2, 2400)]
            desk.heard += 1
            await until(lambda: "2 files not saved yet" in said(window.bottom), "it looks at once", SOONER_S)

    drive(story)


def test_what_was_written_down_since_is_shown_before_the_next_look_is_due(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", 2, 2400)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "2 files not saved yet" in said(window.bottom))
            desk.states = [saved(f"{DATA}openfield/")]
            desk.written += 1
            await until(lambda: ALL_SAVED in said(window.bottom), "it looks soon", SOONER_S)

    drive(story)


def test_beside_a_tool_that_writes_all_the_time_nobody_looks_all_the_time(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", 2, 2400)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "2 files not saved yet" in said(window.bottom))
            looks, began = 0, time.monotonic()

            def count() -> None:
                nonlocal looks
                looks += 1

            window.keeping.saved_changed.connect(count)
            while time.monotonic() - began < 5:
                desk.heard, desk.written = desk.heard + 1, desk.written + 1
                seen = said(window.bottom)
                await until(lambda: True)
                assert "not saved yet" in seen
            assert looks <= 2

    drive(story)


@pytest.mark.usefixtures("ended_saver")
def test_a_file_that_a_tool_writes_is_not_called_saved(drive: Drive, theme: Theme, site: Site) -> None:
    site.upload(SAMPLE, "arena/")
    folder = Path(site.run("stage", f"{site.data_uri}arena/", "--json").json["dir"])
    assert site.run("save", folder).code == 0

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: ALL_SAVED in said(window.bottom))
            await until(lambda: saver_process.find(site.state), "the saver runs")
            await until(lambda: is_heard(site, folder), "it hears of changes")
            await until(lambda: ALL_SAVED in said(window.bottom), "it has saved what there was")
            (folder / "notes.txt").write_text("of today")
            await until(lambda: ALL_SAVED not in said(window.bottom), "it is not saved yet", SOONER_S)

    drive(story)


def is_heard(site: Site, folder: Path) -> bool:
    """It may have begun to listen after the first one."""
    (folder / "before").write_bytes(os.urandom(8))
    return (site.state / "changed").exists()
