"""The real window on the real desk and a real server: from the start to everything saved."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPixmap

from launcher.config.find import Found
from launcher.desk import saver_process
from launcher.storage.seaweed import SeaweedFS
from launcher.ui.commands import OurCommands
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.main_window import MainWindow
from launcher.ui.models.projects import ProjectRole
from launcher.ui.real_desk import RealDesk
from launcher.ui.theme import Theme
from tests.conftest import ROOT, Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.ui.driving import button, cards, choose_first, lines, put_away, said, until

pytestmark = pytest.mark.usefixtures("ended_saver")

Drive = Callable[[Callable[[], Any]], None]
SAMPLE = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"


@asynccontextmanager
async def real_window(site: Site, theme: Theme) -> AsyncIterator[MainWindow]:
    """As `launcher.app` builds it."""
    found, state = Found(site.file, "--site"), Found(site.state, "--state-dir")
    window = MainWindow(DeskCalls(lambda: RealDesk(found, state)), OurCommands(found, state), theme, str(site.state))
    window.resize(1440, 900)
    window.painted.connect(window.begin)
    window.show()
    try:
        yield window
    finally:
        await put_away(window)


def test_from_the_first_look_to_everything_saved(drive: Drive, theme: Theme, site: Site) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await choose_first(window)
            assert cards(window) == [SAMPLE.name]
            await until(lambda: isinstance(window.shown.index(0, 0).data(ProjectRole.POSTER), QPixmap), "a poster")
            assert "Opens here." in said(window.inspector)
            button(window.inspector, "Bring it here").click()
            await until(lambda: re.search(r"✓ It is here: \d+ files", said(window.strip)), "it is brought")
            await until(lambda: "saved" in lines(window)[0], "the card says it")
            await until(lambda: saver_process.find(site.state), "the saver runs as soon as something is here")
            button(window.bottom, "Save results to home bucket").click()
            await until(lambda: "✓ All results saved" in said(window.bottom), "it is saved")
            assert lines(window) == ["✓ healthy · saved"]
            button(window.bottom, "Save results to home bucket").click()
            await until(lambda: "✓ Nothing new: everything was saved before" in said(window.strip))
        kept = site.objects(site.home_bucket)
        assert any(key.endswith("/config.yaml") for key in kept)

    drive(story)


def test_videos_and_files_of_a_place(drive: Drive, theme: Theme, site: Site) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await until(lambda: cards(window))
            window.acts["show-videos"].trigger()
            await until(lambda: window.browsing.level.videos.rowCount() == 1)
            assert window.browsing.level.videos.index(0, 0).data() == "arena.mp4"
            window.acts["show-files"].trigger()
            files = window.browsing.level.files
            await until(lambda: files.rowCount() == 1)
            window.browser.files.activated.emit(files.index(0, 0))
            await until(lambda: files.rowCount() == 4)

    drive(story)


def test_a_frozen_server_is_told_and_comes_back(drive: Drive, theme: Theme, tmp_path: Path, site: Site) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    with SeaweedFS(tmp_path / "cloud") as server:
        lab = _lab_on(server, site)

        async def story() -> None:
            async with real_window(lab, theme) as window:
                await until(lambda: "There are no pose projects here" in said(window.browser))
                os.kill(server.pid, signal.SIGSTOP)
                try:
                    window.acts["look-again"].trigger()
                    await until(lambda: "Looking for projects …" in said(window.browser))
                    window.acts["show-files"].trigger()
                    await until(lambda: "does not answer" in said(window), "the frozen server is told")
                finally:
                    os.kill(server.pid, signal.SIGCONT)
                window.acts["show-projects"].trigger()
                await asyncio.sleep(0)
                window.acts["look-again"].trigger()
                await until(lambda: "There are no pose projects here" in said(window.browser), "it is back")

        drive(story)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule(Fault.RESET), "The storage server does not answer"),
        (Rule(Fault.REFUSED, status=403, code="InvalidAccessKeyId"), "The server does not know our access key"),
    ],
    ids=["network", "credentials"],
)
def test_what_goes_while_the_window_is_used_is_told_and_comes_back(
    drive: Drive, theme: Theme, site: Site, rule: Rule, told: str
) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    with FaultProxy(site.endpoint) as proxy:
        site.write(endpoint=proxy.url)
        site.file.write_text(
            site.file.read_text().replace('profile = "test"', 'profile = "test"\npatience_seconds = 2')
        )

        async def story() -> None:
            async with real_window(site, theme) as window:
                await choose_first(window)
                proxy.rules.append(rule)
                window.acts["look-again"].trigger()
                await until(lambda: told in said(window), told)
                window.acts["show-files"].trigger()
                window.acts["show-projects"].trigger()
                proxy.rules.clear()
                window.acts["look-again"].trigger()
                await until(lambda: cards(window) == [SAMPLE.name], "it is back")

        drive(story)


def _lab_on(server: SeaweedFS, site: Site) -> Site:
    """The same site on a server of its own, which answers within two seconds or not at all."""
    s3 = s3_client(server.url, server.keys.access, server.keys.secret)
    folder = site.folder / "other"
    folder.mkdir()
    lab = Site(folder, server.url, server.keys.access, server.keys.secret, "lab-data", "lab-home", s3)
    for bucket in (lab.data_bucket, lab.home_bucket):
        s3.create_bucket(Bucket=bucket)
    lab.write()
    text = lab.file.read_text().replace('profile = "test"', 'profile = "test"\npatience_seconds = 2')
    lab.file.write_text(text)
    return lab


def _until_there(file: Path, child: subprocess.Popen[bytes]) -> None:
    """The window listens when the file is there."""
    end = time.monotonic() + 30
    while not file.exists() and time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.05)
            raise AssertionError(f"the window ended: {child.communicate()}")


def test_the_program_opens_its_window_and_a_second_start_raises_it(site: Site, tmp_path: Path) -> None:
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen(site.command(), cwd=ROOT, env=environ, stderr=subprocess.PIPE)
    try:
        channel = site.state / "window" / "window.json"
        _until_there(channel, first)
        second = subprocess.run(site.command(), cwd=ROOT, env=environ, capture_output=True, timeout=60, check=False)
        assert second.returncode == 0, second.stderr
        assert first.poll() is None, "the first goes on"
    finally:
        first.terminate()
        first.communicate(timeout=20)
