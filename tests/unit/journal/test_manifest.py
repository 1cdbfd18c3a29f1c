"""The manifest in S3: read with care, since a bucket can hold anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from launcher import errors
from launcher.journal.manifest import Content, Manifest, Reference, SavedFile, parse_manifest

CONTENT = Content(size=3, crc64nvme="crc", sha256="sha")
FILE = SavedFile(local=CONTENT, saved=CONTENT, key="person/projects/p/a", etag='"e"', version="v")
MANIFEST = Manifest(
    id="p-1234", name="p ü", tool="sleap", marker="a.slp", source="s3://lab/p/", saved_at="2026-01-31T14:05:00Z",
    session="s", files={"a.slp": FILE}, references={"v.mp4": Reference(uri="s3://lab/p/v.mp4", etag='"e"', size=9)},
)  # fmt: skip


def document(**changes: Any) -> bytes:
    return json.dumps(json.loads(MANIFEST.to_bytes()) | changes).encode()


def test_a_manifest_comes_back_and_is_the_same_bytes_each_time() -> None:
    read = parse_manifest(MANIFEST.to_bytes(), "x")
    assert read == MANIFEST
    assert read.to_bytes() == MANIFEST.to_bytes()


def test_its_keys_are_those_that_other_programs_read() -> None:
    written = json.loads(MANIFEST.to_bytes())
    assert written["schema"] == 2
    assert written["files"]["a.slp"]["saved"]["crc64nvme"] == "crc"


def test_more_than_we_know_is_no_obstacle() -> None:
    assert parse_manifest(document(weather="fine"), "x") == MANIFEST


@pytest.mark.parametrize("changes", [{}, {"files": "kept elsewhere"}, {"id": 7}])
def test_a_newer_one_is_refused_in_words_whatever_its_shape(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.BadUsage, match="newer Pose Launcher"):
        parse_manifest(document(schema=3, **changes), "x")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        MANIFEST.to_bytes()[:-20],
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema": 1' + b"0" * 10_000 + b"}",
        document(saved_at="0000-00-00T99:99:99Z"),
        document(saved_at="9999-12-31T23:59:59.999Z"),
        document(saved_at="2026-01-31T14:05:00"),
        document(saved_at="../../another"),
        document(files=[]),
        document(files={"a": {}}),
        document(files={"": FILE.model_dump()}),
        document(files={"a" * 1025: FILE.model_dump()}),
        document(files={"../a": FILE.model_dump()}),
        document(files={"/tmp/a": FILE.model_dump()}),
        document(files={"a/../../b": FILE.model_dump()}),
        document(files={"a//b": FILE.model_dump()}),
        document(files={"a\\b": FILE.model_dump()}),
        document(files={"a\0b": FILE.model_dump()}),
        document(files={".pose-launcher/project.json": FILE.model_dump()}),
        document(marker="../config.yaml"),
        document(prefix="p/" * 1024),
        document(id="../../up"),
        document(id=""),
        document(schema="one"),
        document(references={"v": {"uri": "file:///etc/passwd", "etag": "", "size": 1}}),
        document(references={"v": {"uri": "s3://lab/v", "etag": "", "size": -1}}),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_no_manifest_is_damaged_and_named(data: bytes) -> None:
    with pytest.raises(errors.Damaged, match=r"s3://lab/state\.json") as told:
        parse_manifest(data, "s3://lab/state.json")
    assert len(told.value.detail) <= 500
