"""Messages between our own processes: whole, or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.channel import LONGEST_LINE, Channel, ChannelClosed


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    a_in, b_out = os.pipe()
    b_in, a_out = os.pipe()
    one = Channel(os.fdopen(a_in, "rb"), os.fdopen(a_out, "wb"))
    other = Channel(os.fdopen(b_in, "rb"), os.fdopen(b_out, "wb"))
    yield one, other
    one.close()
    other.close()


@pytest.mark.parametrize("blob", [b"", b"\n{}\n\0", bytes(range(256)) * 10])
def test_a_message_and_its_bytes_arrive_as_they_were(blob: bytes, ends: tuple[Channel, Channel]) -> None:
    message = {"path": "a\nb ü \U0001f600", "nested": [1, None, {"x": "y"}]}
    ends[0].send(message, blob)
    ends[0].send({"next": True})
    received, bytes_of_it = ends[1].receive()
    assert {name: received[name] for name in message} == message
    assert bytes_of_it == blob
    assert ends[1].receive() == ({"next": True}, b"")


def test_messages_of_many_threads_never_mix(ends: tuple[Channel, Channel]) -> None:
    blobs = [bytes([65 + number]) * 500 * number for number in range(8)]
    threads = [threading.Thread(target=ends[0].send, args=({"n": n}, blob)) for n, blob in enumerate(blobs)]
    for thread in threads:
        thread.start()
    got = {message["n"]: blob for message, blob in (ends[1].receive() for _ in threads)}
    for thread in threads:
        thread.join()
    assert [got[number] for number in range(8)] == blobs


@pytest.mark.parametrize(
    "raw",
    [b"", b"no newline", b"not json\n", b"[1]\n", b"7\n", b"null\n", b'{"bytes": 5}\nabc', b'{"bytes": -1}\n',
     b'{"bytes": null}\n', b'{"bytes": []}\n', b'{"bytes": "x"}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n",
     b'{"bytes": %d}\n' % (LONGEST_LINE + 1), b'{"bytes": 1e999}\n'],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_whatever_is_no_message_closes_the_channel(raw: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, raw[:60_000] if len(raw) < 60_000 else raw[:30_000] + b"\n")
    os.close(writing)
    with Path(os.devnull).open("wb") as nowhere, os.fdopen(reading, "rb") as source, pytest.raises(ChannelClosed):
        Channel(source, nowhere).receive()


def test_the_end_of_the_other_side_is_told(ends: tuple[Channel, Channel]) -> None:
    ends[1].close()
    with pytest.raises(ChannelClosed):
        ends[0].receive()
    with pytest.raises(ChannelClosed):
        ends[0].send({"x": 1})
