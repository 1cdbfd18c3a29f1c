"""Carry a difference out: people one by one, memberships 25 at a time; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from installer.cloud import service_errors
from installer.people.plan import Difference, Membership, Pool
from installer.people.rows import Person
from launcher import errors

USER_POOL = "USERPOOL"
BATCH, ATTEMPTS = 25, 3
Thing = TypeVar("Thing", Person, str)
#: The service's words for one membership of a batch that it did not take.
_NEXT = {
    "STACK_NOT_FOUND": "There is no such stack in this region: see `pose-admin preflight`.",
    "USER_NAME_NOT_FOUND": "Run the same command again; it registers them first. Letter case counts.",
    "DIRECTORY_NOT_FOUND": "The user pool is made with the first person: run the same command again.",
    "INTERNAL_ERROR": "The service failed; run the same command again.",
}
#: After these, nobody else would succeed either.
_ENDS_ALL = ("LimitExceededException",)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step for one person."""

    email: str
    what: str
    stack: str = ""
    code: str = ""
    message: str = ""
    next: str = ""


@dataclass(slots=True)
class Report:
    """What was done and what was not."""

    done: list[Outcome] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UserPool:
    """The service's list of people who sign in by e-mail."""

    client: Any

    def users(self) -> Iterator[dict[str, Any]]:
        """Everybody, page by page."""
        yield from _pages(self.client.describe_users, "Users", AuthenticationType=USER_POOL)

    def memberships(self, **of: str) -> Iterator[Membership]:
        """Who may enter a stack (`StackName`), or what a person may enter (`UserName`)."""
        pages = _pages(
            self.client.describe_user_stack_associations, "UserStackAssociations", AuthenticationType=USER_POOL, **of
        )
        yield from (Membership(row["UserName"], row["StackName"]) for row in pages)

    def stacks(self) -> list[str]:
        """Every stack of the region."""
        return [row["Name"] for row in _pages(self.client.describe_stacks, "Stacks")]

    def look(self, stacks: Iterable[str] | None = None) -> Pool:
        """Everybody, with what they may enter of these stacks, or of all."""
        with service_errors("the user pool"):
            emails = frozenset(user["UserName"] for user in self.users())
            wanted = set(self.stacks() if stacks is None else stacks)
            members = frozenset(one for stack in wanted for one in self.memberships(StackName=stack))
        return Pool(emails, members)


def _pages(call: Callable[..., Any], key: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = call(**arguments, **token)
        yield from page.get(key, ())
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def carry_out(difference: Difference, pool: UserPool, *, mail: bool, say: Callable[[str], None]) -> Report:
    """Register, let in, take out, remove; the order leaves nobody half-made that the next run would not see."""
    report = Report()
    client = pool.client
    _each(report, "add", difference.add, lambda person: _create(client, person, mail=mail), say)
    known = {one.email for one in report.failed}
    joining = [one for one in difference.join if one.email not in known]
    _batches(report, "join", joining, client.batch_associate_user_stack, say, mail=mail)
    _batches(report, "leave", difference.leave, client.batch_disassociate_user_stack, say, mail=False)
    staying = {one.email for one in report.failed if one.what == "leave"}
    _each(
        report,
        "remove",
        [one for one in difference.remove if one not in staying],
        lambda email: _delete(client, email),
        say,
    )
    return report


def _create(client: Any, person: Person, *, mail: bool) -> None:
    names = {"FirstName": person.first, "LastName": person.last}
    given = {name: value for name, value in names.items() if value}
    silent = {} if mail else {"MessageAction": "SUPPRESS"}
    client.create_user(UserName=person.email, AuthenticationType=USER_POOL, **given, **silent)


def _delete(client: Any, email: str) -> None:
    client.delete_user(UserName=email, AuthenticationType=USER_POOL)


def _each(
    report: Report, what: str, things: Sequence[Thing], act: Callable[[Thing], None], say: Callable[[str], None]
) -> None:
    """One call for each; what somebody else did meanwhile counts as done."""
    ended: errors.LauncherError | None = None
    for thing in things:
        email = thing.email if isinstance(thing, Person) else thing
        problem = ended or _tried(act, thing, email)
        if problem is None:
            report.done.append(Outcome(email, what))
            say(f"{what}: {email}")
        else:
            report.failed.append(_failed(email, what, problem))
            ended = problem if problem.detail in _ENDS_ALL else None


def _tried(act: Callable[[Thing], None], thing: Thing, email: str) -> errors.LauncherError | None:
    try:
        with service_errors(email):
            act(thing)
    except errors.LauncherError as exc:
        if exc.detail in ("ResourceAlreadyExistsException", "ResourceNotFoundException"):
            return None
        if isinstance(exc, errors.Refused | errors.Unreachable):
            raise
        return exc
    return None


def _failed(email: str, what: str, problem: errors.LauncherError) -> Outcome:
    return Outcome(email, what, code=problem.detail, message=problem.title, next=problem.hint)


def _batches(
    report: Report,
    what: str,
    memberships: Sequence[Membership],
    call: Callable[..., Any],
    say: Callable[[str], None],
    *,
    mail: bool,
) -> None:
    """25 at a time; the service reports what it did not take in a list, not as an error."""
    for start in range(0, len(memberships), BATCH):
        batch = memberships[start : start + BATCH]
        failed = _send(call, batch, mail=mail)
        for one in batch:
            if one not in failed:
                report.done.append(Outcome(one.email, what, one.stack))
                continue
            code, message = failed[one]
            advice = _NEXT.get(code) or "Run the same command again."
            report.failed.append(Outcome(one.email, what, one.stack, code, message, advice))
        say(f"{what}: {len(batch)} people, {len(failed)} not taken")


def _send(call: Callable[..., Any], batch: Sequence[Membership], *, mail: bool) -> dict[Membership, tuple[str, str]]:
    """What was not taken of a batch, after its internal errors were tried again."""
    waiting, failed = list(batch), dict[Membership, tuple[str, str]]()
    for _ in range(ATTEMPTS):
        rows = [_row(one, mail=mail) for one in waiting]
        refused = _refused(call, rows)
        failed |= refused
        failed = {one: why for one, why in failed.items() if one in refused or one not in waiting}
        waiting = [one for one, (code, _) in refused.items() if code == "INTERNAL_ERROR"]
        if not waiting:
            break
    return failed


def _refused(call: Callable[..., Any], rows: list[dict[str, Any]]) -> dict[Membership, tuple[str, str]]:
    try:
        with service_errors("the user pool"):
            answer = call(UserStackAssociations=rows)
    except errors.LauncherError as exc:
        if not isinstance(exc.__cause__, ClientError) or isinstance(exc, errors.Refused):
            raise
        return {Membership(row["UserName"], row["StackName"]): (exc.detail, exc.title) for row in rows}
    return dict(_read_error(one) for one in answer.get("errors", ()))


def _read_error(error: dict[str, Any]) -> tuple[Membership, tuple[str, str]]:
    row = error.get("UserStackAssociation", {})
    membership = Membership(row.get("UserName", ""), row.get("StackName", ""))
    return membership, (error.get("ErrorCode", ""), error.get("ErrorMessage", ""))


def _row(membership: Membership, *, mail: bool) -> dict[str, Any]:
    row = {"StackName": membership.stack, "UserName": membership.email, "AuthenticationType": USER_POOL}
    return {**row, "SendEmailNotification": True} if mail else row
