"""`doctor`: self-check."""

from __future__ import annotations

import argparse
import os
import sys

from launcher.cli.context import Context
from launcher.desk.checks.check import Check
from launcher.desk.doctor import examine
from launcher.errors import NotDone

HELP = "look whether everything is as it should be"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(context: Context) -> None:
    """Check, and tell each finding with what to do."""
    checks = []
    for check in examine(context.desk):
        checks.append(check)
        if not context.as_json:
            told = f"{check.message.rstrip('.')}. {check.hint}" if check.hint else check.message
            context.line(f"{_sign(check)} {check.name}: {told}")
    well = all(check.ok for check in checks)
    if not well:
        context.codes.append(NotDone.exit_code)
    if context.as_json:
        context.document({"checks": [check.to_json() for check in checks], "ok": well})
    if any(check.is_slow for check in checks):
        sys.stdout.flush()
        os._exit(context.exit_code())  # Python would wait for the threads that wait for an answer


def _sign(check: Check) -> str:
    if not check.ok:
        return "NO "
    return "?  " if check.severity == "warning" else "ok "
