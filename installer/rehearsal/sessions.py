"""The rehearsal's sessions: people on instances with private addresses, and the clocks that end them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import partial

from installer.rehearsal.mishaps import Mishap
from installer.rehearsal.world import Record, Refusal, World, found, operation, page, shown

DEFAULT_MAXIMUM_S, DEFAULT_DISCONNECT_S = 57_600, 900
ACCESS_MODES = {"USERPOOL": "userpool", "API": "custom", "SAML": "saml"}


def sign_in(world: World, user: str, stack: str, authentication: str = "USERPOOL") -> Record:
    """A person opens the stream: the session that they have, or a new instance. Raises `Refusal`."""
    with world.lock:
        world.settle()
        fleet = _fleet_of(world, stack)
        if authentication == "USERPOOL" and (user, stack) not in world.memberships:
            raise Refusal("OperationNotPermittedException", f"{user} may not enter {stack}.")
        for session in world.sessions.values():
            theirs = (session["UserId"], session["AuthenticationType"], session["StackName"])
            if theirs == (user, authentication, stack) and session["State"] == "ACTIVE":
                session["ConnectionState"] = "CONNECTED"
                world.later(session, _seconds_left(world, session), partial(_expire, session))
                return session
        return _new_session(world, user, stack, fleet, authentication)


def _fleet_of(world: World, stack: str) -> Record:
    names = [fleet for fleet, of in world.associations if of == stack]
    fleet = world.fleets[names[0]] if names else {"State": "STOPPED"}
    if fleet["State"] != "RUNNING" or world.mishaps.happens(Mishap.NO_CAPACITY):
        raise Refusal("ResourceNotAvailableException", "No streaming resources are available for your session.")
    return fleet


def _new_session(world: World, user: str, stack: str, fleet: Record, authentication: str) -> Record:
    now, number = world.clock.now(), len(world.sessions) + 10
    maximum = timedelta(seconds=fleet.get("MaxUserDurationInSeconds", DEFAULT_MAXIMUM_S))
    session = {
        "Id": secrets.token_hex(16), "UserId": user, "StackName": stack, "FleetName": fleet["Name"], "State": "ACTIVE",
        "ConnectionState": "CONNECTED", "StartTime": now, "MaxExpirationTime": now + maximum,
        "AuthenticationType": authentication, "InstanceId": f"i-{secrets.token_hex(8)}",
        "NetworkAccessConfiguration": {
            "EniPrivateIpAddress": f"10.0.{number // 250}.{number % 250}", "EniId": f"eni-{secrets.token_hex(8)}"
        },
        "_image": fleet.get("ImageName", ""), "_type": fleet["InstanceType"],
    }  # fmt: skip
    world.sessions[session["Id"]] = session
    world.later(session, maximum.total_seconds(), partial(_expire, session))
    return session


def disconnect(world: World, session: Record) -> None:
    """The browser tab is closed: the instance waits for the fleet's disconnect time-out."""
    with world.lock:
        session["ConnectionState"] = "NOT_CONNECTED"
        fleet = world.fleets[session["FleetName"]]
        wait = fleet.get("DisconnectTimeoutInSeconds", DEFAULT_DISCONNECT_S)
        world.later(session, min(wait, _seconds_left(world, session)), partial(_expire, session))


def variables(world: World, session: Record) -> dict[str, str]:
    """What the service puts into the environment of the session."""
    return {
        "AppStream_Stack_Name": session["StackName"],
        "AppStream_User_Access_Mode": ACCESS_MODES[session["AuthenticationType"]],
        "AppStream_Session_Reservation_DateTime": session["StartTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AppStream_UserName": session["UserId"],
        "AppStream_Session_ID": session["Id"],
        "AppStream_Image_Arn": world.arn("image", session["_image"]),
        "AppStream_Instance_Type": session["_type"],
        "AppStream_Resource_Type": "fleet",
        "AppStream_Resource_Name": session["FleetName"],
    }


def home_prefix(user: str, authentication: str) -> str:
    """Where the service's own Home Folder of a person lies; a test link leads to another one than signing in."""
    mode = {"USERPOOL": "userpool", "API": "custom", "SAML": "federated"}[authentication]
    return f"user/{mode}/{hashlib.sha256(user.encode()).hexdigest()}/"


def _seconds_left(world: World, session: Record) -> float:
    return max(0.0, float((session["MaxExpirationTime"] - world.clock.now()).total_seconds()))


def _expire(session: Record) -> None:
    session.update(State="EXPIRED", ConnectionState="NOT_CONNECTED")


@operation
def create_streaming_url(world: World, given: Record) -> Record:
    """A test link: its person is another one than the same address in the user pool."""
    found(world.stacks, given["StackName"], "Stack")
    if (given["FleetName"], given["StackName"]) not in world.associations:
        raise Refusal("ResourceNotFoundException", "The stack has no such fleet.")
    expires = world.clock.now() + timedelta(seconds=given.get("Validity", 60))
    address = f"https://appstream2.{world.region}.aws.amazon.com/authenticate?parameters=rehearsal"
    return {"StreamingURL": address, "Expires": expires}


@operation
def describe_sessions(world: World, given: Record) -> Record:
    """Who is on a stack's fleet, or was a while ago."""
    user, kind, instance = given.get("UserId"), given.get("AuthenticationType"), given.get("InstanceId")
    if user and not kind:
        raise Refusal("InvalidParameterCombinationException", "UserId needs an AuthenticationType")
    rows = [
        shown(one)
        for one in world.sessions.values()
        if (one["StackName"], one["FleetName"]) == (given["StackName"], given["FleetName"])
        and user in (None, one["UserId"])
        and kind in (None, one["AuthenticationType"])
        and instance in (None, one["InstanceId"])
        and one["State"] != "EXPIRED"
    ]
    return page(rows, given, "Sessions", min(given.get("Limit") or 20, 60))


@operation
def expire_session(world: World, given: Record) -> Record:
    """At once."""
    _expire(found(world.sessions, given["SessionId"], "Session"))
    return {}


@operation
def create_usage_report_subscription(world: World, given: Record) -> Record:
    """Daily reports, and the bucket that they go to."""
    del given
    world.report_bucket = f"appstream-logs-{world.region}-{world.account}-rehearsal"
    return {"S3BucketName": world.report_bucket, "Schedule": "DAILY"}


@operation
def describe_usage_report_subscriptions(world: World, given: Record) -> Record:
    """Whether there are reports."""
    del given
    rows = [{"S3BucketName": world.report_bucket, "Schedule": "DAILY"}] if world.report_bucket else []
    return {"UsageReportSubscriptions": rows}
