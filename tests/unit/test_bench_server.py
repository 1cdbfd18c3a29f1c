"""The bench server is trusted to judge others, so real clients say here that it behaves like S3."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import obstore
import pytest
from awscrt import checksums
from botocore.config import Config
from botocore.exceptions import ClientError
from obstore.store import S3Store

from launcher.storage.checksums import digest_of
from tests.bench.certificate import self_signed
from tests.bench.server_process import ROOT, BenchServer

MIB = 1024 * 1024
ODD_KEYS = ["a//b", "tab\tkey", "plus+and space", "ümlaut", "star*~tilde", "per%cent", "line\nbreak", "x", "x/y", "x-y"]


@pytest.fixture(scope="module")
def server() -> Iterator[BenchServer]:
    with BenchServer(seconds=120) as running:
        yield running


@pytest.fixture(scope="module")
def s3(server: BenchServer) -> Iterator[Any]:
    client = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = f"b{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}"
    s3.create_bucket(Bucket=name)
    return name


def crc64nvme(body: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(body).to_bytes(8, "big")).decode()


def refused(code: str, call: Any, **arguments: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    assert refusal.value.response["Error"]["Code"] == code


def test_an_object_comes_back_with_etag_checksum_and_metadata(s3: Any, bucket: str) -> None:
    body = os.urandom(300_000)
    put = s3.put_object(Bucket=bucket, Key="frame.png", Body=body, Metadata={"nonce": "Ab1"}, ContentType="image/png")
    got = s3.get_object(Bucket=bucket, Key="frame.png", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert put["ETag"] == got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert got["ChecksumCRC64NVME"] == crc64nvme(body)
    assert (got["ChecksumType"], got["Metadata"], got["ContentType"]) == ("FULL_OBJECT", {"nonce": "Ab1"}, "image/png")


def test_a_range_carries_its_bytes_and_no_checksum(s3: Any, bucket: str) -> None:
    body = os.urandom(2 * MIB)
    s3.put_object(Bucket=bucket, Key="video", Body=body)
    for wanted, expected in (("bytes=0-9", body[:10]), ("bytes=1000000-", body[1_000_000:]), ("bytes=-5", body[-5:])):
        got = s3.get_object(Bucket=bucket, Key="video", Range=wanted, ChecksumMode="ENABLED")
        assert got["Body"].read() == expected
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert "ChecksumCRC64NVME" not in got
    refused("InvalidRange", s3.get_object, Bucket=bucket, Key="video", Range="bytes=9999999-")


def test_reads_of_another_version_are_refused(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    assert s3.head_object(Bucket=bucket, Key="k", IfMatch=etag, ChecksumMode="ENABLED")["ChecksumCRC64NVME"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    refused("PreconditionFailed", s3.get_object, Bucket=bucket, Key="k", IfMatch=etag)
    refused("412", s3.head_object, Bucket=bucket, Key="k", IfMatch=etag)
    refused("304", s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=f'"{hashlib.md5(b"two").hexdigest()}"')
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="gone")
    refused("NoSuchBucket", s3.get_object, Bucket="gone", Key="gone")


def test_conditional_writes_and_deletes_hold(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="k", Body=b"two", IfNoneMatch="*")
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="k", Body=b"two", IfMatch='"other"')
    refused("NoSuchKey", s3.put_object, Bucket=bucket, Key="new", Body=b"two", IfMatch=etag)
    newer = s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch=etag)["ETag"]
    refused("PreconditionFailed", s3.delete_object, Bucket=bucket, Key="k", IfMatch=etag)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=newer)
    refused("404", s3.head_object, Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("ChecksumCRC64NVME", crc64nvme(b"body")),
        ("ChecksumCRC32", base64.b64encode(zlib.crc32(b"body").to_bytes(4, "big")).decode()),
        ("ChecksumSHA256", base64.b64encode(hashlib.sha256(b"body").digest()).decode()),
        ("ContentMD5", base64.b64encode(hashlib.md5(b"body").digest()).decode()),
    ],
)
def test_a_wrong_checksum_is_refused_and_nothing_stored(s3: Any, bucket: str, name: str, right: str) -> None:
    refused("BadDigest", s3.put_object, Bucket=bucket, Key="k", Body=b"bodx", **{name: right})
    refused("404", s3.head_object, Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"body", **{name: right})
    assert s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["Body"].read() == b"body"


@pytest.mark.parametrize(("crc_of", "status"), [(b"hello world", 200), (b"hello w0rld", 400)])
def test_a_trailing_checksum_in_a_chunked_body_counts(
    server: BenchServer, bucket: str, crc_of: bytes, status: int
) -> None:
    trailer = f"x-amz-checksum-crc64nvme:{crc64nvme(crc_of)}"
    body = f"6\r\nhello \r\n5\r\nworld\r\n0\r\n{trailer}\r\n\r\n".encode()
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "11",
        "x-amz-trailer": "x-amz-checksum-crc64nvme",
    }
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("PUT", f"/{bucket}/k", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status
    connection.request("GET", f"/{bucket}/k")
    stored = connection.getresponse()
    assert (stored.read() == b"hello world", stored.getheader("content-encoding")) == (status == 200, None)
    connection.close()


def multipart(s3: Any, bucket: str, pieces: list[bytes], **conditions: Any) -> tuple[str, dict[str, Any]]:
    upload_id = s3.create_multipart_upload(
        Bucket=bucket, Key="big", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ChecksumCRC64NVME": crc64nvme(piece),
            "ETag": s3.upload_part(
                Bucket=bucket,
                Key="big",
                UploadId=upload_id,
                PartNumber=number,
                Body=piece,
                ChecksumCRC64NVME=crc64nvme(piece),
            )["ETag"],
        }
        for number, piece in enumerate(pieces, 1)
    ]
    return upload_id, {
        "Bucket": bucket,
        "Key": "big",
        "UploadId": upload_id,
        "MultipartUpload": {"Parts": parts},
        "ChecksumType": "FULL_OBJECT",
        **conditions,
    }


def test_multipart_is_complete_only_with_the_checksum_of_the_whole(s3: Any, bucket: str) -> None:
    pieces = [os.urandom(5 * MIB), os.urandom(6 * MIB), b"the end"]
    whole = b"".join(pieces)
    upload_id, request = multipart(s3, bucket, pieces, MpuObjectSize=len(whole))
    assert [part["Size"] for part in s3.list_parts(Bucket=bucket, Key="big", UploadId=upload_id)["Parts"]] == [
        5 * MIB,
        6 * MIB,
        7,
    ]
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["UploadId"] == upload_id
    refused("BadDigest", s3.complete_multipart_upload, ChecksumCRC64NVME=crc64nvme(b"other"), **request)
    done = s3.complete_multipart_upload(ChecksumCRC64NVME=crc64nvme(whole), **request)
    got = s3.get_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert got["Body"].read() == whole
    assert done["ETag"].endswith('-3"') and got["ChecksumCRC64NVME"] == crc64nvme(whole)


def test_multipart_keeps_preconditions_and_part_sizes(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="big", Body=b"there first")
    _, request = multipart(s3, bucket, [b"one"])
    refused("PreconditionFailed", s3.complete_multipart_upload, IfNoneMatch="*", **request)
    _, small = multipart(s3, bucket, [b"too small", b"end"])
    refused("EntityTooSmall", s3.complete_multipart_upload, **small)
    s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=small["UploadId"])
    refused("NoSuchUpload", s3.complete_multipart_upload, **small)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"there first"


def test_listing_is_in_byte_order_page_by_page(s3: Any, bucket: str) -> None:
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    paginator = s3.get_paginator("list_objects_v2")
    pages = list(paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": 3}))
    assert len(pages) == 4
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == sorted(ODD_KEYS, key=str.encode)
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="x")
    assert [entry["Key"] for entry in after["Contents"]] == ["x-y", "x/y", "ümlaut"]


def test_common_prefixes_count_as_entries_of_a_page(s3: Any, bucket: str) -> None:
    for key in ("top.txt", "a/1", "a/2", "b b/1", "c/d/1", "c/d/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    )
    prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
    assert prefixes == ["a/", "b b/", "c/"] and [entry["Key"] for entry in pages[-1]["Contents"]] == ["top.txt"]
    inner = s3.list_objects_v2(Bucket=bucket, Prefix="c/", Delimiter="/")
    assert [entry["Prefix"] for entry in inner["CommonPrefixes"]] == ["c/d/"]


def test_bucket_questions_are_answered(s3: Any, bucket: str) -> None:
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    refused("404", s3.head_bucket, Bucket="gone")
    refused("NotImplemented", s3.get_bucket_acl, Bucket=bucket)


def test_a_bucket_with_versions_keeps_what_is_replaced(s3: Any, bucket: str) -> None:
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"before there were versions")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled" and "VersionId" not in first
    old, new = (s3.put_object(Bucket=bucket, Key="k", Body=body) for body in (b"old", b"new"))
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=old["VersionId"])["Body"].read() == b"old"
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == new["VersionId"]
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="k", Body=b"x", IfMatch=old["ETag"])
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="k", VersionId="0" * 32)


def test_copies_inside_the_server_may_be_pinned(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="old name", Body=b"bytes")["ETag"]
    source = {"Bucket": bucket, "Key": "old name"}
    told = s3.copy_object(Bucket=bucket, Key="new", CopySource=source, CopySourceIfMatch=etag)["CopyObjectResult"]
    assert told["ChecksumCRC64NVME"] == digest_of(b"bytes").crc64nvme
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"bytes"
    refused("PreconditionFailed", s3.copy_object, Bucket=bucket, Key="n", CopySource=source, CopySourceIfMatch='"x"')


def test_obstore_writes_checksummed_and_conditional(server: BenchServer, bucket: str) -> None:
    store = S3Store(
        bucket,
        endpoint=server.url,
        region="us-east-1",
        access_key_id="bench",
        secret_access_key="bench",
        checksum_algorithm="CRC64NVME",
        client_options={"allow_http": True},
    )
    obstore.put(store, "k", b"one", mode="create")
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(store, "k", b"two", mode="create")
    assert bytes(obstore.get(store, "k").bytes()) == b"one"
    assert [entry["path"] for page in obstore.list(store) for entry in page] == ["k"]


def test_counters_tell_clients_from_the_bench_itself(server: BenchServer, bucket: str, s3: Any) -> None:
    server.counts()
    server.put(bucket, "quiet key", b"x" * 10)
    s3.put_object(Bucket=bucket, Key="loud", Body=b"y" * 100, ChecksumCRC64NVME=crc64nvme(b"y" * 100))
    s3.get_object(Bucket=bucket, Key="quiet key")["Body"].read()
    s3.head_object(Bucket=bucket, Key="loud")
    counts = server.counts()
    assert counts.methods == {"PUT": 1, "GET": 1, "HEAD": 1} and counts.operations["PutObject"] == 1
    assert (counts.bytes_received, counts.bytes_sent) == (100, 10)
    assert server.counts().requests == 0
    server.forget(bucket, "qui")
    assert server.keys(bucket) == ["loud"]


def test_latency_is_added_to_requests_and_to_listings() -> None:
    with BenchServer(latency_ms=40, list_latency_ms=120, seconds=60) as slow:
        slow.create_bucket("b")
        slow.put("b", "k", b"body")
        assert seconds_of(slow, "/b/k") >= 0.04
        assert seconds_of(slow, "/b?list-type=2") >= 0.12


def seconds_of(server: BenchServer, path: str) -> float:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    began = time.perf_counter()
    connection.request("GET", path)
    connection.getresponse().read()
    took = time.perf_counter() - began
    connection.close()
    return took


def test_it_ends_by_itself_with_its_parent_or_its_time() -> None:
    command = [sys.executable, "-m", "tests.bench.server"]
    assert subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=20, check=False).returncode == 0
    with subprocess.Popen([*command, "--seconds", "0.2"], cwd=ROOT, stdin=subprocess.PIPE) as timed:
        assert timed.wait(20) == 0
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as told:
        assert told.stdout is not None and b"port" in told.stdout.readline()
        told.terminate()
        assert told.wait(20) == 0


def test_it_speaks_tls_with_a_certificate_of_ours(tmp_path: Path) -> None:
    with BenchServer(tls=self_signed(tmp_path), seconds=60) as server:
        assert server.url.startswith("https://")
        server.create_bucket("b")
        server.put("b", "k", os.urandom(3 * MIB))
        assert len(server.get("b", "k")) == 3 * MIB
