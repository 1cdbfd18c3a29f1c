"""How things go wrong at the service, each by its name: what a rehearsal can be told to do.

The Image Assistant's failures, the API's own error codes, and what people met when they signed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    """One way to fail."""

    # The fleet's own error codes (API, FleetErrorCode), told by DescribeFleets after a start.
    MACHINE_ROLE_IS_MISSING = "machine-role-is-missing"
    IMAGE_NOT_FOUND = "image-not-found"
    SUBNET_HAS_INSUFFICIENT_IP_ADDRESSES = "subnet-has-insufficient-ip-addresses"
    IGW_NOT_ATTACHED = "igw-not-attached"
    NETWORK_INTERFACE_LIMIT_EXCEEDED = "network-interface-limit-exceeded"
    STS_DISABLED_IN_REGION = "sts-disabled-in-region"
    FLEET_INSTANCE_PROVISIONING_FAILURE = "fleet-instance-provisioning-failure"
    VALIDATION_ERROR = "validation-error"
    # The list `errors` of a batch (API, UserStackAssociationErrorCode).
    DIRECTORY_NOT_FOUND = "directory-not-found"
    INTERNAL_ERROR = "internal-error"
    # The service as a whole.
    THROTTLED = "throttled"
    NO_ANSWER = "no-answer"
    CUT_OFF_AFTER_THE_DEED = "cut-off-after-the-deed"
    NO_CAPACITY = "no-capacity"
    # The Image Assistant (its command line answers with status 0, 1 or 255).
    EMPTY_CATALOGUE = "empty-catalogue"
    PREWARM_DENIED = "prewarm-denied"
    ICON_FAILS = "icon-fails"
    NEEDS_ELEVATION = "needs-elevation"
    UNEXPECTED_255 = "unexpected-255"
    NO_JSON = "no-json"


#: Told as a fleet's error once it was started.
OF_FLEETS = (
    Mishap.MACHINE_ROLE_IS_MISSING,
    Mishap.IMAGE_NOT_FOUND,
    Mishap.SUBNET_HAS_INSUFFICIENT_IP_ADDRESSES,
    Mishap.IGW_NOT_ATTACHED,
    Mishap.NETWORK_INTERFACE_LIMIT_EXCEEDED,
    Mishap.STS_DISABLED_IN_REGION,
    Mishap.FLEET_INSTANCE_PROVISIONING_FAILURE,
    Mishap.VALIDATION_ERROR,
)

#: Told by the Image Assistant's command line, or not told at all.
OF_THE_ASSISTANT = (
    Mishap.EMPTY_CATALOGUE,
    Mishap.PREWARM_DENIED,
    Mishap.ICON_FAILS,
    Mishap.NEEDS_ELEVATION,
    Mishap.UNEXPECTED_255,
    Mishap.NO_JSON,
)

#: Met while people are registered: the first two in the list of a batch, the others by any call.
OF_PEOPLE = (
    Mishap.DIRECTORY_NOT_FOUND,
    Mishap.INTERNAL_ERROR,
    Mishap.THROTTLED,
    Mishap.NO_ANSWER,
    Mishap.CUT_OFF_AFTER_THE_DEED,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A mishap that will happen so often; negative is always."""

    mishap: Mishap
    times: int = 1


class Mishaps:
    """What shall go wrong, and how often still."""

    def __init__(self, planned: Iterable[Planned] = ()) -> None:
        self._left: Counter[Mishap] = Counter()
        for one in planned:
            self.plan(one.mishap, one.times)

    def plan(self, mishap: Mishap, times: int = 1) -> None:
        """Let it happen from now on; `times` negative is always, 0 never more."""
        self._left[mishap] = times

    def happens(self, mishap: Mishap) -> bool:
        """Does it happen now? It is counted."""
        left = self._left[mishap]
        if left > 0:
            self._left[mishap] = left - 1
        return left != 0
