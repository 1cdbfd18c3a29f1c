"""Checksums, credentials and refusals: what a server's answers mean to us."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from urllib3.exceptions import ProtocolError

from launcher import errors
from launcher.config.site import S3Settings
from launcher.storage import credential_process
from launcher.storage.checksums import CHUNK, Expected, Hasher, digest_file, digest_of
from launcher.storage.credentials import DOUBT_S, IN_VAIN_S, LATE_S, REREAD_S, Credentials, Keys, read_keys
from launcher.storage.failures import BY_CODE, error_code, from_answer, s3_errors
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri
from tests.unit.storage.clients import client_at
from tests.unit.storage.scripted import Reply, scripted

CHECK = b"123456789"  # the usual check input: CRC-64/NVME of it is ae8b14860a799888
MD5 = hashlib.md5(CHECK, usedforsecurity=False).hexdigest()


def test_the_checksum_is_the_one_that_s3_writes() -> None:
    digest = digest_of(CHECK)
    assert base64.b64decode(digest.crc64nvme).hex() == "ae8b14860a799888"
    assert (digest.size, digest.sha256) == (9, hashlib.sha256(CHECK).hexdigest())


def test_pieces_hash_like_the_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * (CHUNK // 128)
    (tmp_path / "f").write_bytes(data)
    hasher = Hasher()
    for at in range(0, len(data), 100_003):
        hasher.update(data[at : at + 100_003])
    assert hasher.digest() == digest_of(data) == digest_file(tmp_path / "f")


@pytest.mark.parametrize(
    ("headers", "algorithm"),
    [
        ({"x-amz-checksum-crc64nvme": "rosUhgp5mIg=", "etag": f'"{MD5}"'}, "crc64nvme"),
        ({"x-amz-checksum-crc32": base64.b64encode(zlib.crc32(CHECK).to_bytes(4, "big")).decode()}, "crc32"),
        ({"x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(CHECK).digest()).decode()}, "sha256"),
        ({"etag": f'"{MD5}"'}, "md5"),
        ({"etag": f'"{MD5.upper()}"', "x-amz-server-side-encryption": "AES256"}, "md5"),
        ({"x-amz-checksum-crc32c": "4waSgw==-4", "etag": f'"{MD5}"'}, "md5"),
        ({"x-amz-checksum-crc32c": "4waSgw==", "x-amz-checksum-type": "COMPOSITE", "etag": f'"{MD5}-4"'}, ""),
        ({"etag": f'"{MD5}"', "x-amz-server-side-encryption": "aws:kms"}, ""),
        ({"etag": f'"{MD5}"', "x-amz-server-side-encryption": "aws:kms:dsse"}, ""),
        ({"etag": f'"{MD5}-12"'}, ""),
        ({"etag": '"not-a-hash"'}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_only_what_covers_the_whole_content_is_compared_with(headers: dict[str, str], algorithm: str) -> None:
    expected = Expected.from_headers(headers)
    assert expected.algorithm == algorithm
    running = expected.start()
    assert (running is None) == (algorithm == "")
    if running is not None:
        running.update(CHECK[:4])
        running.update(CHECK[4:])
        assert running.value() == expected.value
        running.update(b"one more")
        assert running.value() != expected.value


# Credentials


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys(number: int) -> Keys:
    return Keys(f"AKID{number}", f"secret{number}", "")


def supply(*numbers: int) -> Iterator[Keys]:
    return map(keys, numbers)


def test_keys_are_read_again_when_they_are_old() -> None:
    clock, source = Clock(), supply(1, 2, 3)
    credentials = Credentials(lambda: next(source), clock)
    assert credentials.current() == keys(1)
    clock.now += REREAD_S
    assert credentials.current() == keys(1)
    clock.now += 1
    assert credentials.current() == keys(2)


def test_refused_keys_are_worth_a_retry_only_when_there_are_other_ones() -> None:
    source = supply(1, 1, 2)
    credentials = Credentials(lambda: next(source), Clock())
    first = credentials.current()
    assert not credentials.refused(first)
    assert credentials.refused(first)
    assert credentials.current() == keys(2)


def test_new_keys_may_come_a_moment_after_the_old_ones_expired() -> None:
    """For a moment their file may even be half written."""
    clock, none = Clock(), errors.Refused(title="There are no credentials")
    answers: list[Keys | errors.Refused] = [keys(1), keys(1), none, keys(2)]
    source = iter(answers)

    def read() -> Keys:
        found = next(source)
        if isinstance(found, errors.Refused):
            raise found
        return found

    def pause(seconds: float) -> None:
        clock.now += seconds

    credentials = Credentials(read, clock, pause)
    first = credentials.current()
    assert credentials.have_changed("ExpiredToken", first)
    assert credentials.current() == keys(2)


def test_for_new_keys_that_do_not_come_nobody_waits_with_each_request() -> None:
    clock, waited = Clock(), list[float]()

    def pause(seconds: float) -> None:
        clock.now += seconds
        waited.append(seconds)

    credentials = Credentials(lambda: keys(1), clock, pause)
    first = credentials.current()
    for _ in range(100):
        assert not credentials.have_changed("ExpiredToken", first)
    assert waited == list(LATE_S)
    clock.now += IN_VAIN_S + 1
    assert not credentials.have_changed("ExpiredToken", first)
    assert waited == [*LATE_S, *LATE_S]


def test_a_look_that_takes_its_time_has_waited_enough() -> None:
    """A program that the profile names, or a broker, may be silent for half a minute."""
    clock, waited = Clock(), list[float]()

    def read() -> Keys:
        clock.now += 30
        return keys(1)

    credentials = Credentials(read, clock, waited.append)
    assert not credentials.have_changed("ExpiredToken", credentials.current())
    assert not waited


def test_where_a_right_may_be_missing_keys_are_looked_up_again_now_and_then() -> None:
    clock, source = Clock(), supply(1, 1, 2)
    credentials = Credentials(lambda: next(source), clock)
    first = credentials.current()
    assert not credentials.have_changed("AccessDenied", first), "they were looked up a moment ago"
    clock.now += DOUBT_S
    assert not credentials.have_changed("InvalidAccessKeyId", first)
    assert not credentials.have_changed("SignatureDoesNotMatch", first), "a third look would find new ones"
    clock.now += DOUBT_S
    assert not credentials.have_changed("NoSuchKey", first)
    assert credentials.have_changed("AccessDenied", first)
    assert credentials.current() == keys(2)


def test_keys_that_another_thread_has_renewed_already_are_not_read_twice() -> None:
    source = supply(1, 2)
    credentials = Credentials(lambda: next(source), Clock())
    old = credentials.current()
    assert credentials.refused(old)
    assert credentials.refused(old), "a third read would have ended the supply"


def test_keys_in_use_stay_when_new_ones_cannot_be_read_for_a_moment() -> None:
    """The profile's service comes late or hiccups now and then; keys of an hour are not used up by that."""
    clock = Clock()
    answers: list[Keys | errors.Refused] = [keys(1), errors.Refused(title="There are no credentials"), keys(2)]
    source = iter(answers)

    def read() -> Keys:
        found = next(source)
        if isinstance(found, errors.Refused):
            raise found
        return found

    credentials = Credentials(read, clock)
    assert credentials.current() == keys(1)
    clock.now += REREAD_S + 1
    assert credentials.current() == keys(1)
    clock.now += REREAD_S + 1
    assert credentials.current() == keys(2)


