"""A Windows registry, read from the text that `reg export` writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


class RegistryFile:
    """Answers as `launcher.session.registry.read_key` does; key names in any letter case, as on Windows."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, hive: str, path: str) -> Mapping[str, str | int]:
        wanted = f"[{hive}\\{path}]".lower()
        values: dict[str, str | int] = {}
        inside = False
        for line in self._file.read_text(encoding="utf-16").splitlines():
            if line.startswith("["):
                inside = line.lower() == wanted
            elif inside and (found := re.fullmatch(r'"(.+?)"=(?:"(.*)"|dword:([0-9a-f]{8}))', line)):
                values[found[1]] = int(found[3], 16) if found[3] else found[2].replace("\\\\", "\\")
        return values


def registry_export(keys: Mapping[str, Mapping[str, str | int]]) -> bytes:
    """As `reg export` writes it: UTF-16 with a mark, backslashes doubled in values."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    for key, values in keys.items():
        lines.append(f"[{key}]")
        for name, value in values.items():
            escaped = str(value).replace("\\", "\\\\")
            lines.append(f'"{name}"=dword:{value:08x}' if isinstance(value, int) else f'"{name}"="{escaped}"')
        lines.append("")
    return "\r\n".join(lines).encode("utf-16")
