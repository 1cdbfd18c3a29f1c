"""What would keep a fleet from starting, found before it is asked to: quotas, network, image, roles.

A graphics quota of 0 shows nowhere else: the fleet falls back to STOPPED without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from installer.cloud import Cloud, service_errors
from installer.findings import Check
from launcher import errors
from launcher.config.site import FleetSettings, Site

QUOTAS = "appstream2"
#: Made by the service's console on its first use; a fleet made through the API needs them all the same.
SERVICE_ROLES = ("AmazonAppStreamServiceAccess", "ApplicationAutoScalingForAmazonAppStreamAccess")
#: A fleet replaces instances while others still run.
SPARE_ADDRESSES = 2


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota of the account."""

    code: str
    name: str
    value: float


def checks(site: Site, cloud: Cloud) -> Iterator[Check]:
    """Every finding; what cannot be asked is a finding too."""
    fleet = site.fleet
    yield from _asked("quotas", lambda: list(_quotas(fleet, cloud)))
    yield from _asked("network", lambda: list(_network(fleet, cloud)))
    yield from _asked("image", lambda: [_image(fleet, cloud.client("appstream"))])
    yield from _asked("roles", lambda: [_role(name, cloud.client("iam")) for name in SERVICE_ROLES])
    yield _idle(site)


def _asked(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    try:
        with service_errors(name):
            return look()
    except errors.Unreachable:
        raise
    except errors.LauncherError as exc:
        return [Check(name, False, f"{exc.title}", exc.hint)]


def _quotas(fleet: FleetSettings, cloud: Cloud) -> Iterator[Check]:
    pages = cloud.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode=QUOTAS)
    rows = [Quota(row["QuotaCode"], row["QuotaName"], row["Value"]) for page in pages for row in page["Quotas"]]
    for builder, needed in ((False, fleet.maximum), (True, 1)):
        yield quota_check(rows, fleet.instance_type, needed, builder=builder)


def quota_check(rows: list[Quota], instance_type: str, needed: int, *, builder: bool) -> Check:
    """Is there room for so many? The names are texts of the service, so both words are looked for in any order."""
    what = f"{instance_type} {'image builders' if builder else 'fleet instances'}"
    wanted = [row for row in rows if instance_type in row.name and ("builder" in row.name.lower()) == builder]
    if not wanted:
        hint = f"Look for {instance_type} under AWS service quotas, service code {QUOTAS}."
        return Check(f"quota: {what}", False, "the account lists no such quota", hint)
    found = wanted[0]
    if found.value >= needed:
        return Check(f"quota: {what}", True, f"{found.value:g} of which {needed} are needed")
    request = (
        f"aws service-quotas request-service-quota-increase --service-code {QUOTAS} "
        f"--quota-code {found.code} --desired-value {needed}"
    )
    return Check(f"quota: {what}", False, f"{found.value:g}, and {needed} are needed", f"File this request: {request}")


def _network(fleet: FleetSettings, cloud: Cloud) -> Iterator[Check]:
    ec2 = cloud.client("ec2")
    found = {row["SubnetId"]: row for row in ec2.describe_subnets(Filters=_named(fleet))["Subnets"]}
    for name in fleet.subnets:
        yield subnet_check(name, found.get(name), fleet)


def _named(fleet: FleetSettings) -> list[dict[str, Any]]:
    """As a filter: asked by id, one that is missing would hide the others."""
    return [{"Name": "subnet-id", "Values": list(fleet.subnets)}]


def subnet_check(name: str, row: dict[str, Any] | None, fleet: FleetSettings) -> Check:
    """Is the subnet there, in the right network, with room for every instance?"""
    title = f"subnet: {name}"
    if row is None:
        return Check(title, False, "it does not exist in this region", "Correct [fleet] subnets of the site file.")
    if row["VpcId"] != fleet.vpc:
        return Check(title, False, f"it is in {row['VpcId']}, not in {fleet.vpc}", "Correct [fleet] of the site file.")
    free, needed = row["AvailableIpAddressCount"], fleet.maximum + SPARE_ADDRESSES
    if free < needed:
        return Check(title, False, f"{free} free addresses, and {needed} are needed", "Take a larger subnet.")
    return Check(title, True, f"{free} free addresses in {row['AvailabilityZone']}")


def _image(fleet: FleetSettings, appstream: Any) -> Check:
    try:
        with service_errors(fleet.image):
            (row,) = appstream.describe_images(Names=[fleet.image])["Images"]
    except errors.NotFound:
        return Check("image", False, f"{fleet.image} does not exist", "Make it: `pose-admin image build`.")
    if row["State"] != "AVAILABLE":
        return Check("image", False, f"{fleet.image} is {row['State']}", "Wait until it is AVAILABLE.")
    return Check("image", True, f"{fleet.image} is available")


def _role(name: str, iam: Any) -> Check:
    try:
        with service_errors(name):
            iam.get_role(RoleName=name)
    except errors.LauncherError as exc:
        hint = "Open the service's console once in this account, or make the role by its guide."
        return Check(f"role: {name}", False, "it does not exist" if "NoSuch" in exc.detail else exc.title, hint)
    return Check(f"role: {name}", True, "is there")


def _idle(site: Site) -> Check:
    """The service counts a training run as idle."""
    if site.session.idle_minutes:
        hint = "Write [session] idle_minutes = 0, or a training run without a hand on the mouse is cut off."
        return Check("idle time-out", False, f"{site.session.idle_minutes} minutes", hint)
    return Check("idle time-out", True, "off")