def test_no_credentials_at_all_is_an_error() -> None:
    def none() -> Keys:
        raise errors.Refused(title="There are no credentials")

    with pytest.raises(errors.Refused, match="There are no credentials"):
        Credentials(none).current()


def test_keys_never_show_in_a_message() -> None:
    assert "secret" not in repr(keys(1)) + str(keys(1)) + f"{keys(1)}"


def test_a_profile_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    settings = S3Settings(profile="site", credentials_file=str(file))
    for number in (1, 2):
        file.write_text(f"[site]\naws_access_key_id = AKID{number}\naws_secret_access_key = secret{number}\n")
        assert read_keys(settings) == keys(number)


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[other]\n")
    with pytest.raises(errors.Refused, match="profile site") as told:
        read_keys(S3Settings(profile="site", credentials_file=str(tmp_path / "credentials")))
    assert told.value.exit_code == 5


@pytest.mark.parametrize(
    "program", ["/nowhere/a-program", "true", "echo no json", "echo '[1]'", "echo '{}'", "false", "printf '\\377'"]
)
def test_a_program_that_should_give_the_keys_and_does_not_is_told_as_missing_keys(tmp_path: Path, program: str) -> None:
    (tmp_path / "credentials").write_text(f"[site]\ncredential_process = {program}\n")
    with pytest.raises(errors.Refused, match="no credentials"):
        read_keys(S3Settings(profile="site", credentials_file=str(tmp_path / "credentials")))


