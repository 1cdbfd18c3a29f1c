"""A text that is longer than memory should hold: the same bytes, wherever they lie, and however the disk is."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.storage.checksums import digest_of, digest_of_pieces
from launcher.storage.exchange import Exchange
from launcher.storage.long_text import BLOCK, SHORT, LongText
from launcher.storage.upload import QUICK, Uploader
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client

LINE = 997
LONG = os.urandom(QUICK + 3 * BLOCK + 17)


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """As on a disk that fills up on the way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def open_files(folder: Path) -> list[str]:
    """Files in a folder that this process has open, those without a name too."""
    handles = Path("/proc/self/fd").iterdir()
    return [told for handle in handles if (told := _target(handle)).startswith(str(folder))]


def _target(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:
        return ""


def write(text: LongText, data: bytes = LONG) -> None:
    for at in range(0, len(data), LINE):
        text.write(data[at : at + LINE])


@pytest.mark.parametrize("data", [b"", b"x", LONG[:SHORT], LONG], ids=["empty", "one", "short", "long"])
def test_it_says_what_was_written_and_what_was_overwritten(data: bytes, tmp_path: Path) -> None:
    with LongText(tmp_path) as text:
        write(text, data)
        text.overwrite(0, data[:5][::-1])
        expected = data[:5][::-1] + data[5:]
        assert text.size == len(data)
        assert text.whole() == expected
        assert digest_of_pieces(text.pieces()) == digest_of(expected)


def test_a_long_one_lies_on_disk_and_leaves_nothing_there(tmp_path: Path) -> None:
    with LongText(tmp_path) as text:
        write(text, LONG[:SHORT])
        assert open_files(tmp_path) == []
        write(text, LONG[SHORT:])
        assert len(open_files(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == [], "a kill leaves nothing behind"
        text.clear()
        write(text, b"another")
        assert text.whole() == b"another"
    assert open_files(tmp_path) == []


@pytest.mark.parametrize("room", [0, SHORT, SHORT + BLOCK, SHORT + 2 * BLOCK + 100])
def test_where_the_disk_fills_up_it_goes_on_in_memory(room: int, tmp_path: Path) -> None:
    with LongText(tmp_path) as text, no_file_above(room):
        write(text)
        text.overwrite(BLOCK, b"over")
        assert open_files(tmp_path) == []
        assert text.whole() == LONG[:BLOCK] + b"over" + LONG[BLOCK + 4 :]


def test_without_a_folder_it_is_in_memory(tmp_path: Path) -> None:
    with LongText(tmp_path / "missing") as text:
        write(text)
        assert text.whole() == LONG


def test_many_threads_read_the_whole_of_it(tmp_path: Path) -> None:
    with LongText(tmp_path) as text, ThreadPoolExecutor(4) as pool:
        write(text)
        found = [pool.submit(lambda: digest_of_pieces(text.pieces())) for _ in range(4)]
        assert {one.result() for one in found} == {digest_of(LONG)}


def test_it_is_sent_again_as_a_whole_where_it_did_not_arrive(
    bench: BenchServer, bucket: S3Uri, faulty: Client, proxy: FaultProxy, tmp_path: Path
) -> None:
    where, uploader = bucket.child("list.json"), Uploader(faulty.http, Exchange(faulty.http, faulty.credentials))
    proxy.rules.append(Rule(Fault.STATUS, method="PUT", times=1))
    proxy.rules.append(Rule(Fault.RESET, method="PUT", times=1))
    with LongText(tmp_path) as text:
        write(text)
        uploader.put(where, text, digest_of(LONG), replaces=None)
    assert bench.get(bucket.bucket, "list.json") == LONG
