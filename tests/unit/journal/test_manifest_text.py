"""A manifest's text: short, a line for each file, and readable in part."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher import errors
from launcher.journal.manifest import (
    LARGEST,
    LARGEST_AS_A_WHOLE,
    Content,
    Manifest,
    Reference,
    SavedFile,
    parse_manifest,
)
from launcher.journal.manifest_text import Entry, only, reference, sections, write_text_with
from launcher.saving.manifest_writing import put_manifest
from launcher.storage.checksums import Digest
from launcher.storage.long_text import LongText
from launcher.storage.names import leading_out
from launcher.storage.uri import S3Uri

PREFIX = "person/projects/p-1/"
#: Any text that can be a path, and what a hostile or unlucky name is made of.
PATHS = st.text(min_size=1, max_size=30) | st.sampled_from(['a":{', 'a\\":{b', "a\\", "\n", "},", "ä/ü.png", '"'])
#: Of those, what a list may name as a file.
FILE_PATHS = PATHS.filter(lambda path: leading_out([path]) is None)
#: What a server may say of a version; S3's own ETags stand in quotation marks.
ETAG, ODD = '"e\\"', 'v"\\\x00\u2028ä'
CONTENTS = st.builds(
    Content, size=st.integers(0, 2**50), crc64nvme=st.text('abc="\\', max_size=12), sha256=st.sampled_from(["aa", ODD])
)


def file_at(path: str, saved: Content, local: Content | None, key: str, version: str | None) -> SavedFile:
    return SavedFile(saved=saved, local=local or saved, key=key or PREFIX + path, etag=ETAG, version=version)


FILES = st.dictionaries(
    FILE_PATHS,
    st.tuples(
        CONTENTS,
        st.none() | CONTENTS,
        st.sampled_from(["", "elsewhere/x", 'an"other\\\n']),
        st.sampled_from([None, "v1", ODD]),
    ),
    max_size=6,
).map(lambda found: {path: file_at(path, *told) for path, told in found.items()})
REFERENCES = st.dictionaries(
    PATHS, st.builds(Reference, uri=st.just("s3://lab/v.mp4"), etag=st.just("e"), size=st.just(9)), max_size=2
)
AT = "2026-01-31T14:05:00Z"
MANIFESTS = st.builds(
    Manifest, id=st.just("p-1"), name=st.text(max_size=9), tool=st.just("sleap"), marker=st.just("a.slp"),
    source=st.just("s3://lab/p/"), saved_at=st.just(AT), session=st.just("s"), prefix=st.just(PREFIX),
    files=FILES, references=REFERENCES,
)  # fmt: skip


@given(manifest=MANIFESTS)
def test_it_says_everything_that_the_manifest_says_and_counts_it(manifest: Manifest) -> None:
    text = manifest.to_bytes()
    assert parse_manifest(text, "x") == manifest
    told = json.loads(text)
    assert told["file_count"] == len(manifest.files)
    assert told["byte_count"] == sum(file.saved.size for file in manifest.files.values())


@given(manifest=MANIFESTS)
def test_read_by_lines_it_says_what_it_says_as_a_whole(manifest: Manifest) -> None:
    text = manifest.to_bytes()
    assert sections(text) is not None, "ours is always read by lines"
    assert parse_manifest(text, "x") == Manifest.model_validate_json(text)
    indented = json.dumps(json.loads(text), indent=1).encode()
    assert sections(indented) is None
    assert parse_manifest(indented, "x") == manifest


def test_thousands_of_files_are_read_some_lines_at_a_time() -> None:
    files = {f"{number:05}.png": file_at(f"{number:05}.png", Content(size=number, crc64nvme="c" * 11), None, "", None)
             for number in range(12_000)}  # fmt: skip
    manifest = Manifest(
        id="p-1", name="p", tool="sleap", marker="a.slp", source="s3://lab/p/", saved_at=AT, session="s",
        prefix=PREFIX, files=files,
    )  # fmt: skip
    found = sections(manifest.to_bytes())
    assert found is not None
    pieces = [json.loads(piece) for piece in found[1]]
    assert len(pieces) > 1 and sum(map(len, pieces)) == len(files)
    assert parse_manifest(manifest.to_bytes(), "x") == manifest


@pytest.mark.parametrize("inside", [b'"a":' + b"[" * 3_000_000, b'"a":{"x":"' + b"x" * 3_000_000 + b'"}', b"0,0"])
def test_what_somebody_put_between_the_lines_is_damage(inside: bytes) -> None:
    empty = Manifest(
        id="p-1", name="p", tool="sleap", marker="a.slp", source="s3://lab/p/", saved_at=AT, session="s", files={}
    ).to_bytes()
    text = empty.replace(b',"files":{\n', b',"files":{\n' + inside, 1)
    with pytest.raises(errors.Damaged):
        parse_manifest(text, "x")


def test_in_another_form_one_is_bounded_more_strictly() -> None:
    with pytest.raises(errors.Damaged, match="larger than it can be"):
        parse_manifest(bytes(LARGEST_AS_A_WHOLE + 1), "x")


def test_a_list_that_nobody_would_read_is_not_written() -> None:
    nobody: Any = None  # it is not asked
    with pytest.raises(errors.NotDone, match="more files than one list can name") as told:
        put_manifest(LongText(), Digest(LARGEST + 1, ""), S3Uri("home", "state/p.json"), None, nobody, nobody)
    assert told.value.exit_code == 4 and "home bucket" in told.value.hint


@given(manifest=MANIFESTS, wanted=st.sets(PATHS))
def test_a_part_of_it_is_the_manifest_with_fewer_files(manifest: Manifest, wanted: set[str]) -> None:
    wanted |= set(list(manifest.files)[::2])
    part = parse_manifest(only(io.BytesIO(manifest.to_bytes()), wanted.__contains__), "x")
    assert part == manifest.model_copy(
        update={"files": {path: file for path, file in manifest.files.items() if path in wanted}}
    )


def head_of(manifest: Manifest) -> dict[str, object]:
    return manifest.model_dump(by_alias=True, exclude={"files", "references"})


def some_lines(text: bytes, together: int) -> Iterator[list[bytes]]:
    lines = io.BytesIO(text).readlines()
    for at in range(0, len(lines), together):
        yield lines[at : at + together]


@given(
    manifest=MANIFESTS,
    changed=FILES,
    replaced=st.booleans(),
    at=st.sampled_from([AT, "2027-01-31T14:05:00Z"]),
    together=st.integers(1, 6),
)
def test_with_some_lines_changed_it_is_the_text_of_the_changed_manifest(
    manifest: Manifest,
    changed: dict[str, SavedFile],
    replaced: bool,
    at: str,
    together: int,
) -> None:
    if replaced:
        changed = changed | dict(zip(list(manifest.files)[::2], changed.values(), strict=False))
    files = manifest.files | changed
    whole = manifest.model_copy(update={"files": dict(sorted(files.items())), "saved_at": at})
    entries = [
        Entry(path, one.local.plain, one.saved.plain, one.key, one.etag, one.version)
        for path, one in sorted(changed.items())
    ]
    references = [(path, reference(**dict(one))) for path, one in sorted(manifest.references.items())]
    with LongText() as text:
        write_text_with(text, some_lines(manifest.to_bytes(), together), head_of(whole), entries, references)
        assert text.whole() == whole.to_bytes()


@pytest.mark.parametrize("earlier", [b"", b"{}", b'{"prefix":"another/","files":{\n\n},"references":{\n\n}}\n'])
def test_the_text_of_something_else_is_not_changed(earlier: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        write_text_with(LongText(), some_lines(earlier, 1000), {"prefix": PREFIX}, [], [])


def test_a_file_whose_saved_form_is_what_lies_here_takes_one_short_line() -> None:
    content = Content(size=4096, crc64nvme="AAAAAAAAAAA=", sha256="0" * 64)
    paths = [f"labeled-data/mouse/img{number:05}.png" for number in range(1000)]
    files = {path: file_at(path, content, None, "", None) for path in paths}
    text = Manifest(
        id="p-1", name="p", tool="sleap", marker="a.slp", source="s3://lab/p/", saved_at=AT, session="s",
        prefix=PREFIX, files=files,
    ).to_bytes()  # fmt: skip
    assert len(text.splitlines()) == len(files) + 4
    assert len(text) < 200 * len(files)


@pytest.mark.parametrize("indent", [None, 1])
def test_the_first_form_is_still_read(indent: int | None) -> None:
    """Every file said its key, and its content twice; nothing was counted."""
    content = {"size": 3, "crc64nvme": "crc", "sha256": "sha"}
    old = {
        "schema": 1, "id": "p-1", "name": "p", "tool": "sleap", "marker": "a.slp", "source": "s3://lab/p/",
        "saved_at": AT, "session": "s", "who": "", "asked_for": True, "file_count": None, "byte_count": None,
        "files": {"a": {"local": content, "saved": content, "key": "k/a", "etag": "e", "version": None}},
        "references": {},
    }  # fmt: skip
    data = json.dumps(old, indent=indent).encode()
    for read in (parse_manifest(data, "x"), parse_manifest(only(io.BytesIO(data), lambda path: False), "x")):
        assert read.files["a"].key == "k/a" and read.files["a"].local.sha256 == "sha"
        assert parse_manifest(read.to_bytes(), "x").files == read.files
