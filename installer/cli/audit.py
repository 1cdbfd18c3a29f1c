"""`audit`: is there a published weakness in what is locked? A snapshot on the disk says it; nobody is asked."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from installer.cli.context import Context
from installer.image.plan import RESOURCES
from installer.outputs import write_output
from installer.supply.advisories import Snapshot, load_snapshot
from installer.supply.audit import OLDEST, Finding, findings, is_too_old
from installer.supply.bill import Package, locks, packages_in
from launcher import errors

HELP = "published weaknesses of everything that is locked, by a snapshot of advisories"
#: Where a release carries the part of a snapshot that is about its own packages.
SHIPPED = RESOURCES / "advisories.json"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Which snapshot, and what is known already."""
    del common
    parser.add_argument("--advisories", type=Path, metavar="FILE|DIR", help="osv.dev's PyPI/all.zip, or a folder of it")
    parser.add_argument("--keep", type=Path, metavar="FILE.json", help="keep what it says about our packages")
    parser.add_argument("--accept", nargs="+", default=[], metavar="ID", help="known and accepted; told all the same")


def run(context: Context) -> None:
    """Look at every lock."""
    held = {name: packages_in(path.read_text(encoding="utf-8")) for name, path in locks().items()}
    snapshot = load_snapshot(_source(context), {canonicalize_name(one.name) for rows in held.values() for one in rows})
    if context.arguments.keep and not context.dry_run:
        write_output(context.arguments.keep, snapshot.to_json())
    found = findings(held, snapshot, context.arguments.accept)
    _tell(context, held, snapshot, found)


def _source(context: Context) -> Path:
    given: Path | None = context.arguments.advisories
    if given is None and not SHIPPED.is_file():
        raise errors.BadUsage(
            title="No advisories came with this launcher",
            hint="Name a snapshot with --advisories: PyPI/all.zip of osv.dev's data exports.",
        )
    return given or SHIPPED


def _tell(context: Context, held: dict[str, list[Package]], snapshot: Snapshot, found: list[Finding]) -> None:
    count = sum(len(rows) for rows in held.values())
    context.say(f"{count} locked packages, {snapshot.read} advisories, the newest of {snapshot.newest:%Y-%m-%d}.")
    if snapshot.unread:
        context.say(f"{snapshot.unread} of its files are no advisories and were left out.")
    for one in found:
        _finding(context, one)
    old = is_too_old(snapshot, datetime.now(UTC))
    if old:
        words = f"its newest entry is of {snapshot.newest:%Y-%m-%d}"
        hint = f"Take a new one: what was published in the last {OLDEST.days} days is missing."
        context.problem(errors.NotDone(words, title="This snapshot is too old", hint=hint))
    if context.as_json:
        about = {"read": snapshot.read, "unread": snapshot.unread, "newest": f"{snapshot.newest:%Y-%m-%dT%H:%M:%SZ}"}
        ok = not old and all(one.accepted for one in found)
        rows = [asdict(one) for one in found]
        context.document({"packages": count, "advisories": {**about, "too_old": old}, "findings": rows, "ok": ok})


def _finding(context: Context, one: Finding) -> None:
    names = " ".join([one.id, *one.aliases[:1]])
    words = f"{one.package} {one.version} ({one.lock}): {names} {one.summary}".rstrip()
    if one.accepted:
        context.say(f"accepted: {words}")
        return
    mended = f"It is said to be mended in {', '.join(one.fixed)}." if one.fixed else "No version without it is known."
    context.problem(errors.NotDone(words, title="A locked package has a published weakness", hint=mended))
