"""The rehearsal's image builders and images."""

from __future__ import annotations

from functools import partial

from installer.rehearsal.world import Record, Refusal, World, chosen, found, operation, page, shown

_KEPT = ("VpcConfig", "IamRoleArn", "DisplayName", "Description")
BUILDER_S, SNAPSHOT_S, STOP_S = 600.0, 1200.0, 120.0


def add_image(world: World, name: str, *, family: str = "", base: bool = False, state: str = "AVAILABLE") -> Record:
    """An image; `family` is such as `graphics.g5`."""
    image: Record = {
        "Name": name, "Arn": world.arn("image", name), "State": state, "CreatedTime": world.clock.now(),
        "Visibility": "PUBLIC" if base else "PRIVATE", "Platform": "ROCKY_LINUX8", "_family": family,
    }  # fmt: skip
    if base:
        image["PublicBaseImageReleasedDate"] = world.clock.now()
    world.images[name] = image
    return image


def snapshot(world: World, builder: str, name: str) -> Record:
    """What the Image Assistant sets off: the builder is photographed and stops, the image becomes available."""
    record = found(world.builders, builder, "Image builder")
    if name in world.images:
        raise Refusal("ResourceAlreadyExistsException", f"Image {name} already exists.")
    image = add_image(world, name, family=record["_family"], state="PENDING")
    record["State"] = "SNAPSHOTTING"
    world.later(record, SNAPSHOT_S, partial(record.update, State="STOPPED"))
    world.later(image, SNAPSHOT_S, partial(image.update, State="AVAILABLE"))
    return image


@operation
def describe_images(world: World, given: Record) -> Record:
    """All, or those that were named; public and private."""
    rows = chosen(world.images, given.get("Names"), "Image")
    kind = given.get("Type")
    rows = [shown(row) for row in rows if kind in (None, row["Visibility"])]
    return page(rows, given, "Images", 25)


@operation
def delete_image(world: World, given: Record) -> Record:
    """An image that no fleet uses."""
    image = found(world.images, given["Name"], "Image")
    if any(fleet.get("ImageName") == given["Name"] for fleet in world.fleets.values()):
        raise Refusal("ResourceInUseException", "A fleet uses this image.")
    del world.images[given["Name"]]
    return {"Image": shown(image)}


@operation
def create_image_builder(world: World, given: Record) -> Record:
    """A builder; graphics types need a quota of their own."""
    name, kind = given["Name"], given["InstanceType"]
    if name in world.builders:
        raise Refusal("ResourceAlreadyExistsException", f"{name} already exists.")
    if not world.quotas[f"builder {kind}"]:
        raise Refusal("LimitExceededException", f"The quota of image builders of {kind} is 0.")
    if given.get("ImageName"):
        found(world.images, given["ImageName"], "Image")
    builder: Record = {
        "Name": name, "Arn": world.arn("image-builder", name), "InstanceType": kind, "State": "PENDING",
        "CreatedTime": world.clock.now(), "_family": ".".join(kind.split(".")[1:3]),
        **{key: given[key] for key in _KEPT if key in given},
    }  # fmt: skip
    world.builders[name] = builder
    world.later(builder, BUILDER_S, partial(builder.update, State="RUNNING"))
    return {"ImageBuilder": shown(builder)}


@operation
def describe_image_builders(world: World, given: Record) -> Record:
    """All, or those that were named."""
    rows = [shown(row) for row in chosen(world.builders, given.get("Names"), "Image builder")]
    return page(rows, given, "ImageBuilders", 25)


@operation
def stop_image_builder(world: World, given: Record) -> Record:
    """From RUNNING to STOPPED."""
    builder = found(world.builders, given["Name"], "Image builder")
    builder["State"] = "STOPPING"
    world.later(builder, STOP_S, partial(builder.update, State="STOPPED"))
    return {"ImageBuilder": shown(builder)}


@operation
def delete_image_builder(world: World, given: Record) -> Record:
    """A builder that is not at work."""
    builder = found(world.builders, given["Name"], "Image builder")
    if builder["State"] == "SNAPSHOTTING":
        raise Refusal("OperationNotPermittedException", "The image builder is making an image.")
    del world.builders[given["Name"]]
    return {"ImageBuilder": shown(builder)}


@operation
def create_image_builder_streaming_url(world: World, given: Record) -> Record:
    """Where the admin signs in."""
    builder = found(world.builders, given["Name"], "Image builder")
    if builder["State"] != "RUNNING":
        raise Refusal("OperationNotPermittedException", f"The image builder is {builder['State']}.")
    return {"StreamingURL": f"https://appstream2.{world.region}.aws.amazon.com/authenticate?parameters=rehearsal"}
