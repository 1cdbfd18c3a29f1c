"""The rehearsal's service, as a client of AWS meets it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from installer.rehearsal.control_plane import SERVICES, reply_to
from installer.rehearsal.images import add_image, snapshot
from installer.rehearsal.mishaps import OF_FLEETS, Mishap
from installer.rehearsal.sessions import disconnect, home_prefix, sign_in
from installer.rehearsal.wire import CBOR
from installer.rehearsal.world import OPERATIONS, Refusal, World
from installer.shapes import service_model
from tests.unit.installer.at_the_desk import Admin

G5 = "stream.graphics.g5.xlarge"


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def fleet(admin: Admin, name: str = "pose", **more: Any) -> Any:
    client = admin.client()
    if "pose-1" not in admin.world.images:
        add_image(admin.world, "pose-1", family="graphics.g5")
    given = {"ImageName": "pose-1", "InstanceType": G5, "ComputeCapacity": {"DesiredInstances": 1}} | more
    client.create_fleet(Name=name, **given)
    client.associate_fleet(FleetName=name, StackName="pose")
    return client


def running(admin: Admin, **more: Any) -> Any:
    admin.world.quotas[G5] = 2
    client = fleet(admin, **more)
    client.start_fleet(Name="pose")
    admin.world.clock.pass_time(minutes=11)
    return client


def state(client: Any) -> Any:
    return client.describe_fleets(Names=["pose"])["Fleets"][0]


def test_every_operation_is_one_of_the_api() -> None:
    known = {name for service in SERVICES.values() for name in service_model(service).operation_names}
    assert len(OPERATIONS) >= 32
    assert set(OPERATIONS) <= known


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_user", {"UserName": "a@x.org", "AuthenticationType": "USERPOOL", "FirstName": "José"}),
        ("create_user", {"UserName": "a" * 129, "AuthenticationType": "USERPOOL"}),
        ("create_user", {"UserName": "a b@x.org", "AuthenticationType": "USERPOOL"}),
        ("create_user", {"UserName": "a@x.org", "AuthenticationType": "EMAIL"}),
        ("create_fleet", {"Name": "-pose", "InstanceType": G5}),
        ("create_fleet", {"Name": "pose", "InstanceType": G5, "IamRoleArn": "role"}),
        ("create_streaming_url", {"StackName": "pose", "FleetName": "pose", "UserId": "x" * 33}),
        ("create_streaming_url", {"StackName": "pose", "FleetName": "pose", "UserId": "ann lee"}),
    ],
    ids=["accent", "long", "space", "no-such-kind", "name", "arn", "user-id-long", "user-id-space"],
)
def test_what_the_shapes_do_not_allow_is_refused(admin: Admin, operation: str, arguments: dict[str, Any]) -> None:
    assert code_of(getattr(admin.client(), operation), **arguments) == "ValidationException"
    assert admin.world.users == admin.world.fleets == {}


def test_a_batch_of_more_than_25_is_refused(admin: Admin) -> None:
    rows = [{"StackName": "pose", "UserName": f"a{n}@x.org", "AuthenticationType": "USERPOOL"} for n in range(26)]
    assert code_of(admin.client().batch_associate_user_stack, UserStackAssociations=rows) == "ValidationException"


def test_the_other_protocol_is_answered_alike() -> None:
    """A client of this botocore chooses JSON; others choose CBOR."""
    service, world = service_model("appstream"), World()
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}

    def ask(name: str, **parameters: Any) -> Any:
        model = service.operation_model(name)
        request = create_serializer(CBOR).serialize_to_request(parameters, model)
        headers = {key.lower(): value for key, value in request["headers"].items()} | signed
        reply = reply_to(world, request["url_path"], headers, request["body"])
        answer = {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}
        return create_parser(CBOR).parse(answer, model.output_shape)

    ask("CreateUser", UserName="a@x.org", AuthenticationType="USERPOOL")
    (user,) = ask("DescribeUsers", AuthenticationType="USERPOOL")["Users"]
    assert (user["UserName"], user["Enabled"]) == ("a@x.org", True)
    assert abs((user["CreatedTime"] - world.clock.now()).total_seconds()) < 60
    again = ask("CreateUser", UserName="a@x.org", AuthenticationType="USERPOOL")
    assert again["Error"]["Code"] == "ResourceAlreadyExistsException"


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/", {"x-amz-target": "PhotonAdminProxyService.NoSuchThing"}, b"{}"),
        ("/", {"x-amz-target": "AnotherService.CreateUser"}, b"{}"),
        ("/", {"x-amz-target": "PhotonAdminProxyService.CreateUser"}, b"{"),
        ("/service/PhotonAdminProxyService/operation/CreateUser", {"smithy-protocol": "rpc-v2-cbor"}, b"\xbf\xff\xff"),
        ("/elsewhere", {}, b""),
    ],
    ids=["operation", "service", "json", "cbor", "neither"],
)
def test_what_is_no_call_of_the_service(path: str, headers: dict[str, str], body: bytes) -> None:
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}
    assert reply_to(World(), path, headers | signed, body).status == 400
    assert reply_to(World(), path, headers, body).status == 403, "unsigned"


def test_a_graphics_fleet_of_a_new_account_falls_back_without_a_word(admin: Admin) -> None:
    client = fleet(admin)
    client.start_fleet(Name="pose")
    assert state(client)["State"] == "STARTING"
    admin.world.clock.pass_time(minutes=11)
    assert (state(client)["State"], state(client)["FleetErrors"]) == ("STOPPED", [])
    with pytest.raises(WaiterError):
        client.get_waiter("fleet_started").wait(Names=["pose"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_after_the_quota_was_raised_it_runs(admin: Admin) -> None:
    client = running(admin)
    client.get_waiter("fleet_started").wait(Names=["pose"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    assert state(client)["ComputeCapacityStatus"]["Available"] == 1


@pytest.mark.parametrize("mishap", OF_FLEETS)
def test_each_cause_is_told_by_the_apis_own_code(admin: Admin, mishap: Mishap) -> None:
    admin.world.mishaps.plan(mishap)
    client = running(admin)
    assert [error["ErrorCode"] for error in state(client)["FleetErrors"]] == [mishap.name]
    assert state(client)["State"] == "STOPPED"


def test_a_running_fleet_takes_another_image_and_little_else(admin: Admin) -> None:
    client = running(admin)
    add_image(admin.world, "pose-2", family="graphics.g5")
    client.update_fleet(Name="pose", ImageName="pose-2")
    assert state(client)["ImageName"] == "pose-2"
    assert code_of(client.update_fleet, Name="pose", StreamView="DESKTOP") == "ResourceInUseException"
    add_image(admin.world, "other", family="graphics.g4dn")
    assert code_of(client.update_fleet, Name="pose", ImageName="other") == "IncompatibleImageException"
    assert code_of(client.update_fleet, Name="pose", ImageName="gone") == "ResourceNotFoundException"


def test_sessions_keep_their_image_and_end_by_the_clock(admin: Admin) -> None:
    client = running(admin, MaxUserDurationInSeconds=3600, DisconnectTimeoutInSeconds=600)
    world = admin.world
    with pytest.raises(Refusal, match="may not enter"):
        sign_in(world, "ann@x.org", "pose")
    client.create_user(UserName="ann@x.org", AuthenticationType="USERPOOL")
    row = {"StackName": "pose", "UserName": "ann@x.org", "AuthenticationType": "USERPOOL"}
    client.batch_associate_user_stack(UserStackAssociations=[row])
    session = sign_in(world, "ann@x.org", "pose")
    add_image(world, "pose-2", family="graphics.g5")
    client.update_fleet(Name="pose", ImageName="pose-2")
    disconnect(world, session)
    world.clock.pass_time(minutes=5)
    assert sign_in(world, "ann@x.org", "pose")["Id"] == session["Id"], "back within the time-out"
    assert session["_image"] == "pose-1"
    (told,) = client.describe_sessions(StackName="pose", FleetName="pose")["Sessions"]
    assert told["NetworkAccessConfiguration"]["EniPrivateIpAddress"].startswith("10.0.")
    disconnect(world, session)
    world.clock.pass_time(minutes=11)
    assert client.describe_sessions(StackName="pose", FleetName="pose")["Sessions"] == []
    assert sign_in(world, "ann@x.org", "pose")["_image"] == "pose-2"


def test_no_instance_is_free(admin: Admin) -> None:
    running(admin)
    admin.world.memberships.add(("ann@x.org", "pose"))
    admin.world.settle()
    admin.world.mishaps.plan(Mishap.NO_CAPACITY)
    with pytest.raises(Refusal, match="No streaming resources"):
        sign_in(admin.world, "ann@x.org", "pose")
    assert sign_in(admin.world, "ann@x.org", "pose")["State"] == "ACTIVE"


def test_a_test_link_leads_to_another_home() -> None:
    assert home_prefix("foo@bar.com", "API") != home_prefix("foo@bar.com", "USERPOOL")
    assert home_prefix("testuser@mydomain.com", "API").endswith(
        "a0bcb1da11f480d9b5b3e90f91243143eac04cfccfbdc777e740fab628a1cd13/"
    )


def test_an_image_comes_from_a_builder_in_time(admin: Admin) -> None:
    client, world = admin.client(), admin.world
    assert code_of(client.create_image_builder, Name="b", InstanceType=G5) == "LimitExceededException"
    world.quotas[f"builder {G5}"] = 1
    client.create_image_builder(Name="b", InstanceType=G5)
    world.clock.pass_time(minutes=11)
    assert client.describe_image_builders()["ImageBuilders"][0]["State"] == "RUNNING"
    snapshot(world, "b", "pose-9")
    assert client.describe_images(Names=["pose-9"])["Images"][0]["State"] == "PENDING"
    world.clock.pass_time(minutes=21)
    assert client.describe_images(Names=["pose-9"])["Images"][0]["State"] == "AVAILABLE"
    assert client.describe_image_builders()["ImageBuilders"][0]["State"] == "STOPPED"
