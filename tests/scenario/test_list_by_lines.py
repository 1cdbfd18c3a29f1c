"""A list is made from the lines of the one before; it says no less than one that is made from everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, project_id, save, small_project

PROJECT = small_project(4)
PICTURE = "labeled-data/mouse/img001.png"
COPY = ".pose-launcher/saved-state"


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved twice, so that there are lines to go by."""
    folder = bring(site, PROJECT)
    save(site, folder)
    (folder / "notes.txt").write_bytes(b"first")
    save(site, folder)
    return folder


def wrong_in_list(site: Site, folder: Path) -> list[str]:
    """What the list in the home bucket says that is not so, by another client and the disk."""
    prefix = f"person/projects/{project_id(folder)}/"
    key = f"person/.pose-launcher/state/{project_id(folder)}.json"
    told = json.loads(site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read())
    pages = site.s3.get_paginator("list_objects_v2").paginate(Bucket=site.home_bucket, Prefix=prefix)
    rows = [row for page in pages for row in page.get("Contents", [])]
    there = {row["Key"].removeprefix(prefix): (row["ETag"], content_of(site, row["Key"])) for row in rows}
    listed = {path: (file["etag"], file["saved"]["sha256"]) for path, file in told["files"].items()}
    wrong = [path for path in there.keys() | listed.keys() if there.get(path) != listed.get(path)]
    sums = (len(rows), sum(row["Size"] for row in rows))
    return wrong if (told["file_count"], told["byte_count"]) == sums else [*wrong, f"{sums}"]


def content_of(site: Site, key: str) -> str:
    return sha256(site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read()).hexdigest()


def edit(folder: Path) -> None:
    """Something of everything: changed, new before and behind all others, of an odd name, gone, no longer a file."""
    with (folder / LABELS).open("ab") as labels:
        labels.write(b"labeled-data/mouse/img050.png,7.5,2.5\n")
    for name in ("aaa.txt", "zzz.txt", 'od"d näme.txt'):
        (folder / name).write_bytes(name.encode())
    (folder / PICTURE).unlink()
    (folder / "notes.txt").unlink()
    (folder / "notes.txt").mkdir()
    (folder / "notes.txt" / "more.txt").write_bytes(b"in a folder now")


def test_one_that_was_stored_and_not_written_down_keeps_what_another_session_had_saved(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    """As after a kill: it is known to be ours, and names more than our own rows do."""
    other = site.another_computer()
    there = bring(other, PROJECT)
    (there / "theirs.txt").write_bytes(b"theirs")
    save(other, there)
    (folder / "mine.txt").write_bytes(b"mine")
    proxy.rules.append(Rule(Fault.REFUSED, path="*/states/*", method="PUT", status=403))
    assert site.run("save", folder).code == 5
    assert wrong_in_list(site, folder) == []
    proxy.rules.clear()
    (folder / "mine.txt").write_bytes(b"mine again")
    save(site, folder)
    assert wrong_in_list(site, folder) == []


def test_after_changes_of_every_kind_it_says_what_lies_there(site: Site, folder: Path) -> None:
    edit(folder)
    done = site.run("save", folder, "--json")
    assert done.code == 0, done.err
    assert wrong_in_list(site, folder) == []
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"]


def flip(copy: Path) -> None:
    """A bit of the checksum in one line, which nobody else would notice."""
    data = bytearray(copy.read_bytes())
    at = data.index(b'"sha256":"') + len(b'"sha256":"')
    data[at] = ord("0") if data[at] != ord("0") else ord("1")
    copy.write_bytes(data)


def flip_in_a_path(copy: Path) -> None:
    """The line is then of a file that there never was."""
    copy.write_bytes(copy.read_bytes().replace(PICTURE.encode(), b"lqbeled" + PICTURE.encode()[7:]))


def lose_a_line(copy: Path) -> None:
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(line for line in lines if PICTURE.encode() not in line))


@pytest.mark.parametrize("damage", [flip, flip_in_a_path, lose_a_line, Path.unlink, lambda copy: copy.write_bytes(b"")])
def test_nothing_is_taken_from_a_damaged_copy(site: Site, folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder / COPY)
    (folder / "later.txt").write_bytes(b"later")
    save(site, folder)
    assert wrong_in_list(site, folder) == []
    proof = site.run("verify", folder, "--json")
    assert (proof.code, proof.json["bad"]) == (0, []), proof.err


def test_what_another_session_saved_since_stays_in_it(site: Site, folder: Path) -> None:
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.data_uri}reaching/", there).code == 0
    (there / "theirs.txt").write_bytes(b"theirs")
    assert other.run("save", there).code == 0
    for text in (b"mine", b"mine again"):
        (folder / "mine.txt").write_bytes(text)
        save(site, folder)
        assert wrong_in_list(site, folder) == []


def flip_what_is_ours(copy: Path) -> None:
    """In the line before the list, which says what we saved of files that others saved since."""
    first, ours, rest = copy.read_bytes().split(b"\n", 2)
    assert PICTURE.encode() in ours
    copy.write_bytes(b"\n".join([first, ours.replace(b"img001", b"img009"), rest]))


@pytest.mark.parametrize("damage", [flip_what_is_ours, Path.unlink])
def test_what_another_session_changed_is_still_theirs_after_the_copy_is_damaged(
    site: Site, folder: Path, damage: Callable[[Path], object]
) -> None:
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", there).code == 0
    (there / PICTURE).write_bytes((there / PICTURE).read_bytes().replace(b"IEND", b"+IEND"))
    assert other.run("save", there).code == 0
    (folder / "mine.txt").write_bytes(b"mine")
    save(site, folder)
    assert wrong_in_list(site, folder) == []
    damage(folder / COPY)
    (folder / "mine.txt").write_bytes(b"mine again")
    save(site, folder)
    assert wrong_in_list(site, folder) == []


def test_what_another_session_changed_is_still_theirs_where_no_copy_of_that_list_could_be_kept(
    site: Site, folder: Path
) -> None:
    """As on a disk that was full just then, or where the folder got another name: an older list's copy is left."""
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", there).code == 0
    with (there / LABELS).open("ab") as labels:
        labels.write(b"labeled-data/mouse/img060.png,1.5,2.5\n")
    save(other, there)
    in_the_way = folder / f"{COPY}.new"
    in_the_way.mkdir()
    (folder / "notes.txt").write_bytes(b"second")
    save(site, folder)
    assert wrong_in_list(site, folder) == []
    in_the_way.rmdir()
    (folder / "notes.txt").write_bytes(b"third")
    save(site, folder)
    assert wrong_in_list(site, folder) == []
