"""The rehearsal's stacks and fleets, with their states in time and the ways in which a fleet does not start."""

from __future__ import annotations

from functools import partial

from installer.rehearsal.mishaps import OF_FLEETS
from installer.rehearsal.world import Record, Refusal, World, chosen, found, operation, page, shown

START_S, STOP_S = 600.0, 120.0
#: What may be changed while a fleet runs (API, UpdateFleet).
WHILE_RUNNING = frozenset(
    {"Name", "ImageName", "ImageArn", "DisplayName", "ComputeCapacity", "AttributesToDelete"}
    | {"IdleDisconnectTimeoutInSeconds", "DisconnectTimeoutInSeconds"}
)
_KEPT = (
    *("DisplayName", "Description", "ImageName", "ImageArn", "InstanceType", "VpcConfig", "IamRoleArn", "StreamView"),
    *("MaxUserDurationInSeconds", "DisconnectTimeoutInSeconds", "IdleDisconnectTimeoutInSeconds"),
    *("EnableDefaultInternetAccess", "MaxSessionsPerInstance", "RootVolumeConfig", "DisableIMDSV1", "Platform"),
)
_RANGES = {
    "MaxUserDurationInSeconds": (600, 432_000),
    "DisconnectTimeoutInSeconds": (60, 36_000),
    "IdleDisconnectTimeoutInSeconds": (60, 36_000),
}


@operation
def create_stack(world: World, given: Record) -> Record:
    """A stack."""
    _new(world, world.stacks, given["Name"], "stacks")
    kept = {key: value for key, value in given.items() if key != "Tags"}
    stack = {"Arn": world.arn("stack", given["Name"]), "CreatedTime": world.clock.now(), **kept}
    world.stacks[given["Name"]] = stack
    return {"Stack": stack}


@operation
def describe_stacks(world: World, given: Record) -> Record:
    """All, or those that were named."""
    return page(chosen(world.stacks, given.get("Names"), "Stack"), given, "Stacks", 25)


@operation
def create_fleet(world: World, given: Record) -> Record:
    """A fleet; it is made stopped."""
    _new(world, world.fleets, given["Name"], "fleets")
    _in_range(given)
    _fitting_image(world, given, given["InstanceType"])
    desired = given.get("ComputeCapacity", {}).get("DesiredInstances", 1)
    fleet = {
        "Arn": world.arn("fleet", given["Name"]), "Name": given["Name"], "State": "STOPPED", "FleetErrors": [],
        "FleetType": given.get("FleetType", "ON_DEMAND"), "CreatedTime": world.clock.now(),
        "ComputeCapacityStatus": {"Desired": desired, "Running": 0, "InUse": 0, "Available": 0},
        **{key: given[key] for key in _KEPT if key in given},
    }  # fmt: skip
    world.fleets[given["Name"]] = fleet
    return {"Fleet": shown(fleet)}


@operation
def describe_fleets(world: World, given: Record) -> Record:
    """All, or those that were named."""
    fleets = [shown(fleet) for fleet in chosen(world.fleets, given.get("Names"), "Fleet")]
    return page(fleets, given, "Fleets", 25)


@operation
def start_fleet(world: World, given: Record) -> Record:
    """From STOPPED to RUNNING, or to what keeps it from that."""
    fleet = found(world.fleets, given["Name"], "Fleet")
    if fleet["State"] != "STOPPED":
        raise Refusal("OperationNotPermittedException", f"The fleet is {fleet['State']}.")
    fleet.update(State="STARTING", FleetErrors=[])
    world.later(fleet, START_S, partial(_started, world, fleet))
    return {}


def _started(world: World, fleet: Record) -> None:
    """A fleet whose quota is 0 falls back without a word; other causes are told."""
    failed = [mishap.name for mishap in OF_FLEETS if world.mishaps.happens(mishap)]
    if failed:
        words = [{"ErrorCode": code, "ErrorMessage": f"{code.lower().replace('_', ' ')}."} for code in failed]
        fleet.update(State="STOPPED", FleetErrors=words)
    elif world.quotas[fleet["InstanceType"]] < fleet["ComputeCapacityStatus"]["Desired"]:
        fleet.update(State="STOPPED", FleetErrors=[])
    else:
        desired = fleet["ComputeCapacityStatus"]["Desired"]
        fleet["State"] = "RUNNING"
        fleet["ComputeCapacityStatus"] = {"Desired": desired, "Running": desired, "InUse": 0, "Available": desired}


