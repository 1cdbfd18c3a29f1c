"""What the bench server does with each S3 operation, found in one table by method and sub-resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import unquote

from tests.bench import s3_multipart as multipart
from tests.bench.s3_checksums import CRC64NVME
from tests.bench.s3_listing import iso_time, list_objects_v2
from tests.bench.s3_store import Bucket, Store, Stored, matches
from tests.bench.s3_values import NAMESPACE, Answer, Request, S3Error, precondition_failed, xml_answer, xml_text

Handler = Callable[[Store, Request], Answer]
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def put_object(store: Store, request: Request) -> Answer:
    """Store an object, if its checksums are right and its preconditions hold."""
    bucket = store.bucket(request.bucket)
    given = store.verified(request.headers, request.body)
    stored = store.stored_from(request.body, request.headers, given)
    bucket.guard_write(request.key, request.headers)
    stored = bucket.put(request.key, stored)
    return Answer(headers={"ETag": stored.etag, "x-amz-checksum-type": "FULL_OBJECT", **given, **stored.version_header})


def copy_object(store: Store, request: Request) -> Answer:
    """Copy inside the server; the source's ETag may be a condition."""
    name, _, key = unquote(request.headers["x-amz-copy-source"]).lstrip("/").partition("/")
    source = store.bucket(name).get(key)
    if not matches(request.headers.get("x-amz-copy-source-if-match", "*"), source.etag):
        raise precondition_failed()
    bucket = store.bucket(request.bucket)
    bucket.guard_write(request.key, request.headers)
    copy = bucket.put(request.key, store.stored_from(source.body, source.headers, source.checksums))
    answer = xml_answer(
        f"<CopyObjectResult {NAMESPACE}><LastModified>{iso_time(copy.modified)}</LastModified>"
        f"<ETag>{xml_text(copy.etag)}</ETag>"
        f"<ChecksumCRC64NVME>{copy.checksums.get(CRC64NVME, '')}</ChecksumCRC64NVME></CopyObjectResult>"
    )
    answer.headers |= copy.version_header
    return answer


def get_object(store: Store, request: Request) -> Answer:
    """The bytes, or the range of them that was asked for."""
    stored = store.bucket(request.bucket).get(request.key, request.query.get("versionId", ""))
    _guard_read(stored, request.headers)
    headers = _object_headers(stored)
    if (span := _span(request.headers.get("range", ""), len(stored.body))) is None:
        return Answer(200, memoryview(stored.body), {**headers, **_checksum_headers(stored, request)})
    start, end = span
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(stored.body)}"
    return Answer(206, memoryview(stored.body)[start:end], headers)


def head_object(store: Store, request: Request) -> Answer:
    """Everything about an object but its bytes."""
    answer = get_object(store, request)
    answer.length, answer.body = len(answer.body), b""
    return answer


def delete_object(store: Store, request: Request) -> Answer:
    """Delete, if an If-Match holds."""
    bucket = store.bucket(request.bucket)
    bucket.guard_write(request.key, request.headers)
    bucket.delete(request.key)
    return Answer(204)


def list_objects(store: Store, request: Request) -> Answer:
    """One page of keys; only version 2 of the operation is known here."""
    if request.query["list-type"] != "2":
        raise not_implemented(request)
    return list_objects_v2(store.bucket(request.bucket), request)


def create_bucket(store: Store, request: Request) -> Answer:
    """Make a bucket; one that is there stays as it is."""
    store.buckets.setdefault(request.bucket, Bucket())
    return Answer(headers={"Location": f"/{request.bucket}"})


def head_bucket(store: Store, request: Request) -> Answer:
    """Is the bucket there?"""
    store.bucket(request.bucket)
    return Answer(headers={"x-amz-bucket-region": "us-east-1"})


def bucket_location(store: Store, request: Request) -> Answer:
    """An empty location, which is what us-east-1 says."""
    store.bucket(request.bucket)
    return xml_answer(f"<LocationConstraint {NAMESPACE}/>")


