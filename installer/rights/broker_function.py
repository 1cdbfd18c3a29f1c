"""The broker: who sits at the address that asks, by the service's own list, and credentials for that person alone.

Runs as a function of the account behind a private address, so it is one file that needs nothing but boto3. It trusts
nothing that the caller says; the network says where the question comes from.
"""

import datetime as dt
import hashlib
import ipaddress
import json
import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger()
Record = dict[str, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SCHEMA = 1
ACCESS_MODES = {"USERPOOL": "userpool", "SAML": "saml", "API": "custom"}
#: What may stand in a key and in the value of a session tag; the launcher's rule, less the comma.
SAFE = re.compile(r"[A-Za-z0-9_@+=-][A-Za-z0-9._@+=-]{0,127}")
#: The least and the most that credentials of a role taken on by a role can last.
LEAST_S, MOST_S = 900, 3600


class Refused(Exception):
    """No credentials: a status, a word for programs and a sentence for people."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


def handler(event: Record, context: object) -> Record:
    """Answer one request of the private address."""
    del context
    try:
        return _answer(200, who_asks(event, dict(os.environ), _clients(), dt.datetime.now(dt.UTC)))
    except Refused as refused:
        return _answer(refused.status, {"error": refused.error, "message": refused.message})
    except (ClientError, BotoCoreError) as problem:
        log.warning("%s: %.500s", type(problem).__name__, problem)
        return _answer(503, {"error": "try-again", "message": "The service does not answer the broker; ask again."})


def who_asks(event: Record, settings: dict[str, str], clients: Record, now: dt.datetime) -> Record:
    """The body of the answer. `clients` has `appstream` and `sts`. Raises `Refused`."""
    address = caller(event, settings)
    fleet, stacks = settings["FLEET"], [name for name in settings["STACKS"].split(",") if name]
    refuse_shared_hosts(clients["appstream"], fleet)
    found = [one for stack in stacks for one in sessions_at(clients["appstream"], stack, fleet, address)]
    if not found:
        raise Refused(403, "no-session", "No running session of this fleet has your address.")
    if len(found) > 1:
        raise Refused(409, "several-sessions", "Several sessions share your address, so nobody can be told apart.")
    return credentials_for(found[0], settings, clients["sts"], now)


def caller(event: Record, settings: dict[str, str]) -> Address:
    """The private address of the instance, as the network endpoint saw it."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    if not settings["ENDPOINT"] or identity.get("vpceId") != settings["ENDPOINT"]:
        raise Refused(403, "no-session", "The broker answers through its own network endpoint only.")
    try:
        address = ipaddress.ip_address(identity.get("sourceIp") or "")
    except ValueError:
        raise Refused(403, "no-session", "Your address is not known.") from None
    if not address.is_private or address.is_loopback:
        raise Refused(403, "no-session", "Your address is not one of the network of the fleet.")
    return address


def refuse_shared_hosts(appstream: Any, fleet: str) -> None:
    """On a multi-session fleet one address belongs to several people."""
    (found,) = appstream.describe_fleets(Names=[fleet])["Fleets"]
    if (found.get("MaxSessionsPerInstance") or 1) > 1:
        raise Refused(
            409, "several-sessions", "This fleet puts several people on one instance: there is no broker for it."
        )


def sessions_at(appstream: Any, stack: str, fleet: str, address: Address) -> Iterator[Record]:
    """Every running session at this address, page by page."""
    token: dict[str, str] = {}
    while True:
        page = appstream.describe_sessions(StackName=stack, FleetName=fleet, Limit=60, **token)
        for session in page.get("Sessions", ()):
            if session.get("State") == "ACTIVE" and address in addresses(session):
                yield session
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def addresses(session: Record) -> list[Address]:
    """The private addresses of a session's instance."""
    network = session.get("NetworkAccessConfiguration") or {}
    texts = [network.get("EniPrivateIpAddress"), *(network.get("EniIpv6Addresses") or ())]
    return [ipaddress.ip_address(text) for text in texts if text]


def credentials_for(session: Record, settings: dict[str, str], sts: Any, now: dt.datetime) -> Record:
    """The role of all people, tagged as this one and ending with the session."""
    user, mode = session["UserId"], ACCESS_MODES.get(session.get("AuthenticationType", ""), "")
    user_hash = hashlib.sha256(user.encode()).hexdigest()
    home = home_of(settings["HOME_FORM"], {"user": user, "user_hash": user_hash, "access_mode": mode})
    ends = session.get("MaxExpirationTime") or now + dt.timedelta(seconds=MOST_S)
    seconds = int((ends - now).total_seconds())
    if seconds <= 0:
        raise Refused(403, "no-session", "Your session has ended.")
    given = sts.assume_role(
        RoleArn=settings["PERSON_ROLE"],
        RoleSessionName=f"pose-{user_hash[:48]}",
        DurationSeconds=max(LEAST_S, min(MOST_S, seconds)),
        Tags=[{"Key": settings["HOME_TAG"], "Value": home}],
        Policy=json.dumps(deadline(ends)),
    )["Credentials"]
    return {
        "user": user,
        "user_hash": user_hash,
        "access_mode": mode,
        "stack": session["StackName"],
        "fleet": session["FleetName"],
        "session_id": session["Id"],
        "started": moment(session.get("StartTime")),
        "ends": moment(session.get("MaxExpirationTime")),
        "home": settings["HOME_ROOT"] + home,
        "credentials": {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "session_token": given["SessionToken"],
            "expires": moment(min(given["Expiration"], ends)),
        },
    }


def home_of(form: str, who: dict[str, str]) -> str:
    """The person's prefix; a name that could leave its place in a key gets nothing."""
    if any(f"{{{name}}}" in form and not SAFE.fullmatch(value) for name, value in who.items()):
        raise Refused(403, "no-session", "Your name cannot be part of an address; the site has to use {user_hash}.")
    home = form.format_map(who)
    if len(home) > 256:
        raise Refused(403, "no-session", "Your home prefix is longer than a session tag can be.")
    return home


def deadline(ends: dt.datetime) -> Record:
    """The credentials may outlive the session (nine hundred seconds are the least); what they allow does not."""
    condition = {"DateLessThan": {"aws:CurrentTime": moment(ends)}}
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def moment(time: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC, or null."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def _clients() -> Record:
    config = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
    return {name: boto3.client(name, config=config) for name in ("appstream", "sts")}


def _answer(status: int, body: Record) -> Record:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"schema": SCHEMA, **body})}
