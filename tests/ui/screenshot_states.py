"""Every designed state of the window, drawn from desks that stand in: empty, slow, offline, closed, lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from launcher.ui.commands import Outcome
from launcher.ui.dialogs.upload_plan import UploadPlan
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.ui.driving import choose_first, said, until, window_on
from tests.ui.stand_ins import (
    HOME,
    CalmDesk,
    DeniedDesk,
    LostCatalogueDesk,
    OfflineDesk,
    PlayedCommands,
    SlowDesk,
    finding,
    project,
    running_tool,
    saved,
)

Shoot = Callable[[MainWindow, str], Awaitable[None]]
_DAMAGED = finding("damaged", "error", "config.yaml cannot be read.", "Ask its owner for a sound copy.")
_OPENED = {"name": "fly-pair", "tool": "sleap", "opened": "2026-01-05T10:00:00Z", "saved": True}
#: A desk and the words that show that the state is there.
STATES: Mapping[str, tuple[CalmDesk, str]] = {
    "empty": (CalmDesk([]), "There are no pose projects here"),
    "loading": (SlowDesk(), "Looking for projects"),
    "slow": (SlowDesk(), "takes its time"),
    "offline": (OfflineDesk(), "does not answer"),
    "denied": (DeniedDesk(), "You do not have access"),
    "lost": (LostCatalogueDesk(), "There is no site catalogue"),
    "damaged": (CalmDesk([project(health=[_DAMAGED])]), "config.yaml cannot be read"),
    "at-work": (
        CalmDesk(
            states=[saved("s3://lab-data/openfield/", 3, 1_200_000)],
            tools=[running_tool()],
            opened=[_OPENED | {"uri": "s3://lab-data/fly-pair/"}],
            ends=[{"name": "maximum", "ends": "2026-01-05T14:00:00Z", "seconds_left": 1500}],
        ),
        "not saved yet",
    ),
}


async def draw_states(theme: Theme, size: tuple[int, int], shoot: Shoot) -> None:
    """One picture a state, then a failed command and the plan of an upload."""
    for name, (desk, words) in STATES.items():
        async with window_on(desk, theme, size=size) as window:
            if name in ("damaged", "at-work"):
                await choose_first(window)
            await until(lambda words=words, window=window: words in said(window), words)  # type: ignore[misc]
            await asyncio.sleep(0.2)
            await shoot(window, f"state-{name}")
        if isinstance(desk, SlowDesk):
            desk.go.set()
    failing = PlayedCommands([Outcome(12, said="The storage server does not answer. Your local files are safe.")])
    async with window_on(CalmDesk(taken=frozenset({"notes.txt"})), theme, failing, size) as window:
        await choose_first(window)
        window.acts["bring"].trigger()
        await until(lambda: "does not answer" in said(window.strip))
        await shoot(window, "state-failed")
        window.file_deeds.dropped(["/data/trial1.csv", "/data/notes.txt"])
        await until(lambda: window.findChildren(UploadPlan), HOME)
        await asyncio.sleep(0.2)
        await shoot(window, "upload-plan")
