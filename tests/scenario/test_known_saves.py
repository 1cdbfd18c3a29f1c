"""A save leaves behind what the next one knows by, and never more than was saved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher.journal import Journal
from launcher.journal.identity import identity_of
from launcher.journal.interrupted import Interrupted
from launcher.projects.local_files import stat_of
from launcher.saving.last_look import Look, file_of, kept
from tests.conftest import Site
from tests.scenario.oracle import open_uploads
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project

PROJECT = small_project(3)


@pytest.fixture
def folder(site: Site) -> Path:
    return bring(site, PROJECT)


def _known(site: Site, folder: Path) -> Look | None:
    """What the next command will believe, as long as the folder is the same."""
    look = kept(file_of(site.state, folder))
    is_believed = look is not None and look.is_all and look.journal == identity_of(site.state / "journal.sqlite")
    return look if is_believed else None


def test_the_save_after_a_save_is_known_at_once(site: Site, folder: Path) -> None:
    first = site.run("save", folder, "--json").json
    look = _known(site, folder)
    assert look is not None
    second = site.run("save", folder, "--json").json
    assert (second["saved"], second["unchanged"]) == ([], len(first["saved"]) + first["unchanged"])
    assert (second["project"], second["home"]) == (first["project"], first["home"])
    assert second["by_reference"] == first["by_reference"]
    everything = site.run("save", "--json").json
    assert {**everything, "seconds": 0} == {**second, "seconds": 0}
    assert _known(site, folder) == look, "nothing was written down"


def test_work_after_a_save_is_saved_by_the_next_and_that_is_known_again(site: Site, folder: Path) -> None:
    site.run("save", folder)
    for content in (PROJECT[LABELS].replace(b"1", b"2"), PROJECT[LABELS].replace(b"1", b"3")):
        before = (folder / LABELS).stat()
        (folder / LABELS).write_bytes(content)
        os.utime(folder / LABELS, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert [row["path"] for row in site.run("save", folder, "--json").json["saved"]] == [LABELS]
        assert in_home(site, folder)[LABELS] == content
        assert _known(site, folder) is not None
        assert site.run("save", folder, "--json").json["saved"] == []


def test_a_save_that_left_something_out_is_not_known_and_says_so_again(site: Site, folder: Path) -> None:
    (folder / "link").symlink_to(folder / LABELS)
    (folder / "notes.txt").write_text("new")
    for _ in range(2):
        told = site.run("save", folder, "--json")
        assert (told.code, [row["path"] for row in told.json["failed"]]) == (4, ["link"])
        assert _known(site, folder) is None


def test_a_file_that_could_not_be_saved_is_not_known_and_said_again(site: Site, folder: Path) -> None:
    site.run("save", folder)
    (folder / "labeled-data/mouse/cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for _ in range(2):
        told = site.run("save", folder, "--json")
        assert (told.code, [row["path"] for row in told.json["failed"]]) == (4, ["labeled-data/mouse/cut.png"])
        assert _known(site, folder) is None


def test_a_file_that_another_computer_saved_too_is_not_known_by_the_save_that_found_it(
    site: Site, folder: Path
) -> None:
    site.run("save", folder)
    other = site.another_computer()
    (project,) = other.run("projects", other.home_uri, "--json").json["projects"]
    elsewhere = Path(other.run("stage", project["uri"], "--json").json["dir"])
    (elsewhere / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"2"))
    assert other.run("save", elsewhere).code == 0
    (folder / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"3"))
    assert site.run("save", folder).code == 3
    assert _known(site, folder) is None


def test_a_project_that_was_put_away_is_known_no_more(site: Site, folder: Path) -> None:
    site.run("save", folder)
    assert file_of(site.state, folder).exists()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert site.run("put-away", folder).code == 0
    assert not file_of(site.state, folder).exists()


@pytest.mark.parametrize("command", [["save"], ["finish", "--deadline", "30"]], ids=" ".join)
def test_an_upload_of_what_went_another_way_is_ended(site: Site, folder: Path, command: list[str]) -> None:
    """The saver had begun it when a click saved the file, and was ended before it could go on."""
    save(site, folder)
    file = folder / "dlc-models-pytorch/iteration-0/reach-trainset95shuffle1/train/snapshot-200.pt"
    path, seen = file.relative_to(folder).as_posix(), stat_of(file)
    assert seen is not None
    project = project_id(folder)
    key = f"person/projects/{project}/{path}"
    begun = site.s3.create_multipart_upload(Bucket=site.home_bucket, Key=key)["UploadId"]
    with Journal(site.state / "journal.sqlite") as journal:
        Interrupted(journal).put_upload(project, path, begun, key, " ".join(map(str, seen)))
    assert open_uploads(site) == [key]
    ended = site.run(*command)
    assert ended.code == 0, ended.err
    assert open_uploads(site) == []
    assert in_home(site, folder)[path] == file.read_bytes()
