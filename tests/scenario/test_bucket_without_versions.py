"""A home bucket without versions, where a copy tells its checksum, as on S3: each change is a copy and a put."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from tests.bench.server_process import BenchServer
from tests.conftest import Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.projects import png
from tests.scenario.watching import in_home, project_id, save, saved_and_drawn_anew, small_project

PICTURES = [f"labeled-data/mouse/img{number:03}.png" for number in range(20)]
PROJECT = small_project(len(PICTURES))
CONTENTS = "*/history/*/contents/*"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with BenchServer(seconds=300) as server, FaultProxy(server.url) as running:
        yield running


@pytest.fixture
def site(proxy: FaultProxy, tmp_path: Path) -> Site:
    made = Site(tmp_path, proxy.url, "bench", "secret", "data", "home", s3_client(proxy.url, "bench", "secret"))
    for bucket in (made.data_bucket, made.home_bucket):
        made.s3.create_bucket(Bucket=bucket)
    made.write()
    return made


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Saved once; then every picture is drawn anew."""
    folder = saved_and_drawn_anew(site, PROJECT, PICTURES)
    proxy.seen.clear()
    return folder


def kept(site: Site, folder: Path) -> dict[str, bytes]:
    """The replaced contents, by the names that they have."""
    prefix = f"person/.pose-launcher/history/{project_id(folder)}/contents/"
    return {key.removeprefix(prefix): data for key, data in site.objects(site.home_bucket, prefix).items()}


REPLACED = {sha256(PROJECT[path]).hexdigest(): PROJECT[path] for path in PICTURES}


def test_each_content_is_copied_before_it_is_replaced_and_comes_back(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    (folder / PICTURES[0]).write_bytes(PROJECT[PICTURES[0]])  # touched alone: there is nothing to be replaced
    report = site.run("save", folder, "--json").json
    assert sorted(row["path"] for row in report["saved"]) == PICTURES[1:]
    asked = [request.path for request in proxy.seen if "/contents/" in request.path or request.path.endswith(".png")]
    assert len(asked) == 2 * len(PICTURES[1:])
    for path in PICTURES[1:]:
        copy, put = (next(at for at, one in enumerate(asked) if one.endswith(end)) for end in (_name(path), path))
        assert copy < put
    assert kept(site, folder) == {name: data for name, data in REPLACED.items() if name != _name(PICTURES[0])}
    assert site.run("restore", f"{site.home_uri}projects/{project_id(folder)}/").code == 0
    assert {path: (folder / path).read_bytes() for path in PICTURES} == {path: PROJECT[path] for path in PICTURES}


def _name(path: str) -> str:
    return sha256(PROJECT[path]).hexdigest()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.LOST_ANSWER, Fault.RESET, Fault.STATUS])
def test_a_copy_that_fails_is_made_patiently(site: Site, folder: Path, proxy: FaultProxy, fault: Fault) -> None:
    proxy.rules.append(Rule(fault, CONTENTS, "PUT", 7))
    save(site, folder)
    assert kept(site, folder) == REPLACED
    assert {path: data for path, data in in_home(site, folder).items() if path in PICTURES} == {
        path: (folder / path).read_bytes() for path in PICTURES
    }


def test_where_nothing_can_be_kept_nothing_is_replaced(site: Site, folder: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, CONTENTS, "PUT", status=403))
    assert site.run("save", folder).code != 0
    assert {path: data for path, data in in_home(site, folder).items() if path in PICTURES} == {
        path: PROJECT[path] for path in PICTURES
    }


def test_what_another_client_replaced_meanwhile_is_kept_and_ours_beside_it(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    theirs = png(Random(99), 5000)
    site.s3.put_object(Bucket=site.home_bucket, Key=f"person/projects/{project_id(folder)}/{PICTURES[3]}", Body=theirs)
    told = site.run("save", folder, "--json")
    assert told.code == 3, told.err
    assert [row["path"] for row in told.json["conflicts"]] == [PICTURES[3]]
    there = in_home(site, folder)
    assert there[PICTURES[3]] == theirs
    assert (folder / PICTURES[3]).read_bytes() in there.values()