def bucket_versioning(store: Store, request: Request) -> Answer:
    """Was versioning turned on?"""
    status = "<Status>Enabled</Status>" if store.bucket(request.bucket).keeps_versions else ""
    return xml_answer(f"<VersioningConfiguration {NAMESPACE}>{status}</VersioningConfiguration>")


def put_bucket_versioning(store: Store, request: Request) -> Answer:
    """Turn it on; what is there already has no version, and is not kept when it is replaced."""
    store.bucket(request.bucket).keeps_versions = b"<Status>Enabled</Status>" in request.body
    return Answer()


def not_implemented(request: Request) -> S3Error:
    """Said aloud, so that a missing operation is not mistaken for a fault of the client."""
    return S3Error(501, "NotImplemented", f"The bench server has no {request.method} with {sorted(request.query)}")


#: By method and sub-resource; the names are those of the S3 API.
OBJECT_OPERATIONS: Mapping[tuple[str, str], tuple[str, Handler]] = {
    ("PUT", ""): ("PutObject", put_object),
    ("PUT", "x-amz-copy-source"): ("CopyObject", copy_object),
    ("PUT", "uploadId"): ("UploadPart", multipart.upload_part),
    ("GET", ""): ("GetObject", get_object),
    ("GET", "uploadId"): ("ListParts", multipart.list_parts),
    ("HEAD", ""): ("HeadObject", head_object),
    ("DELETE", ""): ("DeleteObject", delete_object),
    ("DELETE", "uploadId"): ("AbortMultipartUpload", multipart.abort_upload),
    ("POST", "uploads"): ("CreateMultipartUpload", multipart.create_upload),
    ("POST", "uploadId"): ("CompleteMultipartUpload", multipart.complete_upload),
}
BUCKET_OPERATIONS: Mapping[tuple[str, str], tuple[str, Handler]] = {
    ("PUT", ""): ("CreateBucket", create_bucket),
    ("HEAD", ""): ("HeadBucket", head_bucket),
    ("GET", "list-type"): ("ListObjectsV2", list_objects),
    ("GET", "location"): ("GetBucketLocation", bucket_location),
    ("GET", "versioning"): ("GetBucketVersioning", bucket_versioning),
    ("PUT", "versioning"): ("PutBucketVersioning", put_bucket_versioning),
    ("GET", "uploads"): ("ListMultipartUploads", multipart.list_uploads),
}


def operation(request: Request) -> tuple[str, Handler]:
    """The operation that a request asks for, by name and as what does it."""
    table = OBJECT_OPERATIONS if request.key else BUCKET_OPERATIONS
    found = table.get((request.method, _sub_resource(request)))
    if found is None:
        raise not_implemented(request)
    return found


def _sub_resource(request: Request) -> str:
    for name in ("list-type", "uploadId"):
        if name in request.query:
            return name
    if request.method == "PUT" and "x-amz-copy-source" in request.headers:
        return "x-amz-copy-source"
    return next((name for name, value in request.query.items() if not value), "")


def _guard_read(stored: Stored, headers: Mapping[str, str]) -> None:
    if not matches(headers.get("if-match", "*"), stored.etag):
        raise precondition_failed()
    if "if-none-match" in headers and matches(headers["if-none-match"], stored.etag):
        raise S3Error(304, "NotModified")


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None where no range, or one that S3 ignores, was asked for."""
    if not (found := RANGE.fullmatch(wanted)) or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise S3Error(416, "InvalidRange", "The requested range is not satisfiable")
    return start, end


def _object_headers(stored: Stored) -> dict[str, str]:
    return {
        "etag": stored.etag,
        "last-modified": formatdate(stored.modified, usegmt=True),
        "accept-ranges": "bytes",
        "content-type": "binary/octet-stream",
        **stored.version_header,
        **stored.headers,
    }


def _checksum_headers(stored: Stored, request: Request) -> Mapping[str, str]:
    """What S3 says of the whole object when asked; a ranged answer never carries it."""
    if request.headers.get("x-amz-checksum-mode", "").upper() != "ENABLED":
        return {}
    return {**stored.checksums, "x-amz-checksum-type": "FULL_OBJECT"}
