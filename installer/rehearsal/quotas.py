"""The rehearsal's service of quotas: every graphics type has 0 of everything until somebody raises it."""

from __future__ import annotations

import hashlib

from installer.rehearsal.world import Record, Refusal, World, operation, page

FAMILIES = ("g4dn", "g5", "g6", "g7")
SIZES = ("xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")


def rows(world: World) -> list[Record]:
    """Both quotas of every graphics type; their codes are made up."""
    kinds = [f"stream.graphics.{family}.{size}" for family in FAMILIES for size in SIZES]
    fleets = [(f"Maximum number of {kind} fleet instances", kind) for kind in kinds]
    builders = [(f"Maximum number of {kind} image builders", f"builder {kind}") for kind in kinds]
    return [
        {
            "ServiceCode": "appstream2",
            "QuotaCode": f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}",
            "QuotaName": name,
            "Value": float(world.quotas[key]),
            "Adjustable": True,
        }
        for name, key in [*fleets, *builders]
    ]


@operation
def list_service_quotas(world: World, given: Record) -> Record:
    """A page of them."""
    if given["ServiceCode"] != "appstream2":
        raise Refusal("NoSuchResourceException", "This service is not part of the rehearsal.")
    return page(rows(world), given, "Quotas", given.get("MaxResults") or 20)
