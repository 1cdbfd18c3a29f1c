"""Who is here, where, since when and until when; outside a stream, what is known there."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launcher.config.plain import plain
from launcher.errors import BadUsage
from launcher.session import registry
from launcher.session.sources import PROFILE_DIR, Source, profile_sources

NOT_IN_A_STREAM = "not in a stream"
#: The service by both of its names; people and pages use either.
SERVICE = "Amazon WorkSpaces Applications (formerly AppStream 2.0)"
#: How a person may have come in; the service writes them in lower case.
ACCESS_MODES = ("custom", "saml", "userpool")

#: What we take from the service, by the name of its variable. No source agrees with another on letter case.
_TAKEN = {
    "APPSTREAM_USERNAME": "user",
    "APPSTREAM_USER_ACCESS_MODE": "access_mode",
    "APPSTREAM_STACK_NAME": "stack",
    "APPSTREAM_RESOURCE_NAME": "fleet",
    "APPSTREAM_RESOURCE_TYPE": "resource_type",
    "APPSTREAM_IMAGE_ARN": "image",
    "APPSTREAM_INSTANCE_TYPE": "instance_type",
    "APPSTREAM_SESSION_ID": "session_id",
    "APPSTREAM_SESSION_RESERVATION_DATETIME": "started",
}
_LONGEST_VALUE = 1024
#: What may stand in a key as it is; a leading dot could be one of our own names.
_SAFE_IN_KEY = re.compile(r"[A-Za-z0-9_@+=,-][A-Za-z0-9._@+=,-]{0,127}")
#: The service did not exist before, and a clock that is wrong by centuries is no start of a session.
_EARLIEST, _LATEST = datetime(2013, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known about the session; unknown is the empty text.

    `user` is the person's id with the service, not the account on this computer: everybody shares that one. Inside a
    stream an unknown user stays unknown, since any stand-in would give several people one home.
    """

    user: str
    user_hash: str
    access_mode: str
    stack: str = ""
    fleet: str = ""
    image: str = ""
    instance_type: str = ""
    session_id: str = ""
    started: datetime | None = None
    resource_type: str = ""
    source: str = NOT_IN_A_STREAM
    #: What was odd about the places that told this, in words; the session goes on.
    notices: tuple[str, ...] = ()

    @property
    def is_in_a_stream(self) -> bool:
        """Did the service tell anything?"""
        return self.source != NOT_IN_A_STREAM


def session_facts(
    environ: Mapping[str, str],
    *,
    profile_dir: Path = PROFILE_DIR,
    read_key: registry.ReadKey = registry.read_key,
    account: str | None = None,
) -> SessionFacts:
    """The facts from the process environment; what is missing there from the registry, then the profile files.

    A computer has one of the two. The session context is not among them: whoever opens the stream writes it.
    """
    places = [
        Source("environment", environ),
        Source("registry", registry.variables(read_key)),
        *profile_sources(profile_dir),
    ]
    known, used = _merged(places)
    notices = [f"{place.name}: {place.problem}." for place in places if place.problem]
    if not known:
        user = account if account is not None else os_account()
        return SessionFacts(user, user_hash(user), "local", notices=tuple(notices))
    notices += [words for place in places for words in _refused(place.variables)]
    return _in_a_stream(known, ", ".join(used), notices)


def user_hash(user: str) -> str:
    """The service's own name for a person in bucket keys: letter case counts, nothing is normalised."""
    return hashlib.sha256(user.encode("utf-8", "surrogateescape")).hexdigest()


