"""A fleet that stands still is started; what kept it from running the last time is told first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from installer.cloud import service_errors
from installer.fleet.publishing import fleet_now


def start(appstream: Any, name: str, say: Callable[[str], None]) -> str:
    """Its state afterwards; one that runs, or is on its way, is left alone. Raises `NotFound`."""
    fleet = fleet_now(appstream, name)
    if fleet["State"] != "STOPPED":
        say(f"The fleet is {fleet['State']}.")
        return str(fleet["State"])
    for one in fleet.get("FleetErrors") or ():
        say(f"It stopped before: {one.get('ErrorCode', '')} {one.get('ErrorMessage', '')}".rstrip())
    with service_errors(f"fleet {name}"):
        appstream.start_fleet(Name=name)
    say("The fleet starts, which takes about ten minutes; the same command tells what has become of it.")
    return "STARTING"
