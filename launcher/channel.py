"""JSON lines between our own processes, with raw bytes after a line where it announces them (`"bytes": n`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import IO, Any

#: A line larger than this is not one of ours.
LONGEST_LINE = 64 * 1024 * 1024

Message = dict[str, Any]


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel:
    """One end of a pipe pair; sending is safe from many threads, receiving belongs to one."""

    def __init__(self, reading: IO[bytes], writing: IO[bytes]) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any], blob: bytes = b"") -> None:
        """Write one message, and the bytes that belong to it."""
        line = json.dumps({**message, "bytes": len(blob)} if blob else message, separators=(",", ":")).encode()
        try:
            with self._lock:
                self._writing.write(line + b"\n" + blob)
                self._writing.flush()
        except (OSError, ValueError) as exc:
            raise ChannelClosed from exc

    def receive(self) -> tuple[Message, bytes]:
        """The next message and its bytes; raises `ChannelClosed` at the end, or on anything that is not a message."""
        try:
            line = self._reading.readline(LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise ChannelClosed
            message = json.loads(line)
            blob = self._exactly(int(message.get("bytes", 0)))
        except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as exc:
            raise ChannelClosed from exc
        return message, blob

    def _exactly(self, length: int) -> bytes:
        if not 0 <= length <= LONGEST_LINE:
            raise ChannelClosed
        data = self._reading.read(length) if length else b""
        if len(data) < length:
            raise ChannelClosed
        return data

    def close(self) -> None:
        """Say good-bye: the other side reads the end of the pipe."""
        for end in (self._writing, self._reading):
            try:
                end.close()
            except OSError:  # the other side went first
                continue
