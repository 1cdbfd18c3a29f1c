"""A fleet that stands still is started; what kept it from running the last time is told first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from installer.cloud import service_errors
from installer.fleet.publishing import fleet_now

#: What to do about what keeps a fleet from starting, by the service's own code (API, FleetErrorCode).
NEXT = {
    "MACHINE_ROLE_IS_MISSING": "Deploy again: it makes the role anew.",
    "IMAGE_NOT_FOUND": "Compare [fleet] image with `pose-admin preflight`.",
    "SUBNET_HAS_INSUFFICIENT_IP_ADDRESSES": "Name a larger subnet in [fleet] subnets, or a smaller [fleet] maximum.",
    "IGW_NOT_ATTACHED": "Attach an internet gateway to the VPC, or give the subnet a way through a NAT gateway.",
    "NETWORK_INTERFACE_LIMIT_EXCEEDED": "Ask EC2 for more network interfaces in this region, by Service Quotas.",
    "STS_DISABLED_IN_REGION": "Switch STS on for this region: IAM, account settings.",
    "FLEET_INSTANCE_PROVISIONING_FAILURE": "Start it again; if it stays, go back an image: `pose-admin rollback`.",
    "VALIDATION_ERROR": "Compare [fleet] of the site file with what the message names, and deploy again.",
}


def told(error: Mapping[str, str]) -> str:
    """One of a fleet's errors, with what to do about it."""
    code = error.get("ErrorCode", "")
    words = f"{code}: {error.get('ErrorMessage', '').strip().rstrip('.')}. "
    return words + NEXT.get(code, "See the events of the fleet in the service's own pages.")


def start(appstream: Any, name: str, say: Callable[[str], None]) -> str:
    """Its state afterwards; one that runs, or is on its way, is left alone. Raises `NotFound`."""
    fleet = fleet_now(appstream, name)
    if fleet["State"] != "STOPPED":
        say(f"The fleet is {fleet['State']}.")
        return str(fleet["State"])
    for one in fleet.get("FleetErrors") or ():
        say(f"It stopped before: {told(one)}")
    with service_errors(f"fleet {name}"):
        appstream.start_fleet(Name=name)
    say("The fleet starts, which takes about ten minutes; the same command tells what has become of it.")
    return "STARTING"
