"""Another image for a fleet that runs: new instances start from it, sessions that run go on with theirs.

Which image was there before is kept as a tag of the fleet, written before the change: a rollback needs no memory of
this computer, and an interruption between the two leaves a tag that names the image in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from installer.cloud import service_errors
from launcher import errors

BEFORE = "pose-launcher:image-before"


@dataclass(frozen=True, slots=True)
class Change:
    """From one image to another; equal when there is nothing to do."""

    fleet: str
    arn: str
    state: str
    image: str
    to: str


def plan(appstream: Any, fleet: str, image: str) -> Change:
    """The change to `image`, once it is known that the fleet can take it."""
    now = fleet_now(appstream, fleet)
    with service_errors(f"image {image}"):
        (found,) = appstream.describe_images(Names=[image])["Images"]
    if found["State"] != "AVAILABLE":
        raise errors.NotDone(
            image,
            title=f"This image is {found['State']} and cannot be published",
            hint="Nothing was changed. Wait until it is AVAILABLE, then run the same command.",
        )
    return Change(fleet, now["Arn"], now["State"], image_of(now), image)


def plan_back(appstream: Any, fleet: str) -> Change:
    """The change to the image before."""
    now = fleet_now(appstream, fleet)
    with service_errors(fleet):
        before = appstream.list_tags_for_resource(ResourceArn=now["Arn"]).get("Tags", {}).get(BEFORE, "")
    if not before or before == image_of(now):
        raise errors.NotFound(
            fleet,
            title="No image before this one is known",
            hint="Nothing was changed. Name one: `pose-admin publish`.",
        )
    return plan(appstream, fleet, before)


def carry_out(appstream: Any, change: Change) -> None:
    """Remember, then change."""
    with service_errors(change.fleet):
        appstream.tag_resource(ResourceArn=change.arn, Tags={BEFORE: change.image})
        appstream.update_fleet(Name=change.fleet, ImageName=change.to)


def fleet_now(appstream: Any, fleet: str) -> dict[str, Any]:
    """The fleet as it is."""
    with service_errors(f"fleet {fleet}"):
        (found,) = appstream.describe_fleets(Names=[fleet])["Fleets"]
    return dict(found)


def image_of(fleet: dict[str, Any]) -> str:
    """The name of its image; the service may tell the ARN alone."""
    return fleet.get("ImageName") or str(fleet.get("ImageArn", "")).rpartition("/")[2]