def os_account() -> str:
    """The account on this computer; a number where the system has no name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid-{os.getuid()}" if hasattr(os, "getuid") else "unknown"


def home_uri(template: str, facts: SessionFacts) -> str:
    """The person's home prefix, from the catalogue's `[home] uri`."""
    import string

    wanted = {field for _, field, _, _ in string.Formatter().parse(template) if field}
    values = {"access_mode": facts.access_mode, "user_hash": facts.user_hash, "user": facts.user}
    for name in sorted(wanted):
        _refuse_in_key(name, values.get(name, ""))
    return template.format_map(values)


def _merged(places: Iterable[Source]) -> tuple[dict[str, str], list[str]]:
    """Every known value from the first place that has it, and the places that told something."""
    known: dict[str, str] = {}
    used = []
    for place in places:
        new = {name: value for name, value in _taken(place.variables) if name not in known}
        if new:
            known |= new
            used.append(place.name)
    return known, used


def _taken(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        field = _TAKEN.get(name.upper())
        if field and value and _is_usable(value):
            yield field, value


def _is_usable(value: str) -> bool:
    return len(value) <= _LONGEST_VALUE and plain(value) == value


def _refused(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if name.upper() in _TAKEN and not _is_usable(value):
            yield f"{name} holds characters that no such value has, or is too long; it was left out."


def _in_a_stream(known: Mapping[str, str], source: str, notices: list[str]) -> SessionFacts:
    user = known.get("user", "")
    resource_type = _resource_type(known.get("resource_type", ""))
    mode = _access_mode(known.get("access_mode", ""))
    notices += _oddities(user, mode)
    return SessionFacts(
        user=user,
        user_hash=user_hash(user) if user else "",
        access_mode=mode,
        stack=known.get("stack", ""),
        fleet="" if resource_type == "image-builder" else known.get("fleet", ""),
        image=known.get("image", ""),
        instance_type=known.get("instance_type", ""),
        session_id=known.get("session_id", ""),
        started=_moment(known.get("started", "")),
        resource_type=resource_type,
        source=source,
        notices=tuple(notices),
    )


def _access_mode(text: str) -> str:
    """In the service's own spelling; one that nobody has seen stays as it is."""
    lower = text.strip().lower()
    return lower if lower in ACCESS_MODES else text


def _oddities(user: str, mode: str) -> Iterator[str]:
    if not user:
        yield "The service did not tell who this is, so there is no home prefix."
    if mode and mode not in ACCESS_MODES:
        known = ", ".join(ACCESS_MODES)
        yield f'The access mode "{mode}" is new to this launcher (known: {known}); it is taken as it is.'
    if "@" in user and user != user.lower():
        yield f"The letter case of {user} counts: {user.lower()} would be another person with another home."


def service_prefix(facts: SessionFacts) -> str:
    """Where the service's own Home Folder connector keeps this person's files in its bucket; never written by us."""
    kind = {"custom": "custom", "saml": "federated", "userpool": "userpool"}.get(facts.access_mode)
    return f"user/{kind}/{facts.user_hash}/" if kind and facts.user_hash else ""


def is_services_bucket(bucket: str) -> bool:
    """The bucket that the service makes for Home Folders, one for each account and region."""
    return bucket.startswith("appstream2-36fb080bb8-")


def _resource_type(text: str) -> str:
    """The service's pages spell the builder in two ways."""
    lower = text.strip().lower()
    return "image-builder" if re.fullmatch(r"image[-_ ]?builder", lower) else lower


def _from_mail(text: str) -> datetime:
    from email.utils import parsedate_to_datetime  # the last form that is tried; the window does not wait for it

    return parsedate_to_datetime(text)


def _moment(text: str) -> datetime | None:
    """A time as the service may write it (its form is not documented); without a zone it is UTC."""
    for read in (_from_number, datetime.fromisoformat, _from_mail):
        with suppress(ValueError, TypeError, OverflowError, OSError):
            moment = read(text.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return moment if _EARLIEST <= moment <= _LATEST else None
    return None


def _from_number(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{10}(?:[0-9]{3})?", text):
        raise ValueError(text)
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _refuse_in_key(name: str, value: str) -> None:
    if not value:
        raise BadUsage(
            f"{{{name}}} in [home] uri of the site catalogue has no value",
            title="It is not known whose home this would be",
            hint="Nothing was changed. Open the launcher from your stream, or ask your admin.",
        )
    if not _SAFE_IN_KEY.fullmatch(value):
        raise BadUsage(
            plain(value),
            title=f"This {name} cannot be part of an address in a bucket",
            hint="Nothing was changed. Ask your admin to use {user_hash} in [home] uri of the site catalogue.",
        )