@operation
def stop_fleet(world: World, given: Record) -> Record:
    """From RUNNING to STOPPED; its sessions end."""
    fleet = found(world.fleets, given["Name"], "Fleet")
    fleet["State"] = "STOPPING"
    for session in world.sessions.values():
        if session["FleetName"] == given["Name"]:
            session.update(State="EXPIRED", ConnectionState="NOT_CONNECTED")
    world.later(fleet, STOP_S, partial(fleet.update, State="STOPPED"))
    return {}


@operation
def update_fleet(world: World, given: Record) -> Record:
    """While it runs, only what does not touch its sessions."""
    fleet = found(world.fleets, given.get("Name", ""), "Fleet")
    _in_range(given)
    if fleet["State"] != "STOPPED" and (refused := sorted(given.keys() - WHILE_RUNNING)):
        raise Refusal("ResourceInUseException", f"Stop the fleet first to change {', '.join(refused)}.")
    _fitting_image(world, given, given.get("InstanceType") or fleet["InstanceType"])
    if "ImageName" in given:
        fleet.pop("ImageArn", None)
    fleet.update({key: given[key] for key in _KEPT if key in given})
    if "ComputeCapacity" in given:
        fleet["ComputeCapacityStatus"]["Desired"] = given["ComputeCapacity"].get("DesiredInstances", 0)
    return {"Fleet": shown(fleet)}


@operation
def delete_fleet(world: World, given: Record) -> Record:
    """A stopped fleet that serves no stack."""
    fleet = found(world.fleets, given["Name"], "Fleet")
    if fleet["State"] != "STOPPED" or any(one[0] == given["Name"] for one in world.associations):
        raise Refusal("ResourceInUseException", "Stop the fleet and take it from its stacks first.")
    del world.fleets[given["Name"]]
    return {}


@operation
def tag_resource(world: World, given: Record) -> Record:
    """Tags of any resource, by its ARN."""
    world.tags.setdefault(given["ResourceArn"], {}).update(given["Tags"])
    return {}


@operation
def list_tags_for_resource(world: World, given: Record) -> Record:
    """All of them."""
    return {"Tags": world.tags.get(given["ResourceArn"], {})}


@operation
def associate_fleet(world: World, given: Record) -> Record:
    """A stack has one fleet."""
    found(world.fleets, given["FleetName"], "Fleet")
    found(world.stacks, given["StackName"], "Stack")
    if any(stack == given["StackName"] and fleet != given["FleetName"] for fleet, stack in world.associations):
        raise Refusal("OperationNotPermittedException", "The stack has a fleet already.")
    world.associations.add((given["FleetName"], given["StackName"]))
    return {}


@operation
def list_associated_fleets(world: World, given: Record) -> Record:
    """The fleet of a stack."""
    return {"Names": [fleet for fleet, stack in sorted(world.associations) if stack == given["StackName"]]}


@operation
def list_associated_stacks(world: World, given: Record) -> Record:
    """The stacks of a fleet."""
    return {"Names": [stack for fleet, stack in sorted(world.associations) if fleet == given["FleetName"]]}


def _new(world: World, records: dict[str, Record], name: str, quota: str) -> None:
    if name in records:
        raise Refusal("ResourceAlreadyExistsException", f"{name} already exists.")
    if len(records) >= world.quotas[quota]:
        raise Refusal("LimitExceededException", f"The quota of {quota} is used up.")


def _in_range(given: Record) -> None:
    for name, (least, most) in _RANGES.items():
        value = given.get(name)
        if value is not None and not least <= value <= most and not (name.startswith("Idle") and value == 0):
            raise Refusal("InvalidParameterCombinationException", f"{name} must be from {least} to {most}.")


def _fitting_image(world: World, given: Record, instance_type: str) -> None:
    """An image must be there and made for the family of the instances."""
    name = given.get("ImageName") or given.get("ImageArn", "").rpartition("/")[2]
    if not name:
        return
    image = found(world.images, name, "Image")
    if image["State"] != "AVAILABLE":
        raise Refusal("ResourceNotAvailableException", f"Image {name} is {image['State']}.")
    family = ".".join(instance_type.split(".")[1:3])
    if image["_family"] and image["_family"] != family:
        raise Refusal("IncompatibleImageException", f"The image is for {image['_family']}, the fleet is {family}.")
