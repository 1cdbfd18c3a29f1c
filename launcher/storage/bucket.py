"""Make buckets and fill them: for the embedded server, and for the admin."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from launcher import errors
from launcher.storage.checksums import digest_file, digest_of
from launcher.storage.failures import s3_errors
from launcher.storage.store import Store
from launcher.storage.upload import PARTS_ABOVE
from launcher.storage.uri import S3Uri

AT_ONCE = 32


def ensure(store: Store, name: str) -> None:
    """The bucket exists afterwards."""
    s3 = store.boto()
    with s3_errors(f"s3://{name}", "s3:CreateBucket"):
        try:
            s3.create_bucket(Bucket=name)
        except (s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
            return


def fill(store: Store, root: S3Uri, folder: Path, paths: Iterable[str]) -> int:
    """Upload files as they are; what is there with equal content stays. Returns how many were new."""
    there = {item.key: item.size for page in store.lister.everything(root) for item in page.objects}

    def one(path: str) -> bool:
        where, file = root.child(path), folder / path
        if there.get(where.key) == file.stat().st_size and _is_there(store, where, file):
            return False
        _send(store, where, file)
        return True

    with ThreadPoolExecutor(AT_ONCE, "fill") as pool:
        return sum(pool.map(one, paths))


def _is_there(store: Store, where: S3Uri, file: Path) -> bool:
    head = store.objects.head(where)
    return head is not None and head.crc64nvme == digest_file(file, sha256=False).crc64nvme


def _send(store: Store, where: S3Uri, file: Path) -> None:
    head = store.objects.head(where)
    replaces = head.etag if head else None
    if file.stat().st_size <= PARTS_ABOVE:
        data = file.read_bytes()
        store.uploader.put(where, data, digest_of(data), replaces=replaces)
        return
    upload = store.multipart(where)
    upload_id = upload.begin()
    try:
        sent = upload.send(upload_id, file, file.stat().st_size, {}, lambda _: None)
        upload.complete(upload_id, sent.parts, sent.digest, replaces=replaces)
    except errors.LauncherError:
        upload.abort(upload_id)
        raise
