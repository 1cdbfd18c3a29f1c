"""`session`: who, stack, fleet, image, home prefix, time left, and which limit comes first."""

from __future__ import annotations

import argparse
from typing import Any

from launcher.cli.context import Context

HELP = "who is here, where, and for how long"
_OF_ITS_OWN = ("limits", "first", "warning", "idle", "clock", "notices")


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(context: Context) -> None:
    """Say what is known."""
    facts = context.desk.session()
    if context.as_json:
        context.document(facts)
        return
    for name, value in facts.items():
        if name not in _OF_ITS_OWN:
            context.line(f"{name:14} {value or 'not known'}")
    _tell_ends(context, facts)
    for notice in facts["notices"]:
        context.say(notice)


def _tell_ends(context: Context, facts: dict[str, Any]) -> None:
    for limit in facts["limits"]:
        context.line(f"{limit['name']:14} ends {limit['ends']}, in {limit['seconds_left'] // 60} minutes")
    if facts["idle"]:
        context.line(f"{'idle':14} disconnects at {facts['idle']['strikes']} if nobody touches keyboard or mouse")
    if facts["warning"] and facts["warning"]["level"] != "none":
        context.line(facts["warning"]["words"])
