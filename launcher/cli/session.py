"""`session`: who, stack, fleet, image, home prefix, time left."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context

HELP = "who is here, where, and for how long"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(context: Context) -> None:
    """Say what is known."""
    facts = context.desk.session()
    if context.as_json:
        context.document(facts)
        return
    for name, value in facts.items():
        if name != "limits":
            context.line(f"{name:14} {value or 'not known'}")
    for limit in facts["limits"]:
        context.line(f"{limit['name']:14} ends {limit['ends']}, in {limit['seconds_left'] // 60} minutes")
