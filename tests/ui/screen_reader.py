"""What a screen reader is told of a program: an accessibility bus of our own, and the tree as it is read from there."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.ui.message_bus import BusError, MessageBus

#: The package of the system's accessibility bus brings it; its bus starts the registry when it is asked for.
_CONFIG = "/usr/share/defaults/at-spi2/accessibility.conf"
#: One bus is all that there is: a program that finds no session's bus starts one, and leaves it behind.
_BUSES = ("AT_SPI_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS")
_REGISTRY, _ROOT = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"
_ACCESSIBLE, _PROPERTIES = "org.a11y.atspi.Accessible", "org.freedesktop.DBus.Properties"
_FOCUSED, _SHOWING = 12, 25
_ON_SCREEN = 0
_PATIENCE_S, _LOOKS_EVERY_S = 40.0, 0.1


@dataclass(frozen=True, slots=True)
class Spoken:
    """One element that is showing, as it is read out; `at` is where the bus finds it."""

    role: str
    name: str
    description: str
    focused: bool
    at: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ScreenReader:
    """Reads every program on one bus."""

    address: str
    bus: MessageBus

    @property
    def environ(self) -> dict[str, str]:
        """What a program has to be started with to be heard."""
        buses = dict.fromkeys(_BUSES, self.address)
        return {**buses, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}

    def reads(self) -> list[Spoken]:
        """Everything that is showing, in the order of the tree."""
        return list(self._below(_REGISTRY, _ROOT))

    def text(self) -> str:
        """The names of all that is showing, one a line."""
        return "\n".join(one.name for one in self.reads() if one.name)

    def until(self, holds: Callable[[str], object], what: str) -> str:
        """Look again and again until it is there to be read."""
        end = time.monotonic() + _PATIENCE_S
        while not holds(text := self.text()):
            assert time.monotonic() < end, f"never read: {what}; instead:\n{text}"
            time.sleep(_LOOKS_EVERY_S)
        return text

    def middle_of(self, role: str, start: str) -> tuple[int, int]:
        """Where on the screen to click on the first element of a role whose name starts like this, once it is there.

        A row that is built anew while the tree is read is in neither of its two shapes.
        """
        end = time.monotonic() + _PATIENCE_S
        while True:
            read = self.reads()
            with suppress(StopIteration, BusError):
                found = next(one for one in read if one.role == role and one.name.startswith(start))
                left, top, width, height = self.bus.call(
                    *found.at, "org.a11y.atspi.Component", "GetExtents", _ON_SCREEN
                )
                return left + width // 2, top + height // 2
            told = "\n".join(f"{one.role}: {one.name}" for one in read)
            assert time.monotonic() < end, f"never read: {role} {start}; instead:\n{told}"
            time.sleep(_LOOKS_EVERY_S)

    def listen(self) -> None:
        """From here on hear what is announced."""
        self.bus.call(_REGISTRY, "/org/a11y/atspi/registry", _REGISTRY, "RegisterEvent", "object:announcement")
        rule = "type='signal',interface='org.a11y.atspi.Event.Object',member='Announcement'"
        self.bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", rule)

    def heard(self) -> list[str]:
        """What was announced so far."""
        self.bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
        return [one.body[3] for one in self.bus.signals if one.member == "Announcement"]

    def _below(self, owner: str, path: str) -> Iterator[Spoken]:
        try:
            children = self.bus.call(owner, path, _ACCESSIBLE, "GetChildren")
        except BusError:
            return  # it went away while we read
        for child_owner, child in children:
            try:
                spoken = self._spoken(child_owner, child)
            except BusError:
                continue
            if spoken is not None:
                yield spoken
                yield from self._below(child_owner, child)

    def _spoken(self, owner: str, path: str) -> Spoken | None:
        low, _ = self.bus.call(owner, path, _ACCESSIBLE, "GetState")
        role = self.bus.call(owner, path, _ACCESSIBLE, "GetRoleName")
        if not low >> _SHOWING & 1 and role != "application":
            return None
        name, description = (
            self.bus.call(owner, path, _PROPERTIES, "Get", _ACCESSIBLE, one) for one in ("Name", "Description")
        )
        return Spoken(role, name, description, bool(low >> _FOCUSED & 1), (owner, path))


@contextmanager
def listening(display: str) -> Iterator[ScreenReader]:
    """A reader of what is on this display, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="bus-") as folder, _daemon(f"unix:path={folder}/bus", display) as address:
        bus = MessageBus.at(address)
        try:
            yield ScreenReader(address, bus)
        finally:
            bus.close()


@contextmanager
def _daemon(address: str, display: str) -> Iterator[str]:
    command = ["dbus-daemon", f"--config-file={_CONFIG}", f"--address={address}", "--nofork", "--print-address"]
    environ = {**os.environ, "DISPLAY": display, **dict.fromkeys(_BUSES, address)}  # for the registry, which it starts
    daemon = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert daemon.stdout is not None
    try:
        told = daemon.stdout.readline().decode().strip()
        assert told, "no accessibility bus; it belongs to the packages that `bootstrap.sh test` installs"
        yield told
    finally:
        daemon.terminate()
        daemon.wait()
        daemon.stdout.close()
