"""The one place where the service's codes become our errors, with the right that is missing and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from launcher import errors
from launcher.errors import LauncherError
from launcher.storage.signing_clock import TOO_FAR_OFF

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

TypeOfError = type[LauncherError]

#: Service code: what it is for us, what happened in words, what to do next.
BY_CODE: dict[str, tuple[TypeOfError, str, str]] = {
    "NoSuchBucket": (errors.NotFound, "This bucket does not exist", "Check the address in the site catalogue."),
    "NoSuchKey": (errors.NotFound, "There is no such object", "Look at the folder again; it may have been moved."),
    "NoSuchVersion": (errors.NotFound, "This version is gone", "Look at the folder again."),
    "NoSuchUpload": (
        errors.NotFound,
        "What had arrived of this file is no longer known to the server",
        "The file is on this computer. Save again: it is then sent from the beginning.",
    ),
    "AccessDenied": (errors.Refused, "You do not have access", ""),
    "AllAccessDisabled": (errors.Refused, "This bucket is switched off", "Ask the data owner."),
    "InvalidAccessKeyId": (
        errors.Refused,
        "The server does not know our access key",
        "Ask your admin to check the credentials; nothing was changed.",
    ),
    "SignatureDoesNotMatch": (
        errors.Refused,
        "The server refuses our signature: the secret key is wrong",
        "Ask your admin to check the credentials; nothing was changed.",
    ),
    "ExpiredToken": (
        errors.Refused,
        "The credentials have expired",
        "New ones come by themselves within an hour; if not, ask your admin.",
    ),
    "InvalidToken": (errors.Refused, "The session token is not valid", "Ask your admin to check the credentials."),
    TOO_FAR_OFF: (
        errors.Refused,
        "The clock of this computer is wrong, so the server refuses our signature",
        "Ask your admin to set the clock; nothing was changed.",
    ),
    "InvalidObjectState": (
        errors.NotDone,
        "This object is in an archive and cannot be read at once",
        "Ask the data owner to restore it from the archive.",
    ),
    "PermanentRedirect": (
        errors.BadUsage,
        "This bucket is in another region",
        "Correct the region in the site catalogue.",
    ),
    "AuthorizationHeaderMalformed": (
        errors.BadUsage,
        "This bucket is in another region",
        "Correct the region in the site catalogue.",
    ),
    "PreconditionFailed": (errors.ChangedMeanwhile, errors.ChangedMeanwhile.title, errors.ChangedMeanwhile.hint),
    "ConditionalRequestConflict": (
        errors.ChangedMeanwhile,
        errors.ChangedMeanwhile.title,
        errors.ChangedMeanwhile.hint,
    ),
    "BadDigest": (
        errors.NotDone,
        "The content was damaged on its way to the server",
        "It was refused there; try again.",
    ),
    "InvalidDigest": (
        errors.NotDone,
        "The content was damaged on its way to the server",
        "It was refused there; try again.",
    ),
    "QuotaExceeded": (errors.NotDone, "The storage server is full", "Ask your admin for space; your files stay here."),
    "KeyTooLongError": (errors.NamesRefused, "This name is too long for the server", "Shorten it."),
    #: Of all kinds: the key is switched off, is to be deleted, or is gone.
    "KMS": (
        errors.Refused,
        "The key that this bucket is encrypted with cannot be used",
        "Your files are safe. Ask your admin to look at the bucket's KMS key.",
    ),
}

BY_STATUS = {
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NoSuchKey",
    412: "PreconditionFailed",
    409: "ConditionalRequestConflict",
    301: "PermanentRedirect",
}

_NOT_KNOWN = "It was not done, and nothing was lost. Tell your admin of it; what is here stays here."
#: Where data goes is the admin's decision, so that nobody is followed: a network may want that one logs in first.
_ELSEWHERE = frozenset({302, 303, 307, 308})

#: Answers after which the same request may well succeed.
TRANSIENT_STATUS = frozenset({500, 502, 503, 504})
TRANSIENT_CODES = frozenset(
    {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "Throttling", "BadDigest"}
)
STALE_CREDENTIALS = frozenset({"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})
#: A right is missing, or these are the keys of before, and others have come: where keys come from tells.
DOUBTFUL_CREDENTIALS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


#: S3 names the action that the policies do not allow, which for an encrypted bucket is one of the key's.
_NOT_ALLOWED = re.compile(r"not authorized to perform: ([a-z0-9-]{1,32}:[A-Za-z]{1,64})\b")


class Said(NamedTuple):
    """What an error answer says: the service's code, and the permission that is missing, if it names one."""

    code: str = ""
    right: str = ""


