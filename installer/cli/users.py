"""`users`: who may use the stream, by e-mail."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

from installer.cli.context import Context
from installer.given import read_given
from installer.people.plan import Difference, additions, refuse_many, removals, synchronised
from installer.people.registering import Report, UserPool, carry_out
from installer.people.rows import FILE_BYTES, Person, Rows, WrongRow, read_rows, with_stack, wrong_person
from launcher import errors

HELP = "who may use the stream, by e-mail"
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """What to do, and with whom."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="who is registered", parents=[common])
    add = actions.add_parser("add", help="register people", parents=[common])
    add.add_argument("emails", nargs="+", metavar="EMAIL")
    add.add_argument("--first", default="", help="first name (of one person)")
    add.add_argument("--last", default="", help="last name (of one person)")
    remove = actions.add_parser("remove", help="take people out; no bucket is touched", parents=[common])
    remove.add_argument("emails", nargs="+", metavar="EMAIL")
    sync = actions.add_parser("sync", help="make the pool what a CSV file says", parents=[common])
    sync.add_argument("file", type=Path, metavar="FILE.csv")
    sync.add_argument("--remove", action="store_true", help="remove people who are not in the file")
    sync.add_argument("--yes", action="store_true", help="even if that is many of them")
    sync.add_argument("--skip-wrong", action="store_true", help="leave wrong rows out instead of stopping")
    for one in (add, sync):
        one.add_argument("--stack", default="", help="instead of [fleet] stack of the site file")
        one.add_argument("--no-mail", action="store_true", help="no invitation by mail")


def run(context: Context) -> None:
    """Do it."""
    _ACTIONS[context.arguments.action](context, UserPool(context.cloud.client("appstream")))


def _list(context: Context, pool: UserPool) -> None:
    look = pool.look()
    stacks: dict[str, list[str]] = {}
    for one in sorted(look.memberships):
        stacks.setdefault(one.email, []).append(one.stack)
    rows = [_user(user, stacks.get(user["UserName"], [])) for user in pool.users()]
    if context.as_json:
        context.document({"users": rows})
        return
    if not rows:
        context.say("Nobody is registered yet.")
    for row in rows:
        context.line(f"{row['email']:40} {row['status'] or '':22} {' '.join(row['stacks'])}".rstrip())


def _user(user: dict[str, Any], stacks: Sequence[str]) -> dict[str, Any]:
    created = user.get("CreatedTime")
    return {
        "email": user["UserName"],
        "first": user.get("FirstName", ""),
        "last": user.get("LastName", ""),
        "enabled": bool(user.get("Enabled")),
        "status": user.get("Status", ""),
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if created else None,
        "stacks": list(stacks),
    }


def _add(context: Context, pool: UserPool) -> None:
    given = context.arguments
    if (given.first or given.last) and len(given.emails) > 1:
        raise errors.BadUsage(title="--first and --last name one person", hint="Use `users sync` for several.")
    people = [Person(email, given.first, given.last) for email in dict.fromkeys(given.emails)]
    rows = Rows(tuple(people), tuple(wrong for person in people for wrong in wrong_person(person)))
    if _refused(context, rows, skip=False):
        return
    named = with_stack(people, given.stack or _site_stack(context))
    look = pool.look({person.stack for person in named})
    _carry_out(context, pool, additions(named, look), ())


def _remove(context: Context, pool: UserPool) -> None:
    emails = list(dict.fromkeys(context.arguments.emails))
    look = pool.look()
    unknown = [email for email in emails if email not in look.emails]
    for email in unknown:
        context.problem(
            errors.NotFound(email, title="Nobody is registered under this address", hint=_similar(email, look.emails))
        )
    _carry_out(context, pool, removals(emails, look), ())


def _similar(email: str, known: frozenset[str]) -> str:
    meant = next((one for one in known if one.lower() == email.lower()), "")
    return f"Letter case counts: did you mean {meant}?" if meant else "See `pose-admin users list`."


def _sync(context: Context, pool: UserPool) -> None:
    given = context.arguments
    rows = read_rows(read_given(given.file, FILE_BYTES))
    if rows.wrong and given.remove and given.skip_wrong:
        raise errors.BadUsage(
            title="Nobody is removed while rows are wrong",
            hint="Nothing was changed. Correct them, or leave --remove out: a wrong row would remove its person.",
        )
    if _refused(context, rows, skip=given.skip_wrong):
        return
    people = with_stack(rows.people, given.stack or _site_stack(context))
    look = pool.look(None if given.remove else {person.stack for person in people})
    difference = synchronised(people, look, remove=given.remove)
    if not given.yes:
        refuse_many(difference, look)
    _carry_out(context, pool, difference, rows.wrong)


def _site_stack(context: Context) -> str:
    return context.loaded.site.fleet.stack


def _refused(context: Context, rows: Rows, *, skip: bool) -> bool:
    """Tell wrong rows; nothing is changed while there are any, unless they shall be left out."""
    if not rows.wrong:
        return False
    for wrong in rows.wrong:
        where = f"line {wrong.line}: " if wrong.line else ""
        value = f' "{wrong.value}"' if wrong.value else ""
        context.say(f"{where}{wrong.column}{value} {wrong.message}".replace("  ", " "))
    if skip:
        context.codes.append(errors.NotDone.exit_code)
        return False
    is_file = context.arguments.action == "sync"
    hint = "Nothing was changed. Correct them" + (", or leave them out with --skip-wrong." if is_file else ".")
    title = "Some rows cannot be taken" if is_file else "This cannot be taken"
    context.problem(errors.BadUsage(f"{len(rows.wrong)} wrong", title=title, hint=hint))
    if context.as_json:
        context.document(_document(Difference(), rows.wrong, Report(), dry_run=context.dry_run))
    return True


def _carry_out(context: Context, pool: UserPool, difference: Difference, wrong: Sequence[WrongRow]) -> None:
    """The difference first, then the deed."""
    _tell(context, difference)
    report = Report()
    if not context.dry_run:
        report = carry_out(difference, pool, mail=not getattr(context.arguments, "no_mail", True), say=context.say)
    for one in report.failed:
        context.problem(
            errors.NotDone(
                f"{one.what} {one.email} {one.stack}".strip(), title=one.message, hint=one.next, detail=one.code
            )
        )
    if context.as_json:
        context.document(_document(difference, wrong, report, dry_run=context.dry_run))


def _tell(context: Context, difference: Difference) -> None:
    words = {
        "to register": [one.email for one in difference.add],
        "to let in": [f"{one.email} ({one.stack})" for one in difference.join],
        "to take out": [f"{one.email} ({one.stack})" for one in difference.leave],
        "to remove": list(difference.remove),
    }
    for what, names in words.items():
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            context.say(f"{len(names)} {what}: {', '.join(names[:SHOWN])}{more}")
    context.say(f"{difference.unchanged} as they should be." if difference else "Nothing to do.")


def _document(difference: Difference, wrong: Sequence[WrongRow], report: Report, *, dry_run: bool) -> dict[str, Any]:
    return {
        "add": [asdict(one) for one in difference.add],
        "join": [asdict(one) for one in difference.join],
        "leave": [asdict(one) for one in difference.leave],
        "remove": list(difference.remove),
        "unchanged": difference.unchanged,
        "wrong": [asdict(one) for one in wrong],
        "done": [{"email": one.email, "what": one.what, "stack": one.stack} for one in report.done],
        "failed": [asdict(one) for one in report.failed],
        "dry_run": dry_run,
    }


_ACTIONS = {"list": _list, "add": _add, "remove": _remove, "sync": _sync}
