"""Files that are no project, by command and against a real server: down to a folder, up into the home prefix."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.config.find import Found
from launcher.config.site import load_site
from launcher.desk.desk import Desk, Setup
from launcher.desk.files.download import Download
from launcher.desk.recents import note, recents
from launcher.session.facts import session_facts
from launcher.storage.listing import S3Object
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from tests.conftest import ROOT, Site


def test_a_folder_comes_whole_and_twice_is_once(site: Site, tmp_path: Path) -> None:
    for key, data in (("raw/a.csv", b"a"), ("raw/deep/b.bin", b"b" * 100_000), ("raw/con.txt", b"c"), ("other", b"o")):
        site.put(key, data)
    target = tmp_path / "mine"
    target.mkdir()
    done = site.run("download", f"{site.data_uri}raw/", target, "--json")
    assert done.code == 7, done.err  # one name is a device on Windows
    assert (done.json["files"], done.json["bytes"]) == (2, 100_001)
    assert [row["path"] for row in done.json["skipped"]] == ["raw/con.txt"]
    assert (target / "raw/deep/b.bin").read_bytes() == b"b" * 100_000
    again = site.run("download", f"{site.data_uri}raw/", target, "--json").json
    assert (again["files"], again["unchanged"]) == (0, 2)
    assert sorted(file.name for file in target.rglob("*") if file.is_file()) == ["a.csv", "b.bin"]


def test_what_is_in_the_folder_is_never_replaced(site: Site, tmp_path: Path) -> None:
    site.put("a.csv", b"theirs")
    (tmp_path / "a.csv").write_bytes(b"mine!!")
    done = site.run("download", f"{site.data_uri}a.csv", tmp_path, "--json")
    assert done.code == 4
    assert "kept" in done.json["skipped"][0]["reason"]
    assert (tmp_path / "a.csv").read_bytes() == b"mine!!"
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").symlink_to(tmp_path / "outside")
    assert site.run("download", f"{site.data_uri}a.csv", tmp_path).code == 4
    assert not (tmp_path / "outside").exists(), "nothing is written through a link"


@pytest.mark.parametrize("hostile", ["../up.txt", "a/../../up.txt", ".pose-launcher/x"])
def test_no_key_leads_out_of_the_folder(site: Site, tmp_path: Path, hostile: str) -> None:
    target = tmp_path / "inner"
    target.mkdir()

    class HostileDownload(Download):
        """Of a server that lists what SeaweedFS would not."""

        def _listed(self) -> Iterator[tuple[str, S3Object]]:
            yield hostile, S3Object(hostile, 1, "", "")

    with Store(load_site(site.file).site.s3) as store:
        report = HostileDownload(store, S3Uri.parse(site.data_uri), target, lambda files, size: None).run()
    assert report.codes == [7]
    assert not list(tmp_path.rglob("up.txt"))


def test_a_download_of_nothing_and_to_nowhere(site: Site, tmp_path: Path) -> None:
    assert site.run("download", f"{site.data_uri}nothing/", tmp_path).code == 10
    site.put("a.csv", b"a")
    service = tmp_path / "MyFiles" / "HomeFolder"
    service.mkdir(parents=True)
    refused = site.run("download", f"{site.data_uri}a.csv", service, environ={"HOME": str(tmp_path)})
    assert refused.code == 2 and "Home Folder" in refused.err and not list(service.iterdir())
    nowhere = site.run("download", f"{site.data_uri}a.csv", tmp_path / "nowhere")
    assert nowhere.code == 10 and "no such folder" in nowhere.err


def test_own_files_go_up_after_a_plan_and_replace_nothing(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"a")
    (folder / "deep" / "b.csv").write_bytes(b"bb")
    (folder / "link").symlink_to(tmp_path / "secret")
    to = f"{site.home_uri}mine/"
    site.s3.put_object(Bucket=site.home_bucket, Key="person/mine/notes/a.csv", Body=b"older")
    plan = site.run("upload", folder, "--to", to, "--dry-run", "--json").json["plan"]
    assert {row["path"]: row["fate"] for row in plan} == {"notes/a.csv": "there already", "notes/deep/b.csv": "new"}
    assert site.objects(site.home_bucket) == {"person/mine/notes/a.csv": b"older"}, "a plan sends nothing"
    done = site.run("upload", folder, "--to", to, "--json")
    assert (done.code, done.json["saved"]) == (0, ["notes/deep/b.csv"])
    there = site.objects(site.home_bucket)
    assert there["person/mine/notes/a.csv"] == b"older" and there["person/mine/notes/deep/b.csv"] == b"bb"


def test_a_large_file_goes_in_parts_and_comes_in_blocks(site: Site, tmp_path: Path) -> None:
    large, target = tmp_path / "large.bin", tmp_path / "target"
    target.mkdir()
    large.write_bytes(os.urandom(1024) * 70_000)
    assert site.run("upload", large, "--to", site.home_uri).code == 0
    assert site.run("download", f"{site.home_uri}large.bin", target).code == 0
    assert (target / "large.bin").read_bytes() == large.read_bytes()


def test_nothing_goes_to_another_place_or_over_saved_projects(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a")
    for to in (site.data_uri, f"{site.home_uri}projects/x/", f"{site.home_uri}.pose-launcher/"):
        refused = site.run("upload", file, "--to", to)
        assert refused.code == 2 and "Nothing was sent" in refused.err
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "b.csv").write_bytes(b"b")
    assert site.run("upload", tmp_path / "projects", "--to", site.home_uri).code == 7
    assert site.run("upload", tmp_path / "nothing", "--to", site.home_uri).code == 10
    assert site.objects(site.home_bucket) == {}


def test_a_new_folder_is_there_and_only_once(site: Site) -> None:
    uri = f"{site.home_uri}analysis/"
    assert site.run("new-folder", uri.rstrip("/"), "--json").json == {"uri": uri}
    assert "analysis/" in site.run("ls", site.home_uri).out
    assert site.run("new-folder", uri).code == 4
    assert site.run("new-folder", f"{site.home_uri}a:b/").code == 7
    assert site.run("new-folder", f"{site.data_uri}x/").code == 2
    assert site.run("ls", uri).code == 0, "an empty folder can be looked into"


def test_what_was_opened_last_is_known_on_the_next_computer(site: Site) -> None:
    sample = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
    site.upload(sample, f"{sample.name}/")
    uri = f"{site.data_uri}{sample.name}/"
    assert site.run("stage", uri).code == 0
    with desk_of(site) as desk:
        note(desk, "s3://somewhere/else/")
        assert recents(desk) == []
        note(desk, uri)
        note(desk, uri)
    with desk_of(site.another_computer()) as desk:
        (row,) = recents(desk)
    assert (row["uri"], row["name"], row["saved"]) == (uri, sample.name, False)


def desk_of(site: Site) -> Desk:
    """The desk of a person at this computer."""
    setup = Setup(Found(site.file, "--site"), Found(site.state, "--state-dir"), session_facts({}))
    return Desk(setup)


def test_another_tool_is_refused_before_anything_is_brought(site: Site) -> None:
    sample = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
    site.upload(sample, f"{sample.name}/")
    refused = site.run("open", f"{site.data_uri}{sample.name}/", "--with", "sleap")
    assert refused.code == 2
    assert "SLEAP cannot open it" in refused.err and "convert" in refused.err
    assert not (site.state / "journal.sqlite").exists() or site.run("status", "--json").json["projects"] == []


def test_a_folder_whose_name_is_no_text_is_refused_by_name(site: Site) -> None:
    odd = Path(os.fsdecode(os.fsencode(site.folder) + b"/\xff"))
    odd.mkdir()
    (odd / "notes.txt").write_bytes(b"mine")
    done = site.run("upload", odd, "--to", site.home_uri, "--json")
    assert (done.code, [row["fate"] for row in done.json["plan"]]) == (7, ["refused"]), done.err
    assert site.objects(site.home_bucket) == {}