def said_in(body: bytes) -> Said:
    """The `<Code>` of an error answer, and the right that its `<Message>` names; both empty if there is none."""
    try:
        error = ET.fromstring(body[:65536])  # noqa: S314 - expat limits expansion; 64 KB at most
    except ET.ParseError:
        return Said()
    return Said(error.findtext("Code") or "", right_named(error.findtext("Message") or ""))


def right_named(message: str) -> str:
    """The permission that a service's message says is missing, such as `kms:Decrypt`; empty if it names none."""
    found = _NOT_ALLOWED.search(message)
    return found[1] if found else ""


def error_code(body: bytes) -> str:
    """The `<Code>` of an error answer; empty if there is none."""
    return said_in(body).code


def from_answer(status: int, code: str, subject: object, right: str) -> LauncherError:
    """Our error for a service's refusal; `right` is the permission that the request needed, such as `s3:GetObject`."""
    known = BY_CODE.get(code.partition(".")[0]) or BY_CODE.get(BY_STATUS.get(status, ""))
    detail = f"HTTP {status} {code}"
    if known is None and status in _ELSEWHERE:
        return errors.Unreachable(subject, title=f"Something answers that it is elsewhere ({status})", detail=detail)
    if known is None:
        kind: TypeOfError = (
            errors.Unreachable if status in TRANSIENT_STATUS or code in TRANSIENT_CODES else errors.NotDone
        )
        title = f"The storage server answers with an error ({code or status})"
        return kind(subject, title=title, hint=None if kind is errors.Unreachable else _NOT_KNOWN, detail=detail)
    kind, title, hint = known
    if kind is errors.Refused and not hint:
        hint = f"Your files are safe. Ask your admin for the right {right} there."
    return kind(subject, title=title, hint=hint, detail=detail)


def is_damage_on_the_way(exc: LauncherError) -> bool:
    """Did the server refuse what arrived because it is not what we sent? Sent again, it may well arrive whole."""
    return exc.detail.endswith(("BadDigest", "InvalidDigest"))


def is_error_of_the_server(exc: LauncherError) -> bool:
    """Did it answer that something is wrong on its side, rather than not at all?"""
    return isinstance(exc, errors.Unreachable) and exc.detail.startswith("HTTP ")


def is_without_bucket(exc: LauncherError) -> bool:
    """Is there no bucket at all, rather than no such object in it?"""
    return exc.detail.endswith("NoSuchBucket")


def is_without_upload(exc: LauncherError) -> bool:
    """Has the server forgotten an upload in parts, because it is over or somebody ended it?"""
    return exc.detail.endswith("NoSuchUpload")


@contextmanager
def s3_errors(subject: object, right: str) -> Iterator[None]:
    """Translate what the AWS libraries raise, keeping the cause."""

    def refusal(exc: ClientError) -> LauncherError:
        meta, error = exc.response.get("ResponseMetadata", {}), exc.response.get("Error", {})
        missing = right_named(error.get("Message", "")) or right
        return from_answer(meta.get("HTTPStatusCode", 0), error.get("Code", ""), subject, missing)

    with translated(subject, refusal):
        yield


@contextmanager
def translated(
    subject: object,
    refusal: Callable[[ClientError], LauncherError],
    silence: Callable[..., LauncherError] = errors.Unreachable,
) -> Iterator[None]:
    """Whatever the AWS libraries raise for any service.

    `refusal` makes the error for what a service answers with, `silence` the one for no answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # whoever comes here has loaded it
    from botocore.exceptions import ConnectionError as BotoConnectionError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as exc:
        raise refusal(exc) from exc
    except (HTTPError, BotoConnectionError, HTTPClientError, ResponseParserError, TimeoutError) as exc:
        raise silence(subject, detail=repr(exc)) from exc
    except BotoCoreError as exc:
        raise errors.Refused(subject, title="The credentials cannot be used", detail=repr(exc)) from exc
