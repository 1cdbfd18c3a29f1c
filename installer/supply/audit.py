"""Which locked packages have a published weakness: pure, by OSV's own rule for ranges and PEP 440's for versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from installer.supply.advisories import ECOSYSTEM, Affected, Range, Snapshot
from installer.supply.bill import Package

#: A snapshot that is older says nothing about today.
OLDEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness of one locked package, and the versions that are said to be without it."""

    lock: str
    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    summary: str
    fixed: tuple[str, ...]
    accepted: bool


def findings(locks: Mapping[str, Sequence[Package]], snapshot: Snapshot, accepted: Collection[str]) -> list[Finding]:
    """Every weakness of everything that is locked; an accepted one is told all the same."""
    found = [one for lock, packages in sorted(locks.items()) for one in _of_lock(lock, packages, snapshot, accepted)]
    return list(dict.fromkeys(found))


def _of_lock(
    lock: str, packages: Sequence[Package], snapshot: Snapshot, accepted: Collection[str]
) -> Iterator[Finding]:
    locked = {(canonicalize_name(one.name), one.version) for one in packages}
    for advisory in snapshot.advisories:
        for name, version in sorted(locked):
            hit = [one for one in advisory.affected if _is_about(one, name) and is_affected(version, one)]
            if hit and advisory.withdrawn is None:
                known = {advisory.id, *advisory.aliases}
                fixed = tuple(sorted({event["fixed"] for one in hit for event in _events(one) if "fixed" in event}))
                is_accepted = bool(known & set(accepted))
                yield Finding(
                    lock, name, version, advisory.id, advisory.aliases, advisory.summary[:200], fixed, is_accepted
                )


def _is_about(one: Affected, name: str) -> bool:
    return one.package.ecosystem == ECOSYSTEM and canonicalize_name(one.package.name) == name


def _events(one: Affected) -> Iterator[dict[str, str]]:
    for part in _ranges(one):
        yield from part.events


def _ranges(one: Affected) -> Iterator[Range]:
    """Those of versions; commits of a repository say nothing about a wheel."""
    return (part for part in one.ranges if part.type == "ECOSYSTEM")


def is_affected(version: str, one: Affected) -> bool:
    """Named, or within a range that has begun and not ended. A version that is none counts as affected."""
    try:
        ours = Version(version)
    except InvalidVersion:
        return True
    return any(_same(ours, named) for named in one.versions) or any(_in(ours, part) for part in _ranges(one))


def _same(ours: Version, named: str) -> bool:
    return ours == _version(named)


def _in(ours: Version, part: Range) -> bool:
    """OSV's rule: go through the events in the order of versions, up to ours."""
    is_in = False
    for event in sorted(part.events, key=lambda event: (_of_event(event), _turn(event))):
        at = _of_event(event)
        if "introduced" in event and ours >= at:
            is_in = True
        elif ("fixed" in event and ours >= at) or ("last_affected" in event and ours > at):
            is_in = False
    return is_in


def _turn(event: Mapping[str, str]) -> int:
    """At one version: what begins where another range ended begins, and a last version is still in."""
    return next((number for number, name in enumerate(("fixed", "introduced")) if name in event), 2)


def _of_event(event: Mapping[str, str]) -> Version:
    return _version(next(iter(event.values()), "0"))


def _version(text: str) -> Version:
    """What is no version by PEP 440 sorts first: better one finding too many."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0.dev0")


def is_too_old(snapshot: Snapshot, now: datetime) -> bool:
    """Was its youngest entry written long ago?"""
    return now - snapshot.newest > OLDEST
