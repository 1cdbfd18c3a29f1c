"""Multipart uploads: parts in memory, the whole checked by the combination of the parts' checksums."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tests.bench import s3_checksums as checksums
from tests.bench.s3_listing import iso_time
from tests.bench.s3_store import Bucket, Part, Store, Stored, Upload, kept_headers
from tests.bench.s3_values import NAMESPACE, Answer, Request, S3Error, xml_answer, xml_text

LEAST_PART = 5 * 1024 * 1024


def create_upload(store: Store, request: Request) -> Answer:
    """Begin an upload and give its id."""
    upload_id = store.new_id()
    store.bucket(request.bucket).uploads[upload_id] = Upload(request.key, kept_headers(request.headers))
    return xml_answer(
        f"<InitiateMultipartUploadResult {NAMESPACE}><Bucket>{request.bucket}</Bucket>"
        f"<Key>{xml_text(request.key)}</Key><UploadId>{upload_id}</UploadId>"
        "</InitiateMultipartUploadResult>"
    )


def upload_part(store: Store, request: Request) -> Answer:
    """Take one part; the same number again replaces it."""
    upload = _upload(store.bucket(request.bucket), request)
    given = store.verified(request.headers, request.body)
    part = Part(request.body, store.digest(request.body, given), given[checksums.CRC64NVME])
    upload.parts[int(request.query["partNumber"])] = part
    return Answer(headers={"ETag": part.etag, **given})


def list_parts(store: Store, request: Request) -> Answer:
    """The parts that have arrived, a page at a time."""
    upload = _upload(store.bucket(request.bucket), request)
    after, limit = int(request.query.get("part-number-marker", 0)), int(request.query.get("max-parts", 1000))
    numbers = [number for number in sorted(upload.parts) if number > after]
    shown = "".join(_part_entry(number, upload) for number in numbers[:limit])
    more = len(numbers) > limit
    marker = f"<NextPartNumberMarker>{numbers[limit - 1]}</NextPartNumberMarker>" if more else ""
    return xml_answer(
        f"<ListPartsResult {NAMESPACE}><Bucket>{request.bucket}</Bucket>"
        f"<Key>{xml_text(request.key)}</Key><UploadId>{request.query['uploadId']}</UploadId>"
        f"<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
        f"{marker}<IsTruncated>{str(more).lower()}</IsTruncated>{shown}</ListPartsResult>"
    )


def _part_entry(number: int, upload: Upload) -> str:
    part = upload.parts[number]
    return (
        f"<Part><PartNumber>{number}</PartNumber><LastModified>{iso_time(upload.started)}</LastModified>"
        f"<ETag>{xml_text(part.etag)}</ETag><Size>{len(part.body)}</Size>"
        f"<ChecksumCRC64NVME>{part.crc64nvme}</ChecksumCRC64NVME></Part>"
    )


def complete_upload(store: Store, request: Request) -> Answer:
    """Join the parts, if every one of them and the whole are what the client says."""
    bucket = store.bucket(request.bucket)
    upload = _upload(bucket, request)
    chosen = _chosen(request.body, upload)
    bucket.guard_write(request.key, request.headers)
    stored = _join(store, chosen, upload, request)
    stored = bucket.put(request.key, stored)
    del bucket.uploads[request.query["uploadId"]]
    answer = xml_answer(
        f"<CompleteMultipartUploadResult {NAMESPACE}><Bucket>{request.bucket}</Bucket>"
        f"<Key>{xml_text(request.key)}</Key><ETag>{xml_text(stored.etag)}</ETag>"
        f"<ChecksumCRC64NVME>{stored.checksums[checksums.CRC64NVME]}</ChecksumCRC64NVME>"
        "<ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>"
    )
    answer.headers |= stored.version_header
    return answer


def abort_upload(store: Store, request: Request) -> Answer:
    """Forget an upload and its parts."""
    bucket = store.bucket(request.bucket)
    _upload(bucket, request)
    del bucket.uploads[request.query["uploadId"]]
    return Answer(204)


def list_uploads(store: Store, request: Request) -> Answer:
    """The open uploads below a prefix, all on one page."""
    prefix = request.query.get("prefix", "")
    entries = "".join(
        _upload_entry(upload_id, upload)
        for upload_id, upload in store.bucket(request.bucket).uploads.items()
        if upload.key.startswith(prefix)
    )
    return xml_answer(
        f"<ListMultipartUploadsResult {NAMESPACE}><Bucket>{request.bucket}</Bucket>"
        f"<IsTruncated>false</IsTruncated>{entries}</ListMultipartUploadsResult>"
    )


def _upload_entry(upload_id: str, upload: Upload) -> str:
    return (
        f"<Upload><Key>{xml_text(upload.key)}</Key><UploadId>{upload_id}</UploadId>"
        f"<Initiated>{iso_time(upload.started)}</Initiated><StorageClass>STANDARD</StorageClass></Upload>"
    )


def _upload(bucket: Bucket, request: Request) -> Upload:
    upload = bucket.uploads.get(request.query["uploadId"])
    if upload is None or upload.key != request.key:
        raise S3Error(404, "NoSuchUpload", "The specified multipart upload does not exist.")
    return upload


def _chosen(document: bytes, upload: Upload) -> Sequence[Part]:
    """The parts that the client names, in its order, each proved to be the one that it means."""
    try:
        named = ET.fromstring(document).findall("{*}Part")
    except ET.ParseError:
        raise S3Error(400, "MalformedXML", "The XML you provided was not well-formed.") from None
    numbers = [int(part.findtext("{*}PartNumber", "0")) for part in named]
    if not numbers or numbers != sorted(set(numbers)):
        raise S3Error(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    return [_proved(upload.parts.get(number), part) for number, part in zip(numbers, named, strict=True)]


def _proved(part: Part | None, named: ET.Element) -> Part:
    etag, crc = named.findtext("{*}ETag", ""), named.findtext("{*}ChecksumCRC64NVME")
    if part is None or etag.strip('"') != part.etag.strip('"') or crc not in {None, part.crc64nvme}:
        raise S3Error(400, "InvalidPart", "One or more of the specified parts could not be found.")
    return part


def _join(store: Store, parts: Sequence[Part], upload: Upload, request: Request) -> Stored:
    if any(len(part.body) < LEAST_PART for part in parts[:-1]):
        raise S3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")
    size = sum(len(part.body) for part in parts)
    if int(request.headers.get("x-amz-mp-object-size", size)) != size:
        raise S3Error(400, "InvalidRequest", "The provided 'x-amz-mp-object-size' header value did not match.")
    whole = checksums.combined((part.crc64nvme, len(part.body)) for part in parts)
    if request.headers.get(checksums.CRC64NVME, whole) != whole:
        raise checksums.bad_digest("CRC64NVME")
    etag = checksums.md5(b"".join(part.digest for part in parts)).hex()
    body = store.kept([part.body for part in parts])
    return Stored(body, f'"{etag}-{len(parts)}"', {checksums.CRC64NVME: whole}, upload.headers)
