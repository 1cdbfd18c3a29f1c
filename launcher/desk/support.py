"""A bundle for whoever helps: what the program knows of itself, never what it works on, and no secret."""

from __future__ import annotations

import json
import platform
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import launcher
from launcher import errors
from launcher.config.plain import plain
from launcher.desk.doctor import examine
from launcher.projects.disk_errors import disk_error

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

LARGEST = 5 * 1024 * 1024
#: Of each log its end; all of them together stay far below the bound, also before they are packed.
_OF_A_LOG, _LOGS = 200 * 1024, 20
_NAMES = ("*.log", "last-crash.txt", "window/*.log", "mounts/*/*.log", "runs/*/tool.log")
_SECRETS = re.compile(
    r"(?i)\b(?:AKIA|ASIA|DEMO)[A-Z0-9]{12,}\b"
    r"|(?<=secret)[\w ]*[\"']?\s*[=:]\s*[\"']?[^\s\"',}]+"
    r"|(?<=token)[\w ]*[\"']?\s*[=:]\s*[\"']?[^\s\"',}]+"
    r"|(?<=password)[\w ]*[\"']?\s*[=:]\s*[\"']?[^\s\"',}]+"
    r"|X-Amz-(?:Signature|Credential|Security-Token)=[^&\s]+"
    r"|(?<=Signature=)[0-9a-f]{16,}"
    r"|\b[A-Za-z0-9/+]{40}\b"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the bundle, as it will be."""

    name: str
    text: str


def bundle(desk: Desk) -> list[Part]:
    """Everything that would be written, to be looked at before it is."""
    parts = [Part(name, cleaned(json.dumps(data, indent=1, default=str))) for name, data in _facts(desk)]
    parts += [Part(name, cleaned(text)) for name, text in _logs(desk.setup.state.path)]
    return _within(parts)


def write(parts: list[Part], file: Path) -> int:
    """Pack it; how many bytes it has."""
    try:
        file.touch(mode=0o600)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for part in parts:
                packed.writestr(part.name, part.text)
        return file.stat().st_size
    except OSError as exc:
        raise disk_error(exc, file) from exc


def cleaned(text: str) -> str:
    """Without what opens a door: keys, tokens, signatures, passwords."""
    return "\n".join(plain(_SECRETS.sub("[removed]", line)) for line in text.split("\n"))


def _facts(desk: Desk) -> Iterator[tuple[str, Any]]:
    version = {"launcher": launcher.__version__, "python": sys.version, "system": platform.platform()}
    yield "version.json", version
    looks: dict[str, Callable[[], Any]] = {
        "doctor.json": lambda: [check.to_json() for check in examine(desk)],
        "session.json": desk.session,
        "settings.json": desk.settings,
        "status.json": lambda: [{**row, "items": list(row["items"])} for row in desk.status(None)],
    }
    for name, look in looks.items():
        try:
            yield name, look()
        except errors.LauncherError as exc:
            yield name, exc.to_json()


def _logs(state: Path) -> Iterator[tuple[str, str]]:
    """The ends of the newest logs."""
    files = {file for pattern in _NAMES for file in state.glob(pattern) if file.is_file() and not file.is_symlink()}
    for file in sorted(files, key=lambda one: one.stat().st_mtime, reverse=True)[:_LOGS]:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _OF_A_LOG))
            yield f"logs/{file.relative_to(state).as_posix()}", opened.read().decode("utf-8", "replace")


def _within(parts: list[Part]) -> list[Part]:
    """Facts come first; logs that would make it too large are left out."""
    kept, size = [], 0
    for part in parts:
        size += len(part.text.encode("utf-8", "replace"))
        if size <= LARGEST:
            kept.append(part)
    return kept
