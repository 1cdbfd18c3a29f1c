"""`usage`: hours and cost of a month, by the service's own reports."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from installer.cli.context import Context
from installer.cloud import service_errors
from installer.image.plan import RESOURCES
from installer.outputs import write_output
from installer.usage.page import Month, page
from installer.usage.reports import read_month
from installer.usage.summary import PersonHours, load_prices, per_person, total, without_price
from launcher import errors

HELP = "hours and cost of a month, by the service's own reports"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Which month, at which prices, where to."""
    del common
    parser.add_argument("--month", metavar="YYYY-MM", default=datetime.now(UTC).strftime("%Y-%m"))
    parser.add_argument("--system", choices=("windows", "linux"), default="linux", help="of the image, for the price")
    parser.add_argument("--prices", type=Path, metavar="FILE", default=RESOURCES / "prices.toml")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page there")


def run(context: Context) -> None:
    """Read the reports and add them up."""
    given = context.arguments
    if not re.fullmatch("20[0-9]{2}-(0[1-9]|1[0-2])", given.month):
        raise errors.BadUsage(given.month, title="This is no month", hint="Write it as 2026-11.")
    prices = load_prices(given.prices, given.system)
    sessions, unread = read_month(context.cloud.client("s3"), _bucket(context), given.month)
    people = per_person(sessions, prices)
    missing = without_price(sessions, prices)
    for kind in missing:
        context.say(f"No price is known for {kind}; name a table with --prices.")
    for one in unread:
        context.problem(
            errors.NotDone(f"{one.report} {one.message}", title="A report cannot be read whole", hint="The rest was.")
        )
    if given.html and not context.dry_run:
        title = context.loaded.site.title or "Use of the fleet"
        told = Month(title, given.month, people, list(prices.values()), len(unread), missing)
        write_output(given.html, page(told))
        context.say(f"Written: {given.html}")
    if context.as_json:
        rows = [asdict(one) for one in people]
        context.document(
            {"month": given.month, "people": rows, "prices": [one.model_dump() for one in prices.values()]}
        )
        return
    _table(context, people)


def _table(context: Context, people: list[PersonHours]) -> None:
    """One line for each person, and all together."""
    if not people:
        context.say("Nobody was on in this month.")
        return
    for one in [*people, total(people)] if len(people) > 1 else people:
        cost = "cost not known" if one.usd is None else f"{one.usd:.2f} USD"
        context.line(f"{one.user:40} {one.sessions:4} sessions {one.hours:8.2f} h {one.gpu_hours:8.2f} GPU h  {cost}")


def _bucket(context: Context) -> str:
    with service_errors("usage reports"):
        found = context.cloud.client("appstream").describe_usage_report_subscriptions()["UsageReportSubscriptions"]
    if not found:
        raise errors.NotFound(
            title="The account has no usage reports",
            hint="`pose-admin deploy` asks for them; the first comes within a day.",
        )
    return str(found[0]["S3BucketName"])
