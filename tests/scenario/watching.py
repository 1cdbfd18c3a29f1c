"""A project that was brought here, and the saver beside it as its own process."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil

from tests.conftest import Site
from tests.scenario.oracle import home_objects
from tests.scenario.projects import VIDEO, png, reaching

LABELS = "labeled-data/mouse/CollectedData_Ada.csv"
PICTURE = "labeled-data/mouse/img007.png"
#: A soft end is bounded; so is the wait for it.
END_S = 15.0


def small_project(pictures: int = 12) -> dict[str, bytes]:
    """The reaching project with fewer pictures, its video among them."""
    whole = reaching(1)
    left_out = [path for path in whole if path.endswith(".png")][pictures:]
    return {path: data for path, data in whole.items() if path not in left_out}


def bring(site: Site, project: dict[str, bytes]) -> Path:
    """Put it into the data bucket and stage it."""
    for path, data in project.items():
        site.put(f"reaching/{path}", data)
    folder = site.folder / "reaching"
    staged = site.run("stage", f"{site.data_uri}reaching/", folder)
    assert staged.code == 0, staged.err
    return folder


def save(site: Site, folder: Path) -> None:
    """One click, so that the home bucket holds everything before the saver comes."""
    saved = site.run("save", folder)
    assert saved.code == 0, saved.err


def saved_and_drawn_anew(site: Site, project: dict[str, bytes], pictures: Iterable[str]) -> Path:
    """Brought and saved once; then every picture is another one."""
    folder = bring(site, project)
    save(site, folder)
    for number, path in enumerate(pictures):
        (folder / path).write_bytes(png(Random(number), 3000))
    return folder


@contextmanager
def watching(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """`watch` runs, and ends softly when it is told to."""
    process = site.start("watch")
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_S) == 0
    finally:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], at_most_s: float) -> float:
    """Wait until something outside is so; how long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < at_most_s, f"not so after {at_most_s} s"
        time.sleep(0.05)
    return time.monotonic() - began


def has_ended(pid: int) -> bool:
    """Nothing of it runs any more; as in a container without an init, nobody may have asked for its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def project_id(folder: Path) -> str:
    """As the marker says."""
    return str(json.loads((folder / ".pose-launcher" / "project.json").read_bytes())["id"])


def in_home(site: Site, folder: Path) -> dict[str, bytes]:
    """What the home bucket holds of the project."""
    return home_objects(site, project_id(folder))


def one_of_home(site: Site, folder: Path, path: str) -> bytes | None:
    """One file of it; None if it is not there."""
    key = f"person/projects/{project_id(folder)}/{path}"
    found = site.objects(site.home_bucket, key)
    return found.get(key)


def is_complete(site: Site, folder: Path, project: dict[str, bytes]) -> bool:
    """Is every file there that does not stay a reference?"""
    return set(in_home(site, folder)) == set(project) - {VIDEO}
