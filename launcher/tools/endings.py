"""Why a pose tool ended: told by its last words, then by its exit code.

The words come first, since exit codes are poor witnesses: every failed Python program ends with 1, and Qt aborts for
whatever keeps it from drawing. What no table knows stays unexplained; a wrong explanation is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from launcher.tools.running import Problem

OPEN_AGAIN = (
    "Open the project again. If your last save is missing or damaged, bring back the copy from before the start."
)
#: How much of a log's end is looked at, in characters.
_TAIL = 8_000
_EXCEPTION = re.compile(r"^\w[\w.]*(?:Error|Exception)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Words:
    """How one tool is called, and what is true of the data: if it never opened the project, and if it was at work.

    `opened_by` is the pattern of a line that the tool prints when it has opened the project, where there is one.
    """

    tool_id: str
    title: str
    not_opened: str
    at_work: str
    opened_by: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end: the pattern that shows it in a log, and what the person reads.

    In what is read, `{tool}`, `{tool_id}` and the pattern's named groups are filled in. `even_after_zero` is for what
    an exit code of 0 hides; otherwise 0 means that the person closed the tool, whatever it complained of before.
    """

    code: str
    shown_by: str
    what: str
    next: str
    at_work: bool = False
    even_after_zero: bool = False


def explained(log: str, exit_code: int | None, words: Words, endings: Iterable[Ending]) -> Problem | None:
    """The first ending that the log shows, with its last exception asked before the lines above; else the code's."""
    by_code = BY_CODE.get(cause_of(exit_code))
    if by_code is not None and by_code.code in _FROM_OUTSIDE:
        return _problem(by_code, words)
    possible = [ending for ending in endings if _can_end_so(ending, exit_code, by_code)]
    tail = log[-_TAIL:]
    was_open = words.opened_by is not None and re.search(words.opened_by, log, re.MULTILINE) is not None
    for text in (_last_exception(tail), tail):
        for ending in possible:
            if shown := re.search(ending.shown_by, text, re.MULTILINE):
                return _problem(ending, words, shown.groupdict(), was_open=was_open)
    return _problem(by_code, words) if by_code else None


def cause_of(exit_code: int | None) -> int:
    """The signal that ended a process, or the status that Windows gives instead; 0 if it ended by itself.

    A shell, and a tool that tidies up first, answers with 128 and the signal's number.
    """
    code = exit_code or 0
    if -64 <= code < 0:
        return -code
    if 128 < code < 160:
        return code - 128
    status = code & 0xFFFFFFFF
    return status if status >= 0xC0000000 else 0


def _can_end_so(ending: Ending, exit_code: int | None, by_code: Ending | None) -> bool:
    """Not every complaint in a log is the end: a tool at work survives an exception, and may crash much later."""
    if exit_code == 0:
        return ending.even_after_zero
    is_crash = by_code is not None and by_code.code == _CRASHED.code
    return not is_crash or ending.at_work or ending.code in _ABORTED_BY_QT


def _last_exception(text: str) -> str:
    """What a Python program said last, without the way there."""
    starts = [found.start() for found in _EXCEPTION.finditer(text)]
    return text[starts[-1] :] if starts else ""


def _problem(
    ending: Ending, words: Words, groups: Mapping[str, str | None] | None = None, *, was_open: bool = False
) -> Problem:
    shown = {name: _plain(text or "") for name, text in (groups or {}).items()}
    names = {"tool": words.title, "tool_id": words.tool_id, **shown}
    return Problem(
        what=ending.what.format_map(names),
        data_safe=words.at_work if ending.at_work or was_open else words.not_opened,
        next=ending.next.format_map(names),
        code=ending.code,
    )


def _plain(text: str) -> str:
    """A project's own text without what a terminal or a label would act on."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _ended(code: str, what: str, then: str = OPEN_AGAIN) -> Ending:
    return Ending(code, "", what, then, at_work=True)


#: Numbers, since a system knows by name only the signals that it has.
_HANGUP, _INTERRUPT, _ILLEGAL, _ABORT, _BUS, _KILL, _SEGMENT, _TERMINATE = 1, 2, 4, 6, 7, 9, 11, 15
_CRASHED = _ended("crashed", "{tool} crashed because of an error inside.")
_STOPPED = _ended("stopped", "{tool} was told to stop.")
_TOO_NEW = _ended(
    "wrong-processor",
    "{tool} was built for a newer processor than this computer has.",
    "Ask your admin for another type of computer, or another build of {tool}.",
)
#: By signal, or by the status of Windows.
BY_CODE: Mapping[int, Ending] = {
    _HANGUP: _ended("desktop-gone", "{tool} ended with the desktop that it ran on."),
    _INTERRUPT: _STOPPED,
    _ILLEGAL: _TOO_NEW,
    _ABORT: _CRASHED,
    _BUS: _ended("crashed", "{tool} crashed; the disk for temporary files may be full."),
    _KILL: _ended("killed", "{tool} was ended by force: the memory of this computer was full, or someone stopped it."),
    _SEGMENT: _CRASHED,
    _TERMINATE: _STOPPED,
    0xC0000005: _CRASHED,
    0xC0000017: _ended("memory", "The memory of this computer was full."),
    0xC000001D: _TOO_NEW,
    0xC00000FD: _CRASHED,
    0xC0000135: Ending(
        "system-library-missing",
        "",
        "{tool} cannot start: a system library (DLL) is missing on this computer.",
        "Run `pose-launcher tools install {tool_id}`; if that does not help, tell your admin.",
    ),
    0xC000013A: _STOPPED,
    0xC0000409: _CRASHED,
}
_ABORTED_BY_QT = frozenset({"no-display", "system-library-missing"})
#: Came from outside, so the log knows nothing of it.
_FROM_OUTSIDE = frozenset({"killed", "stopped", "desktop-gone"})
