"""With `--dry-run` nothing is brought, started or changed, and a program is told what would be, as one document."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from launcher.desk.saver_process import find
from tests.conftest import Site
from tests.scenario.watching import bring, small_project

PROJECT = small_project(1)


@pytest.mark.parametrize(
    "command",
    [
        ["open", "URI"],
        ["train", "URI"],
        ["infer", "URI", "--model", "m", "--video", "v.mp4"],
        ["evaluate", "URI", "--model", "m"],
        ["convert", "URI", "--to", "sleap"],
        ["add-videos", "URI", "v.mp4"],
        ["session", "start"],
        ["demo"],
        ["new", "sleap", "v.mp4", "--name", "n", "--parts", "a"],
        ["stray", "keep", "somewhere"],
        ["terminal"],
        ["queue", "--continue"],
    ],
    ids=" ".join,
)
def test_nothing_is_brought_or_started(site: Site, command: list[str]) -> None:
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    words = [f"{site.data_uri}reaching/" if word == "URI" else word for word in command]
    told = site.run(*words, "--dry-run", "--json")
    assert (told.code, list(told.json)) == (0, ["would"]), told.err
    assert not (site.state / "scratch").exists() and not (site.state / "demo").exists()
    assert find(site.state) is None
    assert site.run("status", "--json").json["projects"] == []
    assert site.objects(site.home_bucket) == {}


def test_of_one_that_is_here_it_is_told_where(site: Site) -> None:
    folder = bring(site, PROJECT)
    for command in (["open", folder], ["train", f"{site.data_uri}reaching/"], ["convert", folder, "--to", "sleap"]):
        assert str(folder / "config.yaml") in site.run(*command, "--dry-run", "--json").json["would"]
    told = site.run("conflicts", folder, "config.yaml", "--keep", "mine", "--dry-run", "--json")
    assert told.json == {"would": "config.yaml: mine would be kept. Nothing was changed."}


def test_one_whose_folder_is_another_ones_by_now_is_not_taken_for_that(site: Site) -> None:
    """The other's labels were opened under its name."""
    folder = bring(site, PROJECT)
    for path, data in PROJECT.items():
        site.put(f"second/{path}", data)
    second = site.folder / "second"
    assert site.run("stage", f"{site.data_uri}second/", second).code == 0
    shutil.rmtree(folder)
    second.rename(folder)
    told = site.run("open", f"{site.data_uri}reaching/", "--dry-run", "--json").json["would"]
    assert told == f"{site.data_uri}reaching/ would be brought here first. Nothing was changed."
    brought = Path(site.run("stage", f"{site.data_uri}reaching/", "--json").json["dir"])
    assert brought != folder
    assert str(brought) in site.run("open", f"{site.data_uri}reaching/", "--dry-run", "--json").json["would"]
