"""What the service of a rehearsal knows: one account in one region, and a clock that can be moved on."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from installer.rehearsal.mishaps import Mishaps

ACCOUNT, REGION = "123456789012", "us-west-2"
Record = dict[str, Any]
Operation = Callable[["World", Record], Record]
#: By the API's name; filled by the modules beside this one.
OPERATIONS: dict[str, Operation] = {}
#: The account's quotas as AWS gives them to a new account: no graphics instance at all.
QUOTAS = {"users": 50, "stacks": 10, "fleets": 10, "images": 10, "builders": 10}


class Refusal(Exception):
    """What the service says no with: the API's code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def operation(call: Operation) -> Operation:
    """Enter a function as the API operation of its name: `create_user` answers `CreateUser`."""
    OPERATIONS["".join(part.capitalize() for part in call.__name__.split("_")).replace("Url", "URL")] = call
    return call


class Clock:
    """The time of a rehearsal: real, and moved on at will."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time that the service sees."""
        return datetime.now(UTC) + self._ahead

    def pass_time(self, **duration: float) -> None:
        """Let time pass, as in `pass_time(minutes=5)`."""
        self._ahead += timedelta(**duration)


@dataclass
class World:
    """One account in one region."""

    clock: Clock = field(default_factory=Clock)
    mishaps: Mishaps = field(default_factory=Mishaps)
    region: str = REGION
    account: str = ACCOUNT
    quotas: dict[str, int] = field(default_factory=lambda: defaultdict(int, QUOTAS))
    users: dict[str, Record] = field(default_factory=dict)
    memberships: set[tuple[str, str]] = field(default_factory=set)
    stacks: dict[str, Record] = field(default_factory=dict)
    fleets: dict[str, Record] = field(default_factory=dict)
    associations: set[tuple[str, str]] = field(default_factory=set)
    images: dict[str, Record] = field(default_factory=dict)
    builders: dict[str, Record] = field(default_factory=dict)
    sessions: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    report_bucket: str = ""
    calls: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    turns: dict[int, list[tuple[datetime, Callable[[], None]]]] = field(default_factory=dict)

    def arn(self, kind: str, name: str) -> str:
        """The name of a resource of this account."""
        return f"arn:aws:appstream:{self.region}:{self.account}:{kind}/{name}"

    def later(self, record: Record, seconds: float, turn: Callable[[], None]) -> None:
        """Let a record change by itself in so many seconds; a newer plan replaces older ones."""
        self.turns[id(record)] = [(self.clock.now() + timedelta(seconds=seconds), turn)]

    def settle(self) -> None:
        """Carry out every change whose time has come."""
        now = self.clock.now()
        while due := [key for key, plans in self.turns.items() if plans[0][0] <= now]:
            for key in due:
                self.turns.pop(key)[0][1]()

    def call(self, name: str, parameters: Mapping[str, Any]) -> Record:
        """One request, after it was judged well-formed. Raises `Refusal`."""
        with self.lock:
            self.settle()
            self.calls.append(name)
            if name not in OPERATIONS:
                raise Refusal("OperationNotPermittedException", f"{name} is not part of the rehearsal")
            return OPERATIONS[name](self, dict(parameters))


def page(rows: list[Record], parameters: Mapping[str, Any], key: str, size: int) -> Record:
    """One page of a list; the token is the place to go on."""
    token = parameters.get("NextToken") or "0"
    if not token.isdecimal():
        raise Refusal("InvalidParameterCombinationException", "Invalid NextToken")
    start = int(token)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


def found(records: Mapping[str, Record], name: str, what: str) -> Record:
    """The record of this name. Raises `Refusal`."""
    if name not in records:
        raise Refusal("ResourceNotFoundException", f"{what} {name} does not exist.")
    return records[name]


def chosen(records: Mapping[str, Record], names: list[str] | None, what: str) -> list[Record]:
    """All, or those that were named; one that does not exist refuses the whole call."""
    return [found(records, name, what) for name in names] if names else list(records.values())


def shown(record: Record) -> Record:
    """A record without what only the rehearsal knows."""
    return {key: value for key, value in record.items() if not key.startswith("_")}
