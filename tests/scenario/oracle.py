"""What must be true after a kill or a fault, judged from disk and bucket by other code than the program's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

import yaml

from tests.conftest import Site

#: The program's own corner of a project's folder: partial files live there, and nowhere else.
CORNER = ".pose-launcher"


def final_files(folder: Path) -> dict[str, bytes]:
    """Every file of a project's folder that carries its final name, a program may be writing there; a link is none."""
    found = {}
    for place, folders, names in os.walk(folder):
        if Path(place) == folder and CORNER in folders:
            folders.remove(CORNER)
        for file in (Path(place) / name for name in names):
            with suppress(FileNotFoundError):  # it went just now
                if file.is_file() and not file.is_symlink():
                    found[file.relative_to(folder).as_posix()] = file.read_bytes()
    return found


def without_paths(data: bytes) -> str:
    """A configuration with its path fields left out: equal for its source, its repaired and its neutral form."""
    content: dict[str, Any] = yaml.safe_load(data)
    content.pop("project_path", None)
    videos = content.get("video_sets") or {}
    content["video_sets"] = sorted(json.dumps(crop, sort_keys=True) for crop in videos.values())
    metadata = content.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("project_path", None)
        metadata["pose_config_path"] = PurePath(str(metadata.get("pose_config_path"))).name
    return json.dumps(content, sort_keys=True, default=str)


def holds_paths(path: str) -> bool:
    """Does staging repair this file, and saving make it neutral?"""
    return path.rpartition("/")[2] in ("config.yaml", "pytorch_config.yaml")


def fingerprint(path: str, data: bytes) -> bytes:
    """Names a content, path fields aside where the file has some and can be read."""
    if holds_paths(path):
        with suppress(yaml.YAMLError, AttributeError):
            data = without_paths(data).encode()
    return hashlib.sha256(data).digest()


def is_content(path: str, data: bytes, expected: bytes) -> bool:
    """Is `data` the expected content, path fields aside where the file has some?"""
    return data == expected or fingerprint(path, data) == fingerprint(path, expected)


def wrong_on_disk(folder: Path, expected: Mapping[str, bytes]) -> list[str]:
    """Files under a final name that are not what was expected there."""
    return [
        f"{path}: {len(data)} bytes that are not its own"
        for path, data in final_files(folder).items()
        if path not in expected or not is_content(path, data, expected[path])
    ]


class Versions:
    """Every content that each file of a project ever had on disk, oldest first, by fingerprint: thousands fit."""

    def __init__(self, first: Mapping[str, bytes]) -> None:
        self._contents = {path: [fingerprint(path, data)] for path, data in first.items()}
        self._saved: dict[str, int] = {}

    def add(self, path: str, data: bytes) -> None:
        """The file on disk is this from now on."""
        self._contents.setdefault(path, []).append(fingerprint(path, data))

    def wrong_in_bucket(self, objects: Mapping[str, bytes], machine: Path) -> list[str]:
        """What the bucket should not hold, or no longer holds; remembers how far each file has come."""
        wrong = [f"{path}: saved before, gone now" for path in self._saved if path not in objects]
        for path, data in objects.items():
            at = self._place(path, data)
            if at is None:
                wrong.append(f"{path}: {len(data)} bytes that were never on disk")
            elif at < self._saved.get(path, 0):
                wrong.append(f"{path}: an older content has replaced a newer one")
            elif holds_paths(path) and str(machine).encode() in data:
                wrong.append(f"{path}: this computer's folder is in it")
            else:
                self._saved[path] = at
        return wrong

    def missing_in_bucket(self, objects: Mapping[str, bytes], paths: Iterable[str]) -> list[str]:
        """Files of which the bucket does not hold the newest content."""
        return [
            path
            for path in paths
            if path not in objects or self._place(path, objects[path]) != len(self._contents[path]) - 1
        ]

    def _place(self, path: str, data: bytes) -> int | None:
        contents, wanted = self._contents.get(path, []), fingerprint(path, data)
        return next((at for at in reversed(range(len(contents))) if contents[at] == wanted), None)


class HomeReader:
    """The home bucket's objects of one project; what nobody wrote since the last look is not read again."""

    def __init__(self, site: Site, project_id: str) -> None:
        self._site = site
        self._prefix = f"person/projects/{project_id}/"
        self._read: dict[str, tuple[tuple[object, ...], bytes]] = {}

    def objects(self) -> dict[str, bytes]:
        """Every object by path, as it is now."""
        s3, bucket = self._site.s3, self._site.home_bucket
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=self._prefix)
        now = {}
        for row in (row for page in pages for row in page.get("Contents", [])):
            key, written = row["Key"], (row["ETag"], row["LastModified"], row["Size"])
            before = self._read.get(key)
            if before is None or before[0] != written:
                before = written, s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            now[key] = before
        self._read = now
        return {key.removeprefix(self._prefix): data for key, (_, data) in now.items()}


def home_objects(site: Site, project_id: str) -> dict[str, bytes]:
    """What the home bucket holds of a project, by path."""
    prefix = f"person/projects/{project_id}/"
    return {key.removeprefix(prefix): data for key, data in site.objects(site.home_bucket, prefix).items()}


def open_uploads(site: Site) -> list[str]:
    """Uploads in parts that nobody has finished or thrown away."""
    answer = site.s3.list_multipart_uploads(Bucket=site.home_bucket)
    return [row["Key"] for row in answer.get("Uploads", [])]
