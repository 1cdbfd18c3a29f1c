"""A home bucket that keeps versions, as the deploy template makes it: nothing is copied, and everything comes back."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, in_home, project_id, save, saved_and_drawn_anew, small_project

PICTURES = [f"labeled-data/mouse/img{number:03}.png" for number in range(20)]
PROJECT = small_project(len(PICTURES))


@pytest.fixture
def proxy(site: Site, proxy: FaultProxy) -> FaultProxy:
    site.s3.put_bucket_versioning(Bucket=site.home_bucket, VersioningConfiguration={"Status": "Enabled"})
    return proxy


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Saved once; then every picture is drawn anew."""
    folder = saved_and_drawn_anew(site, PROJECT, PICTURES)
    proxy.seen.clear()
    return folder


def version_before(site: Site, folder: Path, path: str) -> bytes:
    key = f"person/projects/{project_id(folder)}/{path}"
    listed = site.s3.list_object_versions(Bucket=site.home_bucket, Prefix=key)["Versions"]
    (old,) = [one["VersionId"] for one in listed if not one["IsLatest"]]
    content: bytes = site.s3.get_object(Bucket=site.home_bucket, Key=key, VersionId=old)["Body"].read()
    return content


def test_each_change_is_one_request_and_what_it_replaced_comes_back(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    report = site.run("save", folder, "--json").json
    assert sorted(row["path"] for row in report["saved"]) == PICTURES
    asked = [request for request in proxy.seen if request.path.endswith(".png")]
    assert [request.method for request in asked] == ["PUT"] * len(PICTURES)
    assert not site.objects(site.home_bucket, f"person/.pose-launcher/history/{project_id(folder)}/contents/")
    assert version_before(site, folder, PICTURES[0]) == PROJECT[PICTURES[0]]
    uri = f"{site.home_uri}projects/{project_id(folder)}/"
    assert site.run("restore", uri).code == 0
    assert {path: (folder / path).read_bytes() for path in PICTURES} == {path: PROJECT[path] for path in PICTURES}
    assert in_home(site, folder)[PICTURES[0]] == PROJECT[PICTURES[0]]


def test_what_another_client_replaced_meanwhile_is_kept_and_ours_beside_it(site: Site, folder: Path) -> None:
    key = f"person/projects/{project_id(folder)}/{PICTURES[3]}"
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=b"theirs")
    done = site.run("save", folder, "--json")
    assert done.code == 3, done.err
    (conflict,) = done.json["conflicts"]
    there = site.objects(site.home_bucket)
    assert there[conflict["key"]] == b"theirs"
    assert there[conflict["copy"]] == (folder / PICTURES[3]).read_bytes()


def test_what_somebody_deleted_is_made_anew(site: Site, folder: Path) -> None:
    key = f"person/projects/{project_id(folder)}/{PICTURES[5]}"
    site.s3.delete_object(Bucket=site.home_bucket, Key=key)
    save(site, folder)
    assert site.objects(site.home_bucket)[key] == (folder / PICTURES[5]).read_bytes()


def test_lost_answers_are_known_as_ours(site: Site, folder: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.LOST_ANSWER, method="PUT", path="*.png", times=len(PICTURES) // 2))
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["conflicts"], len(done.json["saved"])) == (0, [], len(PICTURES)), done.err
    assert in_home(site, folder)[PICTURES[0]] == (folder / PICTURES[0]).read_bytes()


def test_a_picture_that_was_only_touched_goes_nowhere(site: Site, folder: Path, proxy: FaultProxy) -> None:
    save(site, folder)
    (folder / PICTURES[0]).write_bytes((folder / PICTURES[0]).read_bytes())
    proxy.seen.clear()
    assert site.run("save", folder, "--json").json["saved"] == []
    assert not [request for request in proxy.seen if request.path.endswith(".png")]


def delete_newest_version(site: Site, folder: Path, path: str) -> bytes:
    """For good, as somebody with the right to does, or a rule of the bucket; what it held."""
    key = f"person/projects/{project_id(folder)}/{path}"
    content: bytes = site.s3.get_object(Bucket=site.home_bucket, Key=key)["Body"].read()
    listed = site.s3.list_object_versions(Bucket=site.home_bucket, Prefix=key)["Versions"]
    (newest,) = [one["VersionId"] for one in listed if one["IsLatest"]]
    site.s3.delete_object(Bucket=site.home_bucket, Key=key, VersionId=newest)
    return content


