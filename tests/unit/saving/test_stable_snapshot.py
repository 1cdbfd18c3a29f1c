"""Bytes that were one file at one moment, while somebody writes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher import errors
from launcher.journal import Stat
from launcher.saving.snapshot import ATTEMPTS, hash_stable, read_stable
from launcher.storage.checksums import digest_of

OLD, NEW = b"old content" * 1000, b"new content, longer" * 1000


def grow(file: Path) -> None:
    with file.open("ab") as more:
        more.write(b"more")


def truncate(file: Path) -> None:
    os.truncate(file, 5)


def replace(file: Path) -> None:
    draft = file.with_suffix(".draft")
    draft.write_bytes(NEW)
    draft.replace(file)


def edit_in_place(file: Path) -> None:
    """The same size, and the modification time set back: only the change time tells."""
    before = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"X")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def delete(file: Path) -> None:
    file.unlink()


CHANGES = [grow, truncate, replace, edit_in_place]


class Interference:
    """Changes a file right after its first bytes were read, as often as it is told."""

    def __init__(self, file: Path, change: Callable[[Path], None], times: int) -> None:
        self._file, self._change, self._left = file, change, times

    def read(self, handle: int, length: int) -> bytes:
        """As `os.read`, a little at a time."""
        data = os.read(handle, min(length, 4096))
        if self._left and os.path.samestat(os.fstat(handle), os.stat(self._file)):
            self._left -= 1
            self._change(self._file)
        return data


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "labels.slp"
    made.write_bytes(OLD)
    os.utime(made, ns=(10**18, 10**18))
    return made


def test_a_file_at_rest_is_read_at_once(file: Path) -> None:
    naps: list[float] = []
    data, stat = read_stable(file, naps.append)
    assert (data, stat, naps) == (OLD, Stat.of(file.stat()), [])
    assert hash_stable(file, naps.append) == (digest_of(OLD), stat)


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_once_is_read_again_as_a_whole(change: Callable[[Path], None], file: Path) -> None:
    naps: list[float] = []
    data, stat = read_stable(file, naps.append, read=Interference(file, change, 1).read)
    assert data == file.read_bytes()
    assert stat == Stat.of(file.stat())
    assert len(naps) == 1


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_never_holds_still_is_named(change: Callable[[Path], None], file: Path) -> None:
    naps: list[float] = []
    with pytest.raises(errors.ChangedMeanwhile, match=r"labels\.slp.*last saved version is still there"):
        read_stable(file, naps.append, read=Interference(file, change, 1000).read)
    assert naps == sorted(naps)
    assert len(naps) == ATTEMPTS - 1


class WrittenWhileRead(type(Path())):  # type: ignore[misc]
    """A path whose file is changed as soon as it has been opened."""

    change: Callable[[Path], None]
    times: int

    def open(self, *args: Any, **more: Any) -> Any:
        opened = super().open(*args, **more)
        if self.times:
            self.times -= 1
            self.change(Path(self))
        return opened


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("times", "comes"), [(1, True), (1000, False)])
def test_a_large_file_is_hashed_with_the_same_care(
    change: Callable[[Path], None], times: int, comes: bool, file: Path
) -> None:
    restless: Any = WrittenWhileRead(file)
    restless.change, restless.times = change, times
    if comes:
        assert hash_stable(restless, lambda _: None) == (digest_of(file.read_bytes()), Stat.of(file.stat()))
    else:
        with pytest.raises(errors.ChangedMeanwhile, match="being written at this moment"):
            hash_stable(restless, lambda _: None)


@pytest.mark.parametrize("read", [read_stable, hash_stable])
def test_a_file_that_is_gone_is_not_an_empty_one(read: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "gone")


def test_a_file_that_vanishes_while_it_is_read_is_not_saved(file: Path) -> None:
    with pytest.raises((errors.ChangedMeanwhile, FileNotFoundError)):
        read_stable(file, lambda _: None, read=Interference(file, delete, 1).read)


def test_a_link_is_never_read_through(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    for read in (read_stable, hash_stable):
        with pytest.raises((errors.ChangedMeanwhile, OSError)):
            read(link, lambda _: None)
