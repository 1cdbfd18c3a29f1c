"""The broker: who sits at the address that asks, asked of the rehearsal's service and of moto's token service."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.images import add_image
from installer.rehearsal.sessions import disconnect, sign_in
from installer.rehearsal.world import Record, World
from installer.rights import broker_function as broker
from installer.rights.policies import HOME_TAG, deadline_policy
from launcher.session.facts import user_hash

G5 = "stream.graphics.g5.xlarge"
SETTINGS = {
    "ENDPOINT": "vpce-0a1b2c3d4e5f67890",
    "FLEET": "pose",
    "STACKS": "pose",
    "HOME_FORM": "{access_mode}/{user_hash}/",
    "HOME_ROOT": "s3://lab-pose-home/",
    "HOME_TAG": HOME_TAG,
    "PERSON_ROLE": "arn:aws:iam::123456789012:role/pose-person",
}


class Desk:
    """A running fleet, and the broker's view of it."""

    def __init__(self, plane: ControlPlane) -> None:
        self.world = plane.world
        self.appstream = client("appstream", endpoint_url=plane.url)
        self.sts = client("sts")
        self.asked: list[dict[str, Any]] = []
        self.sts.meta.events.register("provide-client-params.sts.AssumeRole", self._remember)

    def _remember(self, params: dict[str, Any], **_: object) -> None:
        self.asked.append(params)

    def ask(self, address: str, endpoint: str = SETTINGS["ENDPOINT"], **settings: str) -> dict[str, Any]:
        event = {"requestContext": {"identity": {"sourceIp": address, "vpceId": endpoint}}}
        clients = {"appstream": self.appstream, "sts": self.sts}
        made: dict[str, Any] = broker.who_asks(event, SETTINGS | settings, clients, self.world.clock.now())
        return made

    def refused(self, *arguments: str, **settings: str) -> tuple[int, str]:
        with pytest.raises(broker.Refused) as said:
            self.ask(*arguments, **settings)
        return said.value.status, said.value.error

    def enter(self, email: str, **fleet: Any) -> Record:
        if "pose" not in self.world.fleets:
            self.open(**fleet)
        self.world.memberships.add((email, "pose"))
        return sign_in(self.world, email, "pose")

    def open(self, **fleet: Any) -> None:
        self.world.quotas[G5] = 9
        add_image(self.world, "pose-1", family="graphics.g5")
        self.appstream.create_stack(Name="pose")
        self.appstream.create_fleet(Name="pose", InstanceType=G5, ImageName="pose-1", **fleet)
        self.appstream.associate_fleet(FleetName="pose", StackName="pose")
        self.appstream.start_fleet(Name="pose")
        self.world.clock.pass_time(minutes=11)
        self.world.settle()


def client(name: str, **more: Any) -> Any:
    return boto3.client(name, region_name="us-west-2", aws_access_key_id="x", aws_secret_access_key="y", **more)


def address(session: Record) -> str:
    return str(session["NetworkAccessConfiguration"]["EniPrivateIpAddress"])


@pytest.fixture
def desk() -> Iterator[Desk]:
    with ControlPlane(World()) as plane, mock_aws():
        yield Desk(plane)


def test_each_gets_their_own_home_and_the_sessions_real_end(desk: Desk) -> None:
    ann, bob = desk.enter("ann@x.org", MaxUserDurationInSeconds=36000), desk.enter("bob@x.org")
    said = desk.ask(address(bob))
    assert (said["user"], said["access_mode"], said["session_id"]) == ("bob@x.org", "userpool", bob["Id"])
    assert said["home"] == f"s3://lab-pose-home/userpool/{user_hash('bob@x.org')}/"
    assert said["ends"] == broker.moment(bob["MaxExpirationTime"])
    assert said["credentials"]["session_token"]
    (given,) = desk.asked
    assert given["Tags"] == [{"Key": HOME_TAG, "Value": f"userpool/{user_hash('bob@x.org')}/"}]
    assert json.loads(given["Policy"]) == deadline_policy(said["ends"])
    assert given["DurationSeconds"] == 3600
    assert desk.ask(address(ann))["user"] == "ann@x.org"