def test_a_program_that_never_says_the_keys_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_process, "PATIENCE_S", 0.5)
    hanging = tmp_path / "hanging"
    hanging.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 60\n")
    hanging.chmod(0o700)
    (tmp_path / "credentials").write_text(f"[site]\ncredential_process = {hanging}\n")
    began = time.monotonic()
    with pytest.raises(errors.Refused, match="no credentials") as told:
        read_keys(S3Settings(profile="site", credentials_file=str(tmp_path / "credentials")))
    assert "silent" in told.value.detail
    assert time.monotonic() - began < 20
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_whoever_waits_for_the_same_look_is_told_the_same() -> None:
    looks, all_wait = [], threading.Barrier(9)

    def silent() -> Keys:
        looks.append(1)
        time.sleep(0.5)
        raise errors.Refused("profile site")

    credentials = Credentials(silent)

    def ask(_: int) -> bool:
        all_wait.wait()
        with pytest.raises(errors.Refused):
            credentials.current()
        return True

    with ThreadPoolExecutor(8) as pool:
        told = pool.map(ask, range(8))
        all_wait.wait()
        assert all(told)
    assert len(looks) == 1


# Refusals


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (404, "NoSuchBucket", errors.NotFound, "bucket does not exist"),
        (404, "", errors.NotFound, "no such object"),
        (403, "AccessDenied", errors.Refused, "right s3:GetObject"),
        (403, "", errors.Refused, "right s3:GetObject"),
        (403, "SignatureDoesNotMatch", errors.Refused, "secret key is wrong"),
        (403, "InvalidAccessKeyId", errors.Refused, "does not know our access key"),
        (400, "ExpiredToken", errors.Refused, "expired"),
        (403, "RequestTimeTooSkewed", errors.Refused, "clock"),
        (403, "InvalidObjectState", errors.NotDone, "archive"),
        (400, "KMS.DisabledException", errors.Refused, "KMS key"),
        (400, "KMS.NotFoundException", errors.Refused, "encrypted with cannot be used"),
        (301, "PermanentRedirect", errors.BadUsage, "another region"),
        (400, "AuthorizationHeaderMalformed", errors.BadUsage, "another region"),
        (412, "PreconditionFailed", errors.ChangedMeanwhile, "changed by someone else"),
        (409, "ConditionalRequestConflict", errors.ChangedMeanwhile, "changed by someone else"),
        (400, "BadDigest", errors.NotDone, "damaged on its way"),
        (503, "SlowDown", errors.Unreachable, "SlowDown"),
        (500, "", errors.Unreachable, "500"),
        (400, "WhatEver", errors.NotDone, "WhatEver"),
    ],
)
def test_each_refusal_has_words_and_an_exit_code(
    status: int, code: str, kind: type[errors.LauncherError], words: str
) -> None:
    error = from_answer(status, code, "s3://lab/x", "s3:GetObject")
    assert type(error) is kind
    assert words in str(error)
    assert "s3://lab/x" in str(error)
    assert error.hint, "what to do next is always said"


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_no_known_code_ends_as_our_own_bug(code: str) -> None:
    assert from_answer(400, code, "x", "s3:PutObject").exit_code not in (0, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<Error><Code>SlowDown</Code></Error>", "SlowDown"),
        (b"", ""),
        (b"<html>nginx</html>", ""),
        (b"<Error><Code>Slow", ""),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_a_code_is_read_from_whatever_the_server_sends(body: bytes, code: str) -> None:
    assert error_code(body) == code


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (ClientError({"Error": {"Code": "NoSuchUpload"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, "X"),
         errors.NotFound),
        (ClientError({}, "X"), errors.NotDone),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), errors.Unreachable),
        (ProtocolError("cut"), errors.Unreachable),
        (TimeoutError(), errors.Unreachable),
        (NoCredentialsError(), errors.Refused),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)  # fmt: skip
def test_what_the_libraries_raise_becomes_ours_and_keeps_its_cause(
    raised: Exception, kind: type[errors.LauncherError]
) -> None:
    with pytest.raises(kind) as told, s3_errors("s3://lab/x", "s3:PutObject"):
        raise raised
    assert told.value.__cause__ is raised


@pytest.mark.parametrize("length", ["9" * 5000, "-5", "many"])
def test_a_length_that_is_none_says_nothing_of_the_content(length: str) -> None:
    """It was a mistake of ours in each command."""
    reply = Reply(200, b"content", {"Content-Length": length})
    with scripted(lambda asked: reply) as server, client_at(server.url) as client:
        found = Objects(client.http).read_small(S3Uri("lab", "list.json"), 100)
    assert found is not None and found[0] in (b"content", b"")


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_whoever_sends_us_elsewhere_is_not_the_storage_server(status: int) -> None:
    """Where data goes is the admin's decision: it is told as one that cannot be reached, and nobody is followed."""
    with scripted(lambda asked: Reply(status, b"", {"Location": "http://127.0.0.1:9/login"})) as server:
        with client_at(server.url) as client, pytest.raises(errors.Unreachable, match="elsewhere"):
            Objects(client.http).read_small(S3Uri("lab", "list.json"), 100)
        assert len(server.asked) == 1
