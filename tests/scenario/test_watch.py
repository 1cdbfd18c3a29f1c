"""The saver, as a person lives with it: nothing to press, and what goes quiet is in the home bucket."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.oracle import home_objects
from tests.scenario.projects import VIDEO, reaching

LABELS = "labeled-data/mouse/CollectedData_Ada.csv"


@pytest.fixture
def folder(site: Site) -> Path:
    """A project that was brought here."""
    for path, data in reaching(1).items():
        site.put(f"reaching/{path}", data)
    folder = site.folder / "reaching"
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    return folder


@contextmanager
def watching(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """`watch` runs, and ends softly."""
    process = site.start("watch")
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], at_most_s: float) -> float:
    """Wait until something outside is so; how long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < at_most_s, f"not so after {at_most_s} s"
        time.sleep(0.1)
    return time.monotonic() - began


def in_home(site: Site, folder: Path) -> dict[str, bytes]:
    """What the home bucket holds of the project."""
    return home_objects(site, json.loads((folder / ".pose-launcher" / "project.json").read_bytes())["id"])


def test_a_changed_label_file_is_in_the_bucket_within_ten_seconds(site: Site, folder: Path) -> None:
    with watching(site):
        until(lambda: set(in_home(site, folder)) == set(reaching(1)) - {VIDEO}, 30)
        new = (folder / LABELS).read_bytes() + b"labeled-data/mouse/img050.png,7.5,2.5\n"
        (folder / LABELS).write_bytes(new)
        took = until(lambda: in_home(site, folder)[LABELS] == new, 10)
        print(took)
        status = site.run("status", "--json").json
        assert status["saver"]["running"]
    assert site.run("status", "--json").json["saver"] == {"running": False, "pid": None}


def test_try_finish(site: Site, folder: Path) -> None:
    with_none = site.run("finish", "--deadline", "30", "--json")
    print(with_none.out[-1500:], with_none.err)
    assert with_none.code == 0
    print(site.objects(site.home_bucket, "person/.pose-launcher/sessions/"))
    print(site.objects(site.home_bucket, "person/.pose-launcher/lease/"))
