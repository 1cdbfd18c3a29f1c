"""Faults between the program and the server: retried and right, or named with the right exit code; no wrong bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Result, Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import CORNER, final_files, home_objects, open_uploads, wrong_on_disk
from tests.scenario.projects import LARGE_MODEL, VIDEO, reaching

PICTURE = "labeled-data/mouse/img007.png"
NAMED, NO_ANSWER = 4, 12


@pytest.fixture
def proxy(site: Site, cloud: SeaweedFS) -> Iterator[FaultProxy]:
    """Between the program and the server; the tests themselves ask the server directly."""
    with FaultProxy(cloud.url, seed=7) as running:
        site.endpoint = running.url
        site.write()
        yield running


@dataclass
class Project:
    """A project in the data bucket, and what a person does with it."""

    site: Site
    source: dict[str, bytes]

    def stage(self) -> Result:
        return self.site.run("stage", f"{self.site.data_uri}reaching/", self.folder, "--json")

    def save(self) -> Result:
        return self.site.run("save", self.folder, "--json")

    @property
    def folder(self) -> Path:
        return self.site.folder / "reaching"

    def home(self) -> dict[str, bytes]:
        """What the home bucket holds of it."""
        (status,) = self.status()
        return home_objects(self.site, status["home"].rstrip("/").rpartition("/")[2])

    def status(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.site.run("status", self.folder, "--json").json["projects"]
        return rows

    def is_whole_here(self) -> bool:
        """Every file is here, and none holds a wrong byte."""
        return wrong_on_disk(self.folder, self.source) == [] and set(final_files(self.folder)) == set(self.source)

    def is_whole_in_the_bucket(self) -> bool:
        """Saved, proved by `verify`, and byte for byte what is here, path files aside."""
        here, there = final_files(self.folder), self.home()
        proof = self.site.run("verify", self.folder, "--json")
        plain = [path for path in here if not path.endswith(".yaml") and path != VIDEO]
        return (
            self.status()[0]["all_saved"]
            and (proof.code, proof.json["bad"]) == (0, [])
            and set(there) == set(here) - {VIDEO}
            and [path for path in plain if there[path] != here[path]] == []
        )


MakeProject = Callable[..., Project]


@pytest.fixture
def project(site: Site) -> MakeProject:
    def make(**large: bool) -> Project:
        made = Project(site, reaching(1, **large))
        for path, data in made.source.items():
            site.put(f"reaching/{path}", data)
        return made

    return make


def faults(proxy: FaultProxy) -> int:
    """How many of the faults that a test asked for have happened."""
    return sum(one.fault is not None for one in proxy.seen)


# On the way down


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Fault.FLIP, path=f"*/{PICTURE}", method="GET", times=1),
        Rule(Fault.CUT, path=f"*/{PICTURE}", method="GET", times=1, after=1000),
        Rule(Fault.LOST_ANSWER, path=f"*/{PICTURE}", method="GET", times=1),
        Rule(Fault.STATUS, path="*.png", method="GET", times=20),
    ],
    ids=["flip", "cut", "lost answer", "slow down"],
)
def test_a_fault_on_the_way_down_is_retried(proxy: FaultProxy, project: MakeProject, rule: Rule) -> None:
    made = project()
    proxy.rules.append(rule)
    staged = made.stage()
    assert (staged.code, staged.json["skipped"]) == (0, []), staged.err
    assert faults(proxy) == rule.times
    assert made.is_whole_here()


def test_a_project_that_is_being_saved_while_it_is_recognised_is_listed_once_more(
    proxy: FaultProxy, project: MakeProject
) -> None:
    """What was listed is replaced before it is read: nothing at all came then."""
    mine = project()
    replaced = Rule(Fault.REFUSED, path="*/config.yaml", method="GET", status=412, code="PreconditionFailed", times=1)
    proxy.rules.append(replaced)
    brought = mine.stage()
    assert (brought.code, replaced.used) == (0, 1), brought.err
    assert mine.is_whole_here()


def test_a_project_whose_file_the_server_cannot_read_hides_no_other(
    site: Site, proxy: FaultProxy, project: MakeProject
) -> None:
    """As where one of its disks fails: not one project of the bucket was shown then."""
    project()
    site.put("second/config.yaml", reaching(1)["config.yaml"])
    site.put("second/labeled-data/mouse/img000.png", b"x")
    proxy.rules.append(Rule(Fault.REFUSED, path="*/second/config.yaml", method="GET", status=500, code="InternalError"))
    found = site.run("projects", site.data_uri, "--json")
    assert found.code == 12, found.err
    assert len(found.json["projects"]) == 1
    assert "InternalError" in found.err and "second/config.yaml" in found.err


@pytest.mark.parametrize("fault", [Fault.FLIP, Fault.CUT, Fault.RESET])
def test_a_fault_in_a_block_of_a_large_file_is_retried(proxy: FaultProxy, project: MakeProject, fault: Fault) -> None:
    made = project(large_video=True)
    proxy.rules.append(Rule(fault, path=f"*/{VIDEO}", method="GET", times=1, after=1_000_000))
    staged = made.stage()
    assert (staged.code, staged.json["skipped"]) == (0, []), staged.err
    assert faults(proxy) == 1
    assert made.is_whole_here()


@pytest.mark.parametrize(("path", "large"), [(PICTURE, False), (VIDEO, True)], ids=["small", "large"])
def test_an_object_that_always_arrives_damaged_is_named_and_the_others_arrive(
    proxy: FaultProxy, project: MakeProject, path: str, large: bool
) -> None:
    made = project(large_video=large)
    proxy.rules.append(Rule(Fault.FLIP, path=f"*/{path}", method="GET"))
    staged = made.stage()
    # The server answers, so this is not 12: the object is not sound.
    assert staged.code == NAMED
    assert [row["key"] for row in staged.json["skipped"]] == [path]
    assert set(final_files(made.folder)) == set(made.source) - {path}
    assert wrong_on_disk(made.folder, made.source) == []
    assert not (made.folder / CORNER / "partial").exists()

    proxy.rules.clear()
    assert made.stage().code == 0
    assert made.is_whole_here()


# On the way up


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Fault.LOST_ANSWER, path=f"*/{PICTURE}", method="PUT", times=1),
        Rule(Fault.RESET, path=f"*/{PICTURE}", method="PUT", times=1),
        Rule(Fault.STATUS, path="*/labeled-data/*", method="PUT", times=20),
        Rule(Fault.FLIP_REQUEST, path=f"*/{PICTURE}", method="PUT", times=1),
        Rule(Fault.LOST_ANSWER, path="*/.pose-launcher/state/*", method="PUT", times=1),
        Rule(Fault.RESET, path="*/.pose-launcher/state/*", method="PUT", times=1),
        Rule(Fault.FLIP_REQUEST, path="*/.pose-launcher/state/*", method="PUT", times=1),
    ],
    ids=["lost", "reset", "slow down", "flip", "manifest lost", "manifest reset", "manifest flip"],
)
def test_a_fault_on_the_way_up_is_retried(proxy: FaultProxy, project: MakeProject, rule: Rule) -> None:
    made = project()
    assert made.stage().code == 0
    proxy.rules.append(rule)
    saved = made.save()
    assert (saved.code, saved.json["failed"]) == (0, []), saved.err
    assert faults(proxy) == rule.times
    assert sorted(row["path"] for row in saved.json["saved"]) == sorted(set(made.source) - {VIDEO})
    assert made.is_whole_in_the_bucket()


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Fault.LOST_ANSWER, path="*[?]uploadId=*", method="POST", times=1),
        Rule(Fault.RESET, path="*[?]uploadId=*", method="POST", times=1),
        Rule(Fault.LOST_ANSWER, path="*partNumber=2*", method="PUT", times=1),
        Rule(Fault.FLIP_REQUEST, path="*partNumber=2*", method="PUT", times=1),
        Rule(Fault.STATUS, path="*partNumber=*", method="PUT", times=3),
    ],
    ids=["complete lost", "complete reset", "part lost", "part flip", "part slow down"],
)
def test_a_fault_in_an_upload_in_parts_is_retried(proxy: FaultProxy, project: MakeProject, rule: Rule) -> None:
    made = project(large_model=True)
    assert made.stage().code == 0
    proxy.rules.append(rule)
    saved = made.save()
    assert (saved.code, saved.json["failed"]) == (0, []), saved.err
    assert faults(proxy) == rule.times
    assert made.is_whole_in_the_bucket()
    assert open_uploads(made.site) == []


@pytest.mark.parametrize(
    ("method", "target"),
    [("PUT", f"*/{PICTURE}"), ("PUT", "*/config.yaml"), ("POST", f"*/{LARGE_MODEL}[?]uploadId=*")],
    ids=["picture", "paths", "parts"],
)
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "changed"])
def test_a_write_that_the_server_refuses_for_a_race_makes_no_conflict_with_ourselves(
    proxy: FaultProxy, project: MakeProject, method: str, target: str, is_new: bool
) -> None:
    """S3 answers so while another request for the key is under way, such as one of ours that was given up."""
    made = project(large_model=method == "POST")
    assert made.stage().code == 0
    if not is_new:
        assert made.save().code == 0
        for path in (PICTURE, LARGE_MODEL):
            content = (made.folder / path).read_bytes()
            (made.folder / path).write_bytes(content[:-9] + b"\0" + content[-9:])
        config = made.folder / "config.yaml"
        config.write_bytes(config.read_bytes() + b"# more\n")
    race = Rule(Fault.REFUSED, target, method, times=2, status=409, code="ConditionalRequestConflict")
    proxy.rules.append(race)
    saved = made.save()
    assert (saved.code, saved.json["conflicts"], saved.json["failed"]) == (0, [], []), saved.err
    assert race.used == 2
    assert made.is_whole_in_the_bucket()
    assert open_uploads(made.site) == []


LAST_STEP = f"*/{LARGE_MODEL}[?]uploadId=*"


def changed_in_parts(made: Project) -> None:
    content = (made.folder / LARGE_MODEL).read_bytes()
    (made.folder / LARGE_MODEL).write_bytes(content[::-1])


def test_a_large_file_that_somebody_deleted_in_the_bucket_is_made_anew(proxy: FaultProxy, project: MakeProject) -> None:
    """S3 says 404 where what is to be replaced is gone; SeaweedFS says 412."""
    made = project(large_model=True)
    assert made.stage().code == made.save().code == 0
    (key,) = [key for key in made.site.objects(made.site.home_bucket) if key.endswith(LARGE_MODEL)]
    made.site.s3.delete_object(Bucket=made.site.home_bucket, Key=key)
    changed_in_parts(made)
    proxy.rules.append(Rule(Fault.REFUSED, LAST_STEP, "POST", times=1, status=404, code="NoSuchKey"))
    saved = made.save()
    assert (saved.code, saved.json["conflicts"], saved.json["failed"]) == (0, [], []), saved.err
    assert made.is_whole_in_the_bucket()
    assert open_uploads(made.site) == []


def test_without_the_right_to_clear_up_parts_work_is_saved_all_the_same(
    proxy: FaultProxy, project: MakeProject
) -> None:
    made = project(large_model=True)
    assert made.stage().code == made.save().code == 0
    changed_in_parts(made)
    no_right = Rule(Fault.REFUSED, LAST_STEP, "DELETE", status=403)
    proxy.rules += [no_right, Rule(Fault.LOST_ANSWER, LAST_STEP, "POST", times=1)]
    saved = made.save()
    assert (saved.code, saved.json["failed"]) == (0, []), saved.err
    assert no_right.used
    proxy.rules.clear()
    assert made.is_whole_in_the_bucket()

    proxy.rules += [no_right, Rule(Fault.RESET, LAST_STEP, "POST")]
    changed_in_parts(made)
    assert made.save().code == NO_ANSWER
    assert open_uploads(made.site)
    proxy.rules[:] = [no_right, Rule(Fault.REFUSED, LAST_STEP, "GET", status=403)]
    (made.folder / LARGE_MODEL).touch()
    saved = made.save()
    assert (saved.code, saved.json["failed"]) == (0, []), saved.err


def test_a_file_that_always_arrives_damaged_is_never_called_saved(proxy: FaultProxy, project: MakeProject) -> None:
    made = project()
    assert made.stage().code == 0
    proxy.rules.append(Rule(Fault.FLIP_REQUEST, path=f"*/{PICTURE}", method="PUT"))
    saved = made.save()
    assert saved.code == NAMED
    assert [row["path"] for row in saved.json["failed"]] == [PICTURE]
    assert PICTURE not in made.home()
    (status,) = made.status()
    assert not status["all_saved"]
    assert [row["path"] for row in status["items"] if row["state"] == "could not be saved"] == [PICTURE]

    proxy.rules.clear()
    assert [row["path"] for row in made.save().json["saved"]] == [PICTURE]
    assert made.is_whole_in_the_bucket()


def test_a_manifest_that_never_arrives_is_not_called_saved(proxy: FaultProxy, project: MakeProject) -> None:
    made = project()
    assert made.stage().code == 0
    proxy.rules.append(Rule(Fault.STATUS, path="*/.pose-launcher/state/*", method="PUT"))
    saved = made.save()
    assert (saved.code, saved.json["manifest"]) == (NO_ANSWER, None)
    assert not made.status()[0]["all_saved"]

    proxy.rules.clear()
    again = made.save()
    assert (again.code, again.json["saved"]) == (0, [])
    assert made.is_whole_in_the_bucket()


# Both ways


def test_a_fifth_of_all_connections_is_reset_and_everything_goes_through(
    proxy: FaultProxy, project: MakeProject
) -> None:
    made = project()
    proxy.rules.append(Rule(Fault.RESET, probability=0.2))
    staged = made.stage()
    assert (staged.code, staged.json["skipped"]) == (0, []), staged.err
    assert made.is_whole_here()
    saved = made.save()
    assert (saved.code, saved.json["failed"]) == (0, []), saved.err
    assert faults(proxy) > 10
    proxy.rules.clear()
    assert made.is_whole_in_the_bucket()


def test_a_second_save_asks_nothing_for_files_that_did_not_change(proxy: FaultProxy, project: MakeProject) -> None:
    made = project()
    assert made.stage().code == 0
    assert made.save().code == 0
    before = len(proxy.seen)
    again = made.save()
    assert (again.code, again.json["saved"], again.json["unchanged"]) == (0, [], len(made.source) - 1)
    asked = [one.path for one in proxy.seen[before:]]
    assert [path for path in asked if "/projects/" in path] == []
    assert len(asked) <= 2, asked

    (made.folder / PICTURE).write_bytes(png_like(made.source[PICTURE]))
    before = len(proxy.seen)
    assert [row["path"] for row in made.save().json["saved"]] == [PICTURE]
    asked = [one.path for one in proxy.seen[before:]]
    assert len([path for path in asked if "/projects/" in path]) == 1, asked


def png_like(data: bytes) -> bytes:
    """Another picture of the same length."""
    return data[:100] + bytes(byte ^ 0xFF for byte in data[100:-12]) + data[-12:]
