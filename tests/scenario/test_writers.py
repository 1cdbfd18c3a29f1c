"""The saver beside programs that write as the pose tools do: nothing half-written ever arrives, and all of it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.conftest import Site
from tests.scenario import writers
from tests.scenario.watching import bring, in_home, one_of_home, save, small_project, until, watching
from tests.scenario.writers import Writer

HOWS = {
    "labeled-data/mouse/CollectedData_Ben.h5": writers.hdf5_in_place,
    "settings.yaml": writers.yaml_rewritten,
    "learning.csv": writers.csv_appended,
    "notes.json": writers.renamed_into_place,
    "labeled-data/mouse/CollectedData_Ben.csv": writers.deleted_and_created,
}
PICTURES = 5_000
GIB = 1024**3


@pytest.fixture
def folder(site: Site) -> Path:
    made = bring(site, small_project(2))
    save(site, made)
    return made


@contextmanager
def at_work(folder: Path) -> Iterator[list[Writer]]:
    """All of them at once."""
    made = [Writer(folder / path, how) for path, how in HOWS.items()]
    for writer in made:
        writer.start()
    try:
        yield made
    finally:
        for writer in made:
            writer.stop()


def test_nothing_half_written_arrives_and_in_the_end_all_of_it_does(site: Site, folder: Path) -> None:
    seen: dict[str, set[bytes]] = {path: set() for path in HOWS}
    pause = threading.Event()
    with watching(site):
        with at_work(folder) as made:
            pictures = writers.many_pictures(folder / "labeled-data" / "many", PICTURES)
            for _ in range(25):
                for path in HOWS:
                    if (data := one_of_home(site, folder, path)) is not None:
                        seen[path].add(data)
                pause.wait(0.4)
        for writer in made:
            path = writer.file.relative_to(folder).as_posix()
            assert seen[path] <= writer.contents, f"{path} was sent torn"
            until(lambda path=path, writer=writer: one_of_home(site, folder, path) == writer.file.read_bytes(), 60)  # type: ignore[misc]
        until(lambda: site.run("status", folder, "--json").json["projects"][0]["all_saved"], 60)
    home = in_home(site, folder)
    assert {name: home.get(f"labeled-data/many/{name}") for name in pictures} == pictures
    assert not [path for path in home if path.endswith(".tmp")]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_checkpoint_of_one_gigabyte_rewritten_each_minute(site: Site, folder: Path) -> None:
    file, chance, minute = folder / "dlc-models-pytorch" / "last.bin", Random(1), threading.Event()
    contents: set[int] = set()
    with watching(site):
        for number in range(4):
            with file.open("wb") as opened:
                for _ in range(16):
                    opened.write(chance.randbytes(1024) * (GIB // 16 // 1024))
                opened.write(b"%d" % number)
            contents.add(hash(file.read_bytes()))
            minute.wait(60)
            there = one_of_home(site, folder, "dlc-models-pytorch/last.bin")
            assert there is None or hash(there) in contents
        until(lambda: one_of_home(site, folder, "dlc-models-pytorch/last.bin") == file.read_bytes(), 240)
