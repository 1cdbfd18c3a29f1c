"""One check: its words if all is well, its finding if not, and never later than its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from launcher import errors

#: All checks begin together; what is not done by then is said to be slow.
WITHIN_S = 3.0
_SLOW = "slow: "


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at (contract)."""

    name: str
    ok: bool
    severity: str
    message: str
    hint: str = ""
    seconds: float = 0.0

    @property
    def is_slow(self) -> bool:
        """Is there no answer yet, and somebody who still waits for it?"""
        return self.message.startswith(_SLOW)

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return asdict(self)


class Advice(Exception):
    """Something that works, but that a person should know before they rely on it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at: returns the words for "all is well", raises `Advice` or an error of the family."""

    name: str
    look: Callable[[], str]


class _Asked:
    """A question on a thread of its own, which may be left behind."""

    def __init__(self, question: Question) -> None:
        self.name = question.name
        self._look = question.look
        self._answer: Check | None = None
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"check {question.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._answer = _answered(self.name, self._look, self._began)

    def answer(self, until: float) -> Check:
        """Its answer, or that it is slow."""
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._answer is not None:
            return self._answer
        return Check(
            self.name,
            ok=False,
            severity="warning",
            message=f"{_SLOW}there is no answer after {WITHIN_S:.0f} s",
            hint="What depends on it is slow too, or hangs. Try again; if it stays so, tell your admin.",
            seconds=round(time.monotonic() - self._began, 3),
        )


def ask_all(questions: Iterable[Question], within_s: float = WITHIN_S) -> Iterator[Check]:
    """The answers in the order of the questions, the last of them when the time is over; none hides another."""
    until = time.monotonic() + within_s
    asked = [_Asked(question) for question in questions]
    for one in asked:
        yield one.answer(until)


def _answered(name: str, look: Callable[[], str], began: float) -> Check:
    ok, severity, hint = True, "info", ""
    try:
        message = look()
    except Advice as advice:
        severity, message, hint = "warning", advice.message, advice.hint
    except errors.LauncherError as exc:
        ok, severity, hint = False, "error", exc.hint
        message = f"{exc.title}: {exc.subject}" if exc.subject else exc.title
    except Exception as exc:  # noqa: BLE001 - a check that fails itself is a finding, and the others go on
        ok, severity, message = False, "error", f"this could not be looked at: {exc}"
        hint = "Tell your admin; nothing was changed."
    return Check(name, ok, severity, message, hint, round(time.monotonic() - began, 3))
