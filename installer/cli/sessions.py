"""`sessions`: who is on now."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from installer.cli.context import Context
from installer.cloud import service_errors
from launcher import errors

HELP = "who is on now"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """None of its own."""
    del parser, common


def run(context: Context) -> None:
    """Ask the service."""
    fleet = context.loaded.site.fleet
    if not fleet.name or not fleet.stack:
        raise errors.BadUsage(title="The site file names no fleet and stack", hint="Write them into [fleet].")
    appstream = context.cloud.client("appstream")
    with service_errors(f"fleet {fleet.name}"):
        pages = appstream.get_paginator("describe_sessions").paginate(StackName=fleet.stack, FleetName=fleet.name)
        rows = [_row(one) for page in pages for one in page["Sessions"]]
    if context.as_json:
        context.document({"sessions": rows})
        return
    if not rows:
        context.say("Nobody is on now.")
    for row in rows:
        context.line(
            f"{row['user']:40} {row['state']:8} {'connected' if row['connected'] else 'away':10} until {row['ends']}"
        )


def _row(session: dict[str, Any]) -> dict[str, Any]:
    return {
        "user": session["UserId"],
        "session_id": session["Id"],
        "stack": session["StackName"],
        "fleet": session["FleetName"],
        "state": session["State"],
        "connected": session.get("ConnectionState") == "CONNECTED",
        "started": _moment(session.get("StartTime")),
        "ends": _moment(session.get("MaxExpirationTime")),
    }


def _moment(time: datetime | None) -> str | None:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None