def test_nothing_that_the_caller_says_counts(desk: Desk) -> None:
    ann = desk.enter("ann@x.org")
    desk.enter("bob@x.org")
    event: dict[str, Any] = {
        "requestContext": {"identity": {"sourceIp": address(ann), "vpceId": SETTINGS["ENDPOINT"]}},
        "headers": {"X-Forwarded-For": "10.0.0.11", "AppStream_UserName": "bob@x.org"},
        "queryStringParameters": {"user": "bob@x.org"},
        "body": '{"user": "bob@x.org"}',
    }
    clients = {"appstream": desk.appstream, "sts": desk.sts}
    assert broker.who_asks(event, SETTINGS, clients, desk.world.clock.now())["user"] == "ann@x.org"


def test_who_gets_nothing(desk: Desk) -> None:
    ann = desk.enter("ann@x.org", MaxUserDurationInSeconds=3600)
    assert desk.refused("10.9.9.9") == (403, "no-session")
    assert desk.refused("8.8.8.8") == (403, "no-session")
    assert desk.refused("127.0.0.1") == (403, "no-session")
    assert desk.refused("") == (403, "no-session")
    assert desk.refused(address(ann), "vpce-another") == (403, "no-session")
    assert desk.refused(address(ann), ENDPOINT="") == (403, "no-session")
    disconnect(desk.world, ann)
    desk.world.clock.pass_time(hours=2)
    desk.world.settle()
    assert desk.refused(address(ann)) == (403, "no-session"), "the session is over"


def test_an_address_of_two_is_nobodys(desk: Desk) -> None:
    ann, bob = desk.enter("ann@x.org"), desk.enter("bob@x.org")
    bob["NetworkAccessConfiguration"]["EniPrivateIpAddress"] = address(ann)
    assert desk.refused(address(ann)) == (409, "several-sessions")


def test_a_multi_session_fleet_has_no_broker(desk: Desk) -> None:
    ann = desk.enter("ann@x.org", MaxSessionsPerInstance=4)
    assert desk.refused(address(ann)) == (409, "several-sessions")


def test_an_address_that_was_given_to_somebody_else_is_theirs(desk: Desk) -> None:
    ann = desk.enter("ann@x.org")
    desk.appstream.expire_session(SessionId=ann["Id"])
    bob = desk.enter("bob@x.org")
    bob["NetworkAccessConfiguration"]["EniPrivateIpAddress"] = address(ann)
    assert desk.ask(address(ann))["user"] == "bob@x.org"


@pytest.mark.parametrize("user", ["../bob", "a/b", ".hidden", "ann lee", "a*", "$" + "{aws:username}"])
def test_a_name_that_could_leave_its_place_gets_nothing(desk: Desk, user: str) -> None:
    ann = desk.enter("ann@x.org")
    ann["UserId"] = user
    assert desk.refused(address(ann), HOME_FORM="{user}/") == (403, "no-session")
    assert desk.ask(address(ann))["home"].endswith(f"{user_hash(user)}/")


def test_near_the_end_the_credentials_end_with_the_session(desk: Desk) -> None:
    ann = desk.enter("ann@x.org")
    ann["MaxExpirationTime"] = desk.world.clock.now() + dt.timedelta(minutes=3)
    said = desk.ask(address(ann))
    assert said["credentials"]["expires"] == said["ends"]
    assert desk.asked[-1]["DurationSeconds"] == 900, "less is not to be had; the policy ends them"


def test_the_function_answers_in_the_form_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    said = broker.handler(
        {"requestContext": {"identity": {"sourceIp": "8.8.8.8", "vpceId": SETTINGS["ENDPOINT"]}}}, None
    )
    body = json.loads(said["body"])
    assert (said["statusCode"], body["schema"], body["error"]) == (403, 1, "no-session")
    assert said["headers"]["Cache-Control"] == "no-store"
