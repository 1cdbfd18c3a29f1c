"""Which requests get which fault: a small table that a test writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from urllib.parse import unquote


class Fault(StrEnum):
    """What can go wrong between a client and its server."""

    FLIP = "flip"
    """One byte of the answer's body is another."""
    FLIP_REQUEST = "flip request"
    """One byte of the request's body is another when it reaches the server; its head is as it was."""
    CUT = "cut"
    """The answer's body ends after `after` bytes, and so does the connection."""
    RESET = "reset"
    """The connection is reset; the request never arrives."""
    STATUS = "status"
    """The proxy itself answers with `status` and a SlowDown document; the request never arrives."""
    EXPIRED = "expired"
    """The proxy answers that the keys have expired; with `signed_with`, to requests signed with just these."""
    REFUSED = "refused"
    """The proxy itself answers with `status` and a document with `code`; the request never arrives."""
    CLOCK = "clock"
    """The server's clock seems to be `seconds` later than it is: the `Date` of the answer says so."""
    STRICT_CLOCK = "strict clock"
    """The same, and a request that is dated more than five minutes off by that clock is refused, as S3 does at 15."""
    DELAY = "delay"
    """The request waits `seconds` before it goes on."""
    LOST_ANSWER = "lost answer"
    """The server does what was asked, and the connection ends before its answer."""
    SILENCE = "silence"
    """The server does what was asked; the head of its answer comes, `after` bytes of the body, and then nothing."""
    DRIP = "drip"
    """The same, and then one byte each `seconds`."""


@dataclass(slots=True, eq=False)
class Rule:
    """A fault for requests whose method and path fit; the first rule that fits a request is the one that counts.

    `signed_with` is a pattern for the id of the key.
    `path` is a pattern as in `fnmatch`, held against the decoded path alone and with its query; `times` ends the rule
    after so many faults; `used` counts them. An `after` below zero, for CUT, SILENCE
    and DRIP, ends before the head does. `at` is the byte that flips, a random one if it is left out.
    """

    fault: Fault
    path: str = "*"
    method: str = "*"
    times: int | None = None
    probability: float = 1.0
    after: int = 0
    at: int | None = None
    status: int = 503
    code: str = "AccessDenied"
    seconds: float = 0.0
    signed_with: str = "*"
    used: int = 0

    def fits(self, method: str, target: str, key: str = "") -> bool:
        """Is it a request that this rule is about, and is the rule not used up?"""
        if self.times is not None and self.used >= self.times:
            return False
        decoded = unquote(target)
        paths = (decoded, decoded.partition("?")[0])
        is_it = fnmatchcase(method, self.method) and fnmatchcase(key, self.signed_with)
        return is_it and any(fnmatchcase(path, self.path) for path in paths)


def choose(rules: Iterable[Rule], method: str, target: str, chance: Random, key: str = "") -> Rule | None:
    """The rule for this request, if one fits and its dice say so; it counts as used."""
    rule = next((rule for rule in rules if rule.fits(method, target, key)), None)
    if rule is None or chance.random() >= rule.probability:
        return None
    rule.used += 1
    return rule
