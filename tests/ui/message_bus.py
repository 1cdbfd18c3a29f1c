"""A client for D-Bus, as small as a test needs it: calls with texts and numbers, any answer, and signals."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

_CALL, _RETURN, _ERROR, _SIGNAL = 1, 2, 3, 4
_PATH, _INTERFACE, _MEMBER, _REPLY_TO, _DESTINATION, _SIGNATURE = 1, 2, 3, 5, 6, 8
_FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
_ANSWERS_WITHIN_S = 20.0


class BusError(Exception):
    """The other side said no, or is not there any more."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was told to everybody who wants to know."""

    member: str
    body: Sequence[Any]


@dataclass
class MessageBus:
    """One connection; used by one thread."""

    connection: socket.socket
    signals: list[Signal] = field(default_factory=list)
    _serial: int = 0

    @classmethod
    def at(cls, address: str) -> Self:
        """Connect as the user that we are."""
        where = dict(part.split("=", 1) for part in address.removeprefix("unix:").split(","))
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_ANSWERS_WITHIN_S)
        connection.connect(where["path"] if "path" in where else f"\0{where['abstract']}")
        connection.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert connection.recv(1024).startswith(b"OK"), "the bus does not want us"
        connection.sendall(b"BEGIN\r\n")
        made = cls(connection)
        made.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")
        return made

    def call(self, service: str, path: str, interface: str, member: str, *arguments: str | int) -> Any:
        """The first value of the answer; None where there is none. Signals that come in between are kept."""
        self._serial += 1
        self.connection.sendall(_message(self._serial, (path, interface, member, service), arguments))
        while True:
            kind, header, body = self._receive()
            if kind == _SIGNAL:
                self.signals.append(Signal(header[_MEMBER], body))
            elif header.get(_REPLY_TO) == self._serial:
                if kind == _ERROR:
                    raise BusError(body[0] if body else member)
                return body[0] if body else None

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def _receive(self) -> tuple[int, dict[int, Any], list[Any]]:
        start = self._exactly(16)
        size, _, fields = struct.unpack_from("<III", start, 4)
        rest = self._exactly(-(-fields // 8) * 8 + size)
        header = dict(Values(start[12:] + rest[:fields], shift=12).read("a(yv)"))
        body = Values(rest[len(rest) - size :])
        return start[1], header, [body.read(one) for one in _split(header.get(_SIGNATURE, ""))]

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise BusError("the bus hung up")
            data += more
        return data


def _message(serial: int, to: tuple[str, str, str, str], arguments: Sequence[str | int]) -> bytes:
    body, signature = b"", ""
    for one in arguments:
        signature += "s" if isinstance(one, str) else "i"
        body = _padded(body, 4) + (_text(one) if isinstance(one, str) else struct.pack("<i", one))
    codes = zip((_PATH, _INTERFACE, _MEMBER, _DESTINATION), "osss", to, strict=True)
    fields = b""
    for code, kind, text in codes:
        fields = _padded(fields, 8) + bytes((code, 1)) + kind.encode() + b"\0" + _text(text)
    if signature:
        fields = (
            _padded(fields, 8) + bytes((_SIGNATURE, 1)) + b"g\0" + bytes((len(signature),)) + signature.encode() + b"\0"
        )
    start = struct.pack("<cBBBIII", b"l", _CALL, 0, 1, len(body), serial, len(fields))
    return _padded(start + fields, 8) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def _padded(data: bytes, step: int) -> bytes:
    return data + bytes(-len(data) % step)


@dataclass
class Values:
    """Reads values one after the other; alignment counts from `shift` bytes before the data."""

    data: bytes
    shift: int = 0
    at: int = 0

    def read(self, signature: str) -> Any:
        """One value of one complete type."""
        kind = signature[0]
        if kind in _FIXED:
            return self._fixed(_FIXED[kind])
        if kind in "so":
            return self._counted(self._fixed("I"))
        if kind == "g":
            return self._counted(self._fixed("B"))
        if kind == "v":
            return self.read(self._counted(self._fixed("B")))
        if kind == "a":
            return self._array(signature[1:])
        self._align(8)
        return tuple(self.read(one) for one in _split(signature[1:-1]))

    def _array(self, element: str) -> list[Any]:
        size = self._fixed("I")
        self._align(8 if element[0] in "({xtd" else 1)
        end, found = self.at + size, []
        while self.at < end:
            found.append(self.read(element))
        return found

    def _fixed(self, code: str) -> Any:
        size = struct.calcsize(code)
        self._align(size)
        self.at += size
        return struct.unpack_from(f"<{code}", self.data, self.at - size)[0]

    def _counted(self, size: int) -> str:
        self.at += size + 1
        return self.data[self.at - size - 1 : self.at - 1].decode()

    def _align(self, step: int) -> None:
        self.at += -(self.at + self.shift) % step


def _split(signature: str) -> list[str]:
    """A signature's complete types."""
    found, at = [], 0
    while at < len(signature):
        end = at
        while signature[end] == "a":
            end += 1
        depth = 0
        while True:
            depth += (signature[end] in "({") - (signature[end] in ")}")
            end += 1
            if not depth:
                break
        found.append(signature[at:end])
        at = end
    return found
