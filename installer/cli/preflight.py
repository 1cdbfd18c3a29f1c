"""`preflight`: what would keep the fleet from starting."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from installer.cli.context import Context
from installer.findings import Check
from installer.fleet.preflight import checks
from installer.fleet.template import refuse_unsaid
from launcher import errors

HELP = "what would keep the fleet from starting, with the exact request to file"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """None of its own."""
    del parser, common


def run(context: Context) -> None:
    """Look at everything."""
    rows = look(context)
    if context.as_json:
        context.document({"checks": [asdict(row) for row in rows], "ok": all(row.ok for row in rows)})


def look(context: Context) -> list[Check]:
    """Every finding, told to a person as it is found."""
    refuse_unsaid(context.loaded.site)
    rows = []
    for row in checks(context.loaded.site, context.cloud):
        rows.append(row)
        if row.ok:
            context.say(f"ok  {row.name}: {row.message}")
        else:
            context.problem(errors.NotDone(f"{row.name}: {row.message}", title="Not ready", hint=row.hint))
    return rows
