"""The services that the admin's commands talk to, and their refusals as our errors."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

from launcher import errors
from launcher.config import rules
from launcher.storage.failures import BY_CODE as OF_STORAGE
from launcher.storage.failures import translated
from launcher.storage.store import distrust_environment

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")
_PROFILE = re.compile(r"[\w.@+-]{1,128}")

#: What the services beside S3 say, what it is for us, what to do next; S3's own codes are the launcher's.
BY_CODE: dict[str, tuple[type[errors.LauncherError], str, str]] = {
    "ResourceNotFoundException": (errors.NotFound, "The service knows no such thing", "Check the name and the region."),
    "ResourceAlreadyExistsException": (errors.NotDone, "There is one of this name already", "Choose another name."),
    "ResourceInUseException": (errors.NotDone, "It is in use", "Wait until it is free, then run the same command."),
    "ResourceNotAvailableException": (errors.NotDone, "It is not ready yet", "Wait, then run the same command."),
    "LimitExceededException": (
        errors.NotDone,
        "A quota of the account is used up",
        "`pose-admin preflight` names the request to file.",
    ),
    "InvalidRoleException": (errors.NotDone, "The service cannot take this role", "Look at its trust policy."),
    "InvalidAccountStatusException": (errors.Refused, "The account is not active", "Ask whoever pays for it."),
    "IncompatibleImageException": (
        errors.NotDone,
        "This image does not fit the fleet",
        "See `pose-admin image check`.",
    ),
    "InvalidParameterCombinationException": (
        errors.BadUsage,
        "These settings exclude each other",
        "Nothing was changed.",
    ),
    "ConcurrentModificationException": (errors.NotDone, "Somebody else is changing it", "Run the same command again."),
    "OperationNotPermittedException": (
        errors.NotDone,
        "The service does not allow this now",
        "Look at its state first.",
    ),
    "RequestLimitExceededException": (
        errors.NotDone,
        "The service asks us to slow down",
        "Run the same command later.",
    ),
    "ThrottlingException": (errors.NotDone, "The service asks us to slow down", "Run the same command later."),
    "SerializationException": (errors.BadUsage, "The service cannot read this", "Nothing was changed."),
    "ValidationException": (errors.BadUsage, "The service does not take this value", "Nothing was changed."),
    "ValidationError": (errors.BadUsage, "The service does not take this", "Nothing was changed."),
}
_RIGHTS = (
    "AccessDenied",
    "UnrecognizedClient",
    "InvalidSignature",
    "ExpiredToken",
    "InvalidClientTokenId",
    "NotAuthorized",
)


@dataclass(frozen=True, slots=True)
class Cloud:
    """One account and region; `endpoint` is empty for AWS itself."""

    region: str
    profile: str = ""
    endpoint: str = ""

    @classmethod
    def of(cls, region: str | None, profile: str | None, endpoint: str | None) -> Cloud:
        """From flags and site file; what cannot be a region, a profile or a rehearsal is refused."""
        if not _REGION.fullmatch(region or ""):
            raise errors.BadUsage(
                region or "",
                title="The region is not known",
                hint='Write [s3] region = "…" in the site file, or --region.',
            )
        if profile and not _PROFILE.fullmatch(profile):
            raise errors.BadUsage(profile, title="This is no name of a profile")
        return cls(region or "", profile or "", _rehearsal(endpoint or ""))

    def client(self, service: str) -> Any:
        """A low-level client; its calls are made inside `service_errors`."""
        distrust_environment()
        config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60)
        with service_errors(self.profile):
            session = _session(self.profile, self.region, is_rehearsal=bool(self.endpoint))
            return session.client(service, endpoint_url=self.endpoint or None, config=config)


@functools.cache
def _session(profile: str, region: str, *, is_rehearsal: bool) -> Any:
    """Made once: it reads the services' models. A rehearsal never sends the admin's own keys anywhere."""
    keys = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"} if is_rehearsal else {}
    return boto3.Session(profile_name=profile or None, region_name=region, **keys)


def _rehearsal(endpoint: str) -> str:
    try:
        address = rules.web_address(endpoint)
    except ValueError:
        address = ""
    if endpoint and not address.startswith("http:"):
        raise errors.BadUsage(endpoint, title="--endpoint is for a rehearsal on this computer: http://127.0.0.1:PORT")
    return address


_NO_ANSWER = functools.partial(
    errors.Unreachable, title="The service does not answer", hint="Run the same command again; it goes on."
)


@contextmanager
def service_errors(subject: object) -> Iterator[None]:
    """Translate what the AWS libraries raise, keeping the cause."""

    def refusal(exc: ClientError) -> errors.LauncherError:
        error = exc.response.get("Error", {})
        return from_code(error.get("Code", ""), subject, error.get("Message", ""))

    with translated(subject, refusal, _NO_ANSWER):
        try:
            yield
        except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as exc:
            raise errors.Refused(
                title="There are no credentials for AWS",
                hint="Nothing was changed. Sign in with the AWS tools, or name a profile with --profile.",
                detail=str(exc),
            ) from exc
        except ParamValidationError as exc:
            raise errors.BadUsage(subject, detail=str(exc)) from exc


def from_code(code: str, subject: object, message: str) -> errors.LauncherError:
    """Our error for one refusal of a service."""
    if code.startswith(_RIGHTS):
        return errors.Refused(
            subject,
            title="The service refuses these credentials, or a right is missing",
            hint=f"Nothing was changed. It says: {message}",
            detail=code,
        )
    known = BY_CODE.get(code) or OF_STORAGE.get(code)
    kind, title, hint = known or (
        errors.NotDone,
        f"The service answers with {code or 'an error'}",
        "Try again later.",
    )
    return kind(subject, title=title, hint=f"{hint} The service says: {message}" if message else hint, detail=code)
