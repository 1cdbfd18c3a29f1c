"""Tables and configurations are opened by a process without HDF5, unless they turn out to need it."""

from __future__ import annotations

from pathlib import Path

import h5py
import psutil
import pytest

from launcher import errors
from launcher.projects.parsing import Parsers


def kinds() -> set[str]:
    """Which kinds of parsers this process has running."""
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    words = [" ".join(child.cmdline()) for child in alive]
    return {"text" for line in words if "text_parser" in line} | {"all" for line in words if "projects.parser" in line}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "CollectedData_A.csv"
    file.write_text("scorer,A\nbodyparts,nose\n")
    return file


def test_a_table_is_checked_without_hdf5(table: Path) -> None:
    with Parsers() as parsers:
        parsers.check("deeplabcut", table)
        assert kinds() == {"text"}
    assert kinds() == set()


def test_a_cut_table_is_refused_there_too(tmp_path: Path) -> None:
    cut = tmp_path / "config.yaml"
    cut.write_text("bodyparts: [nose, tail\n")
    with Parsers() as parsers, pytest.raises(errors.Damaged):
        parsers.check("deeplabcut", cut)


def test_hdf5_goes_to_a_process_that_has_it(tmp_path: Path) -> None:
    file = tmp_path / "labels.h5"
    with h5py.File(file, "w") as made:
        made["points"] = [1, 2, 3]
    with Parsers() as parsers:
        parsers.check("deeplabcut", file)
        assert kinds() == {"all"}


def test_one_is_enough_for_many_short_jobs_at_once(table: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with Parsers() as parsers, ThreadPoolExecutor(16) as pool:
        parsers.start(table.name)
        for done in [pool.submit(parsers.check, "deeplabcut", table) for _ in range(32)]:
            done.result()
        assert kinds() == {"text"}


def test_who_comes_after_the_end_starts_nothing(table: Path) -> None:
    parsers = Parsers()
    parsers.check("deeplabcut", table)
    parsers.close()
    with pytest.raises(errors.NotDone, match="being closed"):
        parsers.check("deeplabcut", table)
    parsers.start()
    assert kinds() == set()
