"""Carry a plan out, step by step; what is done is written down, so that the same command goes on after anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from installer.image.actions import Action, Step
from launcher import errors


@dataclass
class Journal:
    """Which steps are done, by what they did: a step that would do something else is done again."""

    path: Path
    done: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Journal:
        """What an earlier build wrote; nothing if it cannot be read."""
        try:
            rows = json.loads(path.read_bytes())
            return cls(path, {str(name): str(digest) for name, digest in rows.items()})
        except (OSError, ValueError, AttributeError):
            return cls(path)

    def has(self, step: Step) -> bool:
        """Was exactly this done?"""
        return self.done.get(step.name) == step.digest

    def note(self, step: Step, *, is_done: bool) -> None:
        """Before a step it counts as not done, afterwards as done."""
        self.done.pop(step.name, None)
        if is_done:
            self.done[step.name] = step.digest
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.done, indent=1), encoding="utf-8")
        draft.replace(self.path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two builds of one image at once would undo each other's steps; the second is refused."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    try:
        with FileLock(folder / "build.lock", timeout=0, mode=0o644):
            yield
    except Timeout as exc:
        hint = "Nothing was changed. Wait for its end; the same command then finds everything done."
        raise errors.NotDone(folder, title="Another build is at work here", hint=hint) from exc


Tell = Callable[[dict[str, Any]], None]


def build(steps: Sequence[Step], journal: Journal, act: Callable[[Action], None], tell: Tell) -> None:
    """Do every step that is not done; each is told as `--dry-run` prints it, right before it is carried out."""
    for step in remaining(steps, journal):
        tell(step.to_json())
        journal.note(step, is_done=False)
        for action in step.actions:
            _one(step, action, act)
        journal.note(step, is_done=True)


def _one(step: Step, action: Action, act: Callable[[Action], None]) -> None:
    try:
        act(action)
    except errors.LauncherError as exc:
        raise type(exc)(f"step {step.name}: {exc.subject}", title=exc.title, hint=exc.hint, detail=exc.detail) from exc


def remaining(steps: Sequence[Step], journal: Journal) -> list[Step]:
    """What a build would do now: from the first step that is not done as it stands here; later ones rest on it."""
    first = next((number for number, step in enumerate(steps) if not journal.has(step)), len(steps))
    return list(steps[first:])