def contents_of_all_versions(site: Site) -> set[bytes]:
    listed = site.s3.list_object_versions(Bucket=site.home_bucket, Prefix="person/projects/")["Versions"]
    return {
        site.s3.get_object(Bucket=site.home_bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
        for one in listed
    }


def test_what_is_in_no_version_any_more_stays_here_until_it_is_saved_again(site: Site, folder: Path) -> None:
    """An earlier state took its place, and the content was nowhere then."""
    save(site, folder)
    only_here = delete_newest_version(site, folder, PICTURES[2])
    saved = f"{site.home_uri}projects/{project_id(folder)}/"
    first = site.run("restore", saved, "--list", "--json").json["states"][-1]["at"]
    again = ("restore", f"{saved}{PICTURES[2]}", "--at", first, "--json")
    refused = site.run(*again)
    assert (refused.code, refused.json["restored"]) == (4, []), refused.err
    assert "in the bucket no more" in refused.err
    assert (folder / PICTURES[2]).read_bytes() == only_here
    assert site.run("save", folder).code == 3, "beside the version that came up, which nobody here has put there"
    assert only_here in contents_of_all_versions(site)
    assert site.run(*again).json["restored"] == [PICTURES[2]]
    assert only_here in contents_of_all_versions(site)


def test_nor_does_the_others_version_take_its_place(site: Site, folder: Path) -> None:
    save(site, folder)
    key = f"person/projects/{project_id(folder)}/{PICTURES[4]}"
    site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=b"theirs")
    for number in range(2):
        (folder / PICTURES[4]).write_bytes(PROJECT[PICTURES[4]].replace(b"IEND", b"%d IEND" % number))
        conflicts = site.run("save", folder, "--json").json["conflicts"]
    copy = conflicts[0]["copy"].partition(f"/{project_id(folder)}/")[2]
    only_here = delete_newest_version(site, folder, copy)
    decided = site.run("conflicts", folder, PICTURES[4], "--keep", "theirs")
    assert decided.code != 0 and "in the bucket no more" in decided.err, decided.err
    assert (folder / PICTURES[4]).read_bytes() == only_here


@pytest.mark.parametrize("path", [LABELS, "Ada's notes.md"])
def test_a_new_computer_hears_of_what_somebody_deleted_and_brings_it_back(site: Site, folder: Path, path: str) -> None:
    """The list names it, and the bucket holds it no more: a project without its labels came in silence."""
    (folder / "Ada's notes.md").write_bytes(b"a note\n")
    save(site, folder)
    content = (folder / path).read_bytes()
    saved = f"{site.home_uri}projects/{project_id(folder)}/"
    site.s3.delete_object(Bucket=site.home_bucket, Key=f"person/projects/{project_id(folder)}/{path}")
    other = site.another_computer()
    there = other.folder / "reaching"
    rehearsed = other.run("stage", saved, there, "--dry-run", "--json")
    brought = other.run("stage", saved, there, "--json")
    assert (rehearsed.code, brought.code) == (4, 4), brought.err
    assert rehearsed.json["skipped"] == brought.json["skipped"]
    ((key, reason),) = [(row["key"], row["reason"]) for row in brought.json["skipped"]]
    assert key == path and "somebody deleted it" in reason
    told = shlex.split(reason.split("`")[1])
    assert other.run(*told[1:]).code == 0
    assert (there / path).read_bytes() == content
    assert other.run("stage", saved, there).code == 0
    assert in_home(site, folder)[path] == content


def test_what_a_profile_does_not_need_is_not_missed(site: Site, folder: Path) -> None:
    save(site, folder)
    site.s3.delete_object(Bucket=site.home_bucket, Key=f"person/projects/{project_id(folder)}/{LABELS}")
    saved = f"{site.home_uri}projects/{project_id(folder)}/"
    brought = site.another_computer().run("stage", saved, "--profile", "analyse", "--json")
    assert (brought.code, brought.json["skipped"]) == (0, []), brought.err


def test_what_a_rule_of_the_bucket_has_removed_is_said_and_all_else_comes_back(site: Site, folder: Path) -> None:
    save(site, folder)
    key = f"person/projects/{project_id(folder)}/{PICTURES[6]}"
    for one in site.s3.list_object_versions(Bucket=site.home_bucket, Prefix=key)["Versions"]:
        if not one["IsLatest"]:
            site.s3.delete_object(Bucket=site.home_bucket, Key=key, VersionId=one["VersionId"])
    kept = (folder / PICTURES[6]).read_bytes()
    done = site.run("restore", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    ((path, cause, hint),) = [tuple(row.values()) for row in done.json["failed"]]
    assert (path, cause) == (PICTURES[6], "This content is not kept any more")
    assert "left as it is" in hint and "another state" in hint
    assert sorted(done.json["restored"]) == [one for one in PICTURES if one != PICTURES[6]]
    assert (folder / PICTURES[6]).read_bytes() == kept
