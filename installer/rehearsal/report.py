"""What a rehearsal did: named steps with their times; the first that fails ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from launcher import errors


@dataclass(slots=True)
class Step:
    """One step; `message` is filled in by whoever makes it."""

    name: str
    ok: bool = False
    seconds: float = 0.0
    message: str = ""


@dataclass(slots=True)
class Report:
    """All of them, told one by one."""

    tell: Callable[[Step], None] = lambda _: None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A step is well if nothing is raised in it."""
        step, began = Step(name), time.monotonic()
        self.steps.append(step)
        try:
            yield step
            step.ok = True
        except errors.LauncherError as exc:
            step.message = str(exc)
            raise
        finally:
            step.seconds = round(time.monotonic() - began, 2)
            self.tell(step)

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {
            "steps": [asdict(step) for step in self.steps],
            "ok": all(step.ok for step in self.steps),
            "seconds": round(sum(step.seconds for step in self.steps), 1),
        }


def require(is_so: object, what: str) -> None:
    """A rehearsal ends where something is not as it was promised."""
    if not is_so:
        raise errors.NotDone(
            what, title="The rehearsal found something that is not as promised", hint="See the step named."
        )
