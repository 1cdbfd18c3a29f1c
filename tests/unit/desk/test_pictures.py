"""Pictures are made once: the second look is instant, belongs to this user, stays bounded, and is never stale."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from launcher import errors
from launcher.channel import Message
from launcher.desk.picture_cache import PictureCache
from launcher.desk.pictures import Pictures

PROJECT = {"uri": "s3://data/a/", "tool": "sleap", "modified": "2026-01-31T10:00:00Z", "bytes": 1000}


def png(number: int, side: int = 16) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (number % 256, number // 256, 7)).save(out, "PNG")
    return out.getvalue()


class CountingReader:
    """Makes another picture each time it is asked, as many as are wanted."""

    def __init__(self) -> None:
        self.asked: list[Message] = []

    def __call__(self, op: str, uri: str, **more: Any) -> Iterator[Message]:
        self.asked.append({"op": op, "uri": uri, **more})
        count = more.get("wanted", {"count": 1})["count"]
        made = [png(len(self.asked) * 10 + number) for number in range(count)]
        yield {"pictures": list(map(len, made)), "bytes_read": 500, "seconds": 0.1, "blob": b"".join(made)}


class RefusingReader:
    """Has no picture of anything."""

    def __call__(self, op: str, uri: str, **more: Any) -> Iterator[Message]:
        raise errors.NotFound(uri)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "cache" / "posters"


def test_the_second_look_is_remembered_by_the_next_start_too(folder: Path) -> None:
    reader = CountingReader()
    first = Pictures(reader, PictureCache(folder)).poster(PROJECT, 512, 292)
    assert first == png(10)
    assert Pictures(reader, PictureCache(folder)).poster(PROJECT, 512, 292) == first
    assert len(reader.asked) == 1


def test_a_changed_project_another_size_and_another_place_are_made_anew(folder: Path) -> None:
    reader = CountingReader()
    pictures = Pictures(reader, PictureCache(folder))
    changes: list[dict[str, Any]] = [{}, {"modified": "2026-02-01T10:00:00Z"}, {"bytes": 1001}, {"uri": "s3://b/"}]
    seen = [pictures.poster(PROJECT | change, 512, 292) for change in changes]
    seen += [pictures.poster(PROJECT, 256, 292), pictures.poster(PROJECT, 512, 292, whole=True)]
    assert len(set(seen)) == len(reader.asked) == 6


def test_a_strip_is_remembered_as_a_whole(folder: Path) -> None:
    reader = CountingReader()
    pictures = Pictures(reader, PictureCache(folder))
    strip = pictures.strip(PROJECT, 5, 128, 96)
    assert strip == [png(10 + number) for number in range(5)]
    assert pictures.strip(PROJECT, 5, 128, 96) == strip
    assert len(reader.asked) == 1


def test_a_frame_is_remembered_only_for_a_known_version(folder: Path) -> None:
    reader = CountingReader()
    pictures = Pictures(reader, PictureCache(folder))
    for _ in range(2):
        pictures.frame("s3://data/v.mp4", None, 512, 292, version='"etag"')
    assert len(reader.asked) == 1
    for version in ('"another"', "", ""):
        pictures.frame("s3://data/v.mp4", None, 512, 292, version=version)
    assert len(reader.asked) == 4
    assert reader.asked[0]["number"] == 0


def test_what_could_not_be_made_is_tried_again(folder: Path) -> None:
    with pytest.raises(errors.NotFound):
        Pictures(RefusingReader(), PictureCache(folder)).poster(PROJECT, 512, 292)
    assert Pictures(CountingReader(), PictureCache(folder)).poster(PROJECT, 512, 292)


@pytest.mark.parametrize("damage", [b"", b"[1,2]\nxx", b"[5]\nhello", b"[-5]\n", b"{}\n", b'["a"]\nx', b"\xff\xfe"])
def test_a_damaged_entry_is_made_anew(damage: bytes, folder: Path) -> None:
    reader = CountingReader()
    pictures = Pictures(reader, PictureCache(folder))
    pictures.poster(PROJECT, 512, 292)
    (entry,) = folder.iterdir()
    entry.write_bytes(damage)
    assert pictures.poster(PROJECT, 512, 292) == png(20)
    assert pictures.poster(PROJECT, 512, 292) == png(20)


def test_only_this_user_may_look(folder: Path) -> None:
    Pictures(CountingReader(), PictureCache(folder)).poster(PROJECT, 512, 292)
    (entry,) = folder.iterdir()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    for place in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_it_stays_within_its_bounds_and_keeps_what_was_looked_at(folder: Path) -> None:
    size = len(png(1)) + 10
    cache = PictureCache(folder, most_bytes=20 * size)
    for number in range(100):
        cache.put([number], [png(number)])
        os.utime(max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns), (number, number))
        assert number == 0 or cache.get([0]) == [png(0)], "looked at all the time"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 20 * size
    assert cache.get([99]) == [png(99)]
    assert cache.get([50]) is None


def test_a_disk_that_takes_nothing_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file where the folder should be")
    reader = CountingReader()
    pictures = Pictures(reader, PictureCache(tmp_path / "state" / "cache"))
    assert pictures.poster(PROJECT, 512, 292) == png(10)
    assert pictures.poster(PROJECT, 512, 292) == png(20)


def test_many_threads_may_ask(folder: Path) -> None:
    pictures = Pictures(CountingReader(), PictureCache(folder, most_bytes=2000))
    projects = [{**PROJECT, "bytes": number} for number in range(1, 6)] * 20
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda project: pictures.poster(project, 512, 292), projects))
    assert all(data.startswith(b"\x89PNG") for data in seen)
    assert not [path for path in folder.iterdir() if path.suffix != ".pictures"]
