"""The difference between who should be in and who is: pure, and the same question again after an interruption."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from installer.people.rows import Person
from launcher import errors

#: More removals at once than either need a word more: a wrong file must not empty the pool.
MANY, MANY_PARTS = 50, 0.25


@dataclass(frozen=True, slots=True, order=True)
class Membership:
    """That a person may enter a stack."""

    email: str
    stack: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Who is registered now, and who may enter what."""

    emails: frozenset[str] = frozenset()
    memberships: frozenset[Membership] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done, in the order in which it is done."""

    add: tuple[Person, ...] = ()
    join: tuple[Membership, ...] = ()
    leave: tuple[Membership, ...] = ()
    remove: tuple[str, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.add or self.join or self.leave or self.remove)


@dataclass(slots=True)
class _Found:
    add: dict[str, Person] = field(default_factory=dict)
    join: set[Membership] = field(default_factory=set)
    wanted: set[Membership] = field(default_factory=set)


def additions(people: Iterable[Person], pool: Pool) -> Difference:
    """What is missing of these people."""
    found = _Found()
    for person in people:
        membership = Membership(person.email, person.stack)
        found.wanted.add(membership)
        if person.email not in pool.emails:
            found.add.setdefault(person.email, person)
        if membership not in pool.memberships:
            found.join.add(membership)
    same = len({one.email for one in found.wanted} - found.add.keys() - {one.email for one in found.join})
    return Difference(tuple(found.add.values()), tuple(sorted(found.join)), unchanged=same)


def removals(emails: Collection[str], pool: Pool) -> Difference:
    """Everything that ends when these people go."""
    gone = sorted(set(emails) & pool.emails)
    leave = sorted(one for one in pool.memberships if one.email in emails)
    return Difference(leave=tuple(leave), remove=tuple(gone))


def synchronised(people: Collection[Person], pool: Pool, *, remove: bool) -> Difference:
    """From the pool as it is to the people of a file; nobody is removed unless asked for."""
    missing = additions(people, pool)
    if not remove:
        return missing
    named = {person.email for person in people}
    wanted = {Membership(person.email, person.stack) for person in people}
    gone = pool.emails - named
    leave = {one for one in pool.memberships if one.email in gone or (one.email in named and one not in wanted)}
    return Difference(missing.add, missing.join, tuple(sorted(leave)), tuple(sorted(gone)), missing.unchanged)


def refuse_many(difference: Difference, pool: Pool) -> None:
    """Stop before a removal that looks like a mistake."""
    count = len(difference.remove)
    if count > MANY or count > MANY_PARTS * len(pool.emails):
        raise errors.BadUsage(
            f"{count} of {len(pool.emails)} people would be removed",
            title="This would remove many people at once",
            hint="Nothing was changed. If that is meant, run it again with --yes.",
        )
