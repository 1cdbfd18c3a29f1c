"""`site`: the buckets that every launcher of the site offers."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from installer.cli.context import Context
from installer.offers import edit
from installer.offers.catalogue import admin_store, read, write
from installer.offers.checking import checks
from launcher import errors
from launcher.config.site import Bucket, parse_catalogue
from launcher.config.wrong_entry import wrong_entries
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

HELP = "the buckets that every launcher of the site offers"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """What to do, and with which bucket."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the buckets of the catalogue in S3", parents=[common])
    add = actions.add_parser("add", help="offer a bucket", parents=[common])
    add.add_argument("name", metavar="NAME")
    add.add_argument("uri", metavar="URI")
    add.add_argument("--access", default="read-only", choices=("read-only", "writable"))
    add.add_argument("--mount", default="", metavar="PATH", help="where images mount it")
    remove = actions.add_parser("remove", help="offer it no longer; the bucket itself stays", parents=[common])
    remove.add_argument("name", metavar="NAME|URI")
    actions.add_parser("check", help="look at the site file, the catalogue and every bucket", parents=[common])


def run(context: Context) -> None:
    """Do it."""
    with admin_store(context.loaded.site.s3, context.arguments.profile, context.arguments.region) as store:
        if context.arguments.action == "check":
            _check(context, store)
        else:
            _catalogue(context, store)


def _catalogue(context: Context, store: Store) -> None:
    """List it, after it was changed where that was asked for."""
    where = _where(context)
    kept = read(store, where)
    text = _changed(context, kept.text or edit.EMPTY)
    changed = context.arguments.action != "list" and text != kept.text
    if changed and not context.dry_run:
        write(store, where, text, kept)
        context.say("Done. Running launchers see it within 60 s.")
    elif changed:
        context.say("Would be written:")
    elif context.arguments.action != "list":
        context.say("Nothing to change.")
    buckets = parse_catalogue(text, str(where)).buckets
    if context.as_json:
        rows = [bucket.model_dump() for bucket in buckets]
        context.document({"uri": str(where), "buckets": rows, "changed": changed and not context.dry_run})
        return
    if not buckets:
        context.say("The catalogue in S3 offers nothing yet.")
    for bucket in buckets:
        context.line(f"{bucket.name:30} {bucket.access:10} {bucket.uri} {bucket.mount}".rstrip())


def _where(context: Context) -> S3Uri:
    uri = context.loaded.site.catalogue.uri
    if not uri:
        raise errors.BadUsage(
            title="The site has no catalogue in S3",
            hint='Nothing was changed. Write [catalogue] uri = "s3://bucket/site.toml" into the site file.',
        )
    return S3Uri.parse(uri)


def _changed(context: Context, text: str) -> str:
    given = context.arguments
    if given.action == "add":
        return edit.with_bucket(text, _bucket({key: getattr(given, key) for key in ("name", "uri", "access", "mount")}))
    if given.action == "remove":
        return edit.without_bucket(text, given.name)[0]
    return text


def _bucket(values: dict[str, Any]) -> Bucket:
    try:
        return Bucket.model_validate(values)
    except ValidationError as exc:
        words = "; ".join(problem.text for problem in wrong_entries(exc, Bucket, {}))
        raise errors.BadUsage(words, title="This bucket cannot be offered", hint="Nothing was changed.") from exc


def _check(context: Context, store: Store) -> None:
    rows = list(checks(context.loaded.site, store))
    for row in rows:
        if not row.ok:
            context.problem(errors.NotDone(f"{row.name}: {row.message}", title="The site is not sound", hint=row.hint))
        elif not context.as_json:
            context.line(f"ok  {row.name}: {row.message}")
    if context.as_json:
        context.document({"checks": [asdict(row) for row in rows], "ok": all(row.ok for row in rows)})
