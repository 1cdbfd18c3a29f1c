"""Reading ahead: in order, bounded, and it ends with whoever takes the contents."""

from __future__ import annotations

import threading
import time

import pytest

from launcher.saving import reading_ahead
from launcher.saving.reading_ahead import ReadingAhead

MB = 1024 * 1024


def test_contents_come_in_order_with_what_could_not_be_read() -> None:
    def read(path: str) -> bytes | None:
        return None if path == "b" else path.encode()

    with ReadingAhead(["a", "b", "c"], read, len) as contents:
        assert list(contents) == [("a", b"a"), ("b", None), ("c", b"c")]


def test_no_more_is_read_than_there_is_room_for() -> None:
    read_now: list[str] = []
    paths, most = [f"{n:03d}" for n in range(200)], reading_ahead.AHEAD_BYTES // MB

    def read(path: str) -> bytes:
        read_now.append(path)
        return bytes(MB)

    with ReadingAhead(paths, read, len) as contents:
        for taken, (path, _) in enumerate(contents, 1):
            assert path == paths[taken - 1]
            assert len(read_now) <= taken + most + 1


@pytest.mark.parametrize("pause_s", [0.0, 0.001])
def test_large_contents_get_their_room_from_small_ones_before_them(pause_s: float) -> None:
    sizes = [MB // 3, 1000, 3 * MB, 0, 9 * MB, 200_000] * 10

    def read(path: str) -> bytes:
        time.sleep(pause_s)
        return bytes(sizes[int(path)])

    with ReadingAhead([str(n) for n in range(len(sizes))], read, len) as contents:
        assert [len(content or b"") for _, content in contents] == sizes


def test_leaving_early_leaves_no_thread() -> None:
    with ReadingAhead([str(n) for n in range(10_000)], lambda _: bytes(MB), len) as contents:
        next(iter(contents))
    assert "read" not in [thread.name for thread in threading.enumerate()]


def test_what_reading_raises_is_raised_to_whoever_takes() -> None:
    def read(path: str) -> bytes:
        raise MemoryError(path)

    with pytest.raises(MemoryError), ReadingAhead(["a"], read, len) as contents:
        list(contents)
