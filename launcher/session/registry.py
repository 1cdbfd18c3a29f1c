"""The keys of the Windows registry in which the service leaves what it knows; elsewhere there are none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

MACHINE, PERSON = "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER"
#: Variables of the machine and of the person, as Windows keeps them; a program that was started earlier lacks them.
ENVIRONMENTS = (
    (MACHINE, r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"),
    (PERSON, "Environment"),
)

#: The values of one key, by name; empty for a key that is not there or may not be read.
ReadKey = Callable[[str, str], Mapping[str, str | int]]


def variables(read: ReadKey) -> dict[str, str]:
    """What the registry would give a newly started program; the person's own win."""
    return {name: str(value) for hive, path in ENVIRONMENTS for name, value in read(hive, path).items()}


if sys.platform == "win32":
    import winreg

    def read_key(hive: str, path: str) -> dict[str, str | int]:
        """Of this computer."""
        found: dict[str, str | int] = {}
        with suppress(OSError), winreg.OpenKey(getattr(winreg, hive), path) as key:
            for index in range(winreg.QueryInfoKey(key)[1]):
                name, value, _ = winreg.EnumValue(key, index)
                found[name] = value if isinstance(value, int) else str(value)
        return found

else:

    def read_key(hive: str, path: str) -> dict[str, str | int]:  # noqa: ARG001 - the same shape on both systems
        """Nothing: only Windows has a registry."""
        return {}
