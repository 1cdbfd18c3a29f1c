"""A disk of the storage server fails under a saved object: it is listed and known as ever, and its bytes are gone."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import bring, one_of_home, save, small_project, until, watching

PROJECT = small_project(2)
NOTES = "notes.bin"
CONTENT = Random(7).randbytes(30_000)


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, PROJECT)
    (folder / NOTES).write_bytes(CONTENT)
    save(site, folder)
    return folder


def damage(cloud: SeaweedFS, content: bytes) -> None:
    """One bit of it, where the server keeps it."""
    for volume in Path(cloud.folder).rglob("*.dat"):
        at = volume.read_bytes().find(content[:64])
        if at >= 0:
            with volume.open("r+b") as data:
                data.seek(at + 100)
                data.write(bytes([content[100] ^ 1]))
            return
    raise AssertionError("the server keeps it nowhere")


def cannot_be_read(proxy: FaultProxy) -> Rule:
    """What the server says then, at once: on its own it looks for other copies for nine seconds."""
    rule = Rule(Fault.REFUSED, f"*/{NOTES}", "GET", status=500, code="InternalError")
    proxy.rules.append(rule)
    return rule


def found_by_verify(site: Site, folder: Path) -> list[str]:
    verified = site.run("verify", folder, "--json")
    assert verified.code in (0, 12), verified.err
    assert verified.json["checked"] == len(PROJECT) + 1, "the rest is compared all the same"
    return [row["path"] for row in verified.json["bad"]]


def test_what_a_disk_has_lost_is_found_and_sent_again(site: Site, folder: Path, cloud: SeaweedFS) -> None:
    """Without versions, where what is replaced is copied first: of this nobody can make a copy."""
    damage(cloud, CONTENT)
    assert found_by_verify(site, folder) == [NOTES]
    saved = site.run("save", folder, "--json")
    assert (saved.code, [row["path"] for row in saved.json["saved"]]) == (0, [NOTES]), saved.err
    assert one_of_home(site, folder, NOTES) == CONTENT
    assert found_by_verify(site, folder) == []


def test_it_is_not_called_saved_from_then_on(site: Site, folder: Path, proxy: FaultProxy) -> None:
    cannot_be_read(proxy)
    assert found_by_verify(site, folder) == [NOTES]
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["all_saved"], status["unsaved_files"], status["unsaved_bytes"]) == (False, 1, len(CONTENT))
    (row,) = [row for row in status["items"] if row["path"] == NOTES]
    assert row["state"] == "could not be saved"
    assert "cannot give back what was saved of it" in row["cause"] and "sends it again" in row["next"]


def test_the_sessions_end_sends_it_again(site: Site, folder: Path, proxy: FaultProxy) -> None:
    rule = cannot_be_read(proxy)
    assert found_by_verify(site, folder) == [NOTES]
    ended = site.run("finish", "--deadline", "30", "--json")
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert [row["path"] for row in ended.json["projects"][0]["saved"]] == [NOTES]
    proxy.rules.remove(rule)
    assert found_by_verify(site, folder) == []
    again = site.run("save", folder, "--json")
    assert (again.code, again.json["saved"]) == (0, []), "once is enough"


def test_the_saver_that_runs_sends_it_again_by_itself(site: Site, folder: Path, proxy: FaultProxy) -> None:
    key = f"person/projects/{folder.name}"
    with watching(site):
        until(lambda: bool(site.run("status", "--json").json["saver"]["running"]), 20)
        rule = cannot_be_read(proxy)
        before = modified(site, key)
        assert found_by_verify(site, folder) == [NOTES]
        until(lambda: bool(site.run("status", "--json").json["projects"][0]["all_saved"]), 40)
        assert modified(site, key) != before
    proxy.rules.remove(rule)
    assert found_by_verify(site, folder) == []


def modified(site: Site, prefix: str) -> list[object]:
    """When the object was written."""
    rows = site.s3.list_objects_v2(Bucket=site.home_bucket, Prefix=prefix)["Contents"]
    return [row["LastModified"] for row in rows if row["Key"].endswith(NOTES)]


def test_what_is_here_by_now_is_put_beside_it(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """Whoever can read the disk may want what it was: nothing is replaced that could not be kept."""
    cannot_be_read(proxy)
    assert found_by_verify(site, folder) == [NOTES]
    newer = Random(8).randbytes(31_000)
    (folder / NOTES).write_bytes(newer)
    saved = site.run("save", folder, "--json")
    assert saved.code == 3, saved.err
    (conflict,) = saved.json["conflicts"]
    assert site.objects(site.home_bucket, conflict["copy"]) == {conflict["copy"]: newer}
    assert one_of_home(site, folder, NOTES) == CONTENT


def test_a_server_that_reads_nothing_is_no_damage(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """It has errors for everything, HEAD too."""
    proxy.rules.append(Rule(Fault.REFUSED, "*/projects/*", status=500, code="InternalError"))
    assert site.run("verify", folder).code == 12
    proxy.rules.clear()
    (status,) = site.run("status", "--json").json["projects"]
    assert status["all_saved"]
