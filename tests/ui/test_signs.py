"""The bar's promise does not stand for longer than it takes the saver to hear of a change."""

from __future__ import annotations

import asyncio
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
ALL_SAVED, UNSAVED = "✓ All results saved", "2 files not saved yet"
#: A look that nothing asks for comes after fifteen seconds.
SOONER_S = 8.0


@pytest.mark.parametrize(
    ("before", "after", "sign"),
    [((0, ALL_SAVED), (2, UNSAVED), "heard"), ((2, UNSAVED), (0, ALL_SAVED), "written")],
    ids=["the saver hears of a change", "something is written down"],
)
def test_news_is_shown_before_the_next_look_is_due(
    drive: Drive, theme: Theme, before: tuple[int, str], after: tuple[int, str], sign: str
) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", before[0])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: before[1] in said(window.bottom))
            desk.states = [saved(f"{DATA}openfield/", after[0])]
            setattr(desk, sign, 1)
            await until(lambda: after[1] in said(window.bottom), "it looks", SOONER_S)

    drive(story)


def test_beside_a_tool_that_writes_all_the_time_nobody_looks_all_the_time(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", 2, 2400)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: UNSAVED in said(window.bottom))
            looks, began = 0, time.monotonic()

            def count() -> None:
                nonlocal looks
                looks += 1

            window.keeping.saved_changed.connect(count)
            while time.monotonic() - began < 5:
                desk.heard, desk.written = desk.heard + 1, desk.written + 1
                await asyncio.sleep(0.05)
                assert UNSAVED in said(window.bottom)
            assert 1 <= looks <= 2

    drive(story)


def test_what_is_never_saved_does_not_make_the_promise_flicker(drive: Drive, theme: Theme) -> None:
    """A tool writes its own notes all the time, which the site excludes."""
    desk, withdrawn = CalmDesk(states=[saved(f"{DATA}openfield/")]), 0

    async def story() -> None:
        nonlocal withdrawn
        async with window_on(desk, theme) as window:
            await until(lambda: ALL_SAVED in said(window.bottom))
            was, began = True, time.monotonic()
            while time.monotonic() - began < 7:
                desk.heard += 1
                await asyncio.sleep(0.002)
                now = ALL_SAVED in said(window.bottom)
                withdrawn, was = withdrawn + (was and not now), now
            assert was

    drive(story)
    assert withdrawn <= 1


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
            await until(lambda: ALL_SAVED not in said(window.bottom), "it is not saved yet", SOONER_S)

    drive(story)


def is_heard(site: Site, folder: Path) -> bool:
    """It may have begun to listen after the first one."""
    (folder / "before").write_bytes(os.urandom(8))
    return (site.state / "changed").exists()
