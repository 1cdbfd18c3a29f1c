"""What a build is made of: values that are printed, compared and carried out; nothing is joined into a shell line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from launcher import errors

WORDS = 4000


@dataclass(frozen=True, slots=True)
class Run:
    """One program with its arguments; `expect` names who reads its output."""

    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    expect: str = "exit 0"


@dataclass(frozen=True, slots=True)
class Write:
    """One file with its content."""

    path: str
    text: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of ours as it is; `digest` is its SHA-256, so that a changed source is another plan."""

    source: str
    path: str
    digest: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Setting:
    """One value in an INI file of the system; everything else in it stays."""

    path: str
    section: str
    name: str
    value: str


Action = Run | Write | Copy | Setting


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build with its reason."""

    name: str
    why: str
    actions: tuple[Action, ...]

    def to_json(self) -> dict[str, Any]:
        """What `--dry-run` prints and what the journal of a build keeps: the same."""
        rows = [{"action": type(one).__name__.lower(), **asdict(one)} for one in self.actions]
        return json.loads(json.dumps({"step": self.name, "why": self.why, "actions": rows}))  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """Changes with everything that the step would do."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def copy_of(source: Path, path: str, mode: int = 0o644) -> Copy:
    """A file of ours, by its content now."""
    return Copy(str(source), path, hashlib.sha256(source.read_bytes()).hexdigest(), mode)


def carry_out(action: Action) -> None:
    """Do it. Raises an error of the family that says what and why."""
    try:
        match action:
            case Run():
                _run(action)
            case Write():
                _put(Path(action.path), action.text.encode(), action.mode)
            case Copy():
                data = Path(action.source).read_bytes()
                if hashlib.sha256(data).hexdigest() != action.digest:
                    raise errors.Damaged(action.source, title="This file changed while the image was built")
                _put(Path(action.path), data, action.mode)
            case Setting():
                _set(action)
    except OSError as exc:
        raise errors.LocalDisk(exc.filename or "", detail=repr(exc)) from exc


def _run(action: Run) -> None:
    try:
        done = subprocess.run(
            action.command,
            env={**os.environ, **action.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except FileNotFoundError as exc:
        raise errors.NotDone(
            action.command[0], title="This program is not on this machine", hint="Is this the image builder?"
        ) from exc
    words = done.stdout.decode(errors="replace").strip()
    if action.expect == "image assistant":
        from installer.image.assistant import refuse

        refuse(done.returncode, words)
    elif done.returncode:
        raise errors.NotDone(
            action.command[0],
            title=f"This program ended with {done.returncode}",
            hint=f"What was done before stays; the same command goes on. It said: {words[-300:]}",
            detail=words[-WORDS:],
        )


def _put(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and the folders above readable for everybody."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(data)
    draft.chmod(mode)
    draft.replace(path)


def _set(action: Setting) -> None:
    """Comments and other settings of the system's own file stay as they are."""
    path = Path(action.path)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    mode = path.stat().st_mode & 0o777 if path.is_file() else 0o644
    _put(path, ("\n".join(with_setting(lines, action)) + "\n").encode(), mode)


def with_setting(lines: list[str], action: Setting) -> list[str]:
    """The file's lines with one value as it shall be."""
    wanted, section, made, done = f"{action.name} = {action.value}", "", list[str](), False
    for line in lines:
        bare = line.strip()
        if bare.startswith("["):
            if section == action.section and not done:
                made.append(wanted)
                done = True
            section = bare.strip("[]").strip()
        if section == action.section and bare.partition("=")[0].strip() == action.name:
            if done:
                continue
            line, done = wanted, True
        made.append(line)
    if done:
        return made
    return [*made, wanted] if section == action.section else [*made, f"[{action.section}]", wanted]
