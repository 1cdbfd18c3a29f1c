"""HTTP/1.1 messages read whole and kept byte for byte, so that what was signed arrives as it was signed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

HEAD_LIMIT = 256 * 1024
BODILESS = {204, 304}


@dataclass(frozen=True, slots=True)
class Message:
    """One request or answer: `head` with its blank line, `payload` as it came (with chunk sizes, if chunked)."""

    head: bytes
    payload: bytes

    @property
    def first_line(self) -> list[str]:
        """Method, target and version, or version, status and reason."""
        return self.head.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.first_line[1])


def header(head: bytes, name: str) -> str:
    """A header's value in lower case; empty where it is missing."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.encode():
            return value.strip().decode("latin-1").lower()
    return ""


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message | None:
    """The next request of a client, None when it has gone; one that waits for "100 Continue" is told to go on."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    if header(head, "expect"):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Message(head, await _payload(reader, head))


async def read_answer(reader: asyncio.StreamReader, method: str) -> Message:
    """The server's answer, without the "100 Continue" that may come before it."""
    answer = Message(await reader.readuntil(b"\r\n\r\n"), b"")
    while 100 <= answer.status < 200:
        answer = Message(await reader.readuntil(b"\r\n\r\n"), b"")
    if method == "HEAD" or answer.status in BODILESS:
        return answer
    has_end = header(answer.head, "content-length") or header(answer.head, "transfer-encoding")
    return Message(answer.head, await (_payload(reader, answer.head) if has_end else reader.read()))


async def _payload(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if header(head, "transfer-encoding") == "chunked":
        return await _chunks(reader)
    return await reader.readexactly(int(header(head, "content-length") or 0))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    raw = bytearray()
    size = -1
    while size != 0:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        raw += line + (await reader.readexactly(size + 2) if size else b"")
    while raw[-4:] != b"\r\n\r\n":
        raw += await reader.readuntil(b"\r\n")
    return bytes(raw)
