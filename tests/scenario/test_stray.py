"""What a tool left where nothing survives the session is found there, and kept with one click."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.config.find import Found
from launcher.desk.stray import leave
from launcher.journal import Journal
from launcher.ui.real_desk import RealDesk
from tests.conftest import ROOT, Site
from tests.scenario.a_stream import PROJECT, on_the_desktop, stream
from tests.scenario.oracle import final_files
from tests.unit.tools.made_projects import slp


def test_a_project_that_is_open_stays_where_it_is_and_is_saved_from_there(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    tool = subprocess.Popen([sys.executable, "-c", "input()"], cwd=folder, stdin=subprocess.PIPE)
    try:
        kept = site.run("stray", "keep", folder, "--json", environ=environ)
        assert (kept.code, kept.json["dir"]) == (0, str(folder)), kept.err
    finally:
        tool.communicate(b"\n")
    assert site.run("save", folder, environ=environ).code == 0
    assert site.run("status", folder, "--json", environ=environ).json["projects"][0]["all_saved"]


def test_outside_a_stream_nothing_is_stray_and_what_is_no_project_is_refused(site: Site) -> None:
    environ = stream(site, "s-1")
    on_the_desktop(environ)
    assert site.run("stray", "--json", environ={"HOME": environ["HOME"]}).json["stray"] == []
    (Path(environ["HOME"]) / "Desktop" / "holiday").mkdir()
    refused = site.run("stray", "keep", Path(environ["HOME"]) / "Desktop" / "holiday", environ=environ)
    assert refused.code == 10
    assert site.run("stray", "keep", environ=environ).code == 2


def test_a_file_on_the_desktop_is_kept_with_what_belongs_to_it_and_nothing_else(site: Site) -> None:
    """As `Save as` of SLEAP leaves it: one file among whatever else lies there."""
    environ = stream(site, "s-1")
    desktop = Path(environ["HOME"]) / "Desktop"
    file = slp(desktop / "labels.v001.slp", videos=[{"backend": {"filename": str(desktop / "fly.mp4")}}])
    slp(desktop / "labels.v001.predictions.slp")
    for path, data in {"fly.mp4": b"\0" * 5000, "letter.txt": b"Dear", "other/b.txt": b"b"}.items():
        (desktop / path).parent.mkdir(exist_ok=True)
        (desktop / path).write_bytes(data)
    were = final_files(desktop)
    (stray,) = _strays(site, environ)
    assert (stray["dir"], stray["name"], stray["tool"], stray["files"]) == (str(file), "labels.v001", "sleap", 3)
    assert stray["durability"] == "lost at session end"
    assert site.run("stray", "keep", file, "--dry-run", environ=environ).code == 0
    assert final_files(desktop) == were

    kept = site.run("stray", "keep", file, "--json", environ=environ)
    assert kept.code == 0, kept.err
    here = Path(kept.json["dir"])
    assert set(final_files(desktop)) == {"letter.txt", "other/b.txt"}
    assert final_files(here) == {path: were[path] for path in were.keys() - {"letter.txt", "other/b.txt"}}
    assert _strays(site, environ) == []
    assert site.run("finish", "--deadline", "30", environ=environ).code == 0

    other = site.another_computer()
    brought = other.run("stage", f"{site.home_uri}projects/{kept.json['project']}/", "--json")
    assert brought.code == 0, brought.err
    assert final_files(Path(brought.json["dir"])).keys() == final_files(here).keys()


def test_the_same_name_on_another_day_is_another_project(site: Site) -> None:
    """Whoever saves on the Desktop takes the name that the tool offers, each time."""
    kept = []
    for number in range(3):
        computer = site if number == 0 else site.another_computer()
        environ = stream(computer, f"s-{number}")
        file = slp(Path(environ["HOME"]) / "Desktop" / "labels.v000.slp", number=number)
        content = file.read_bytes()
        keeping = computer.run("stray", "keep", file, "--json", environ=environ)
        assert keeping.code == 0, keeping.err
        kept.append((keeping.json["project"], content))
        assert computer.run("finish", "--deadline", "30", environ=environ).code == 0, "and in conflict with nobody"
        slp(file, number=number + 10)  # the tool, which was not closed, saves there again
        assert [stray["dir"] for stray in _strays(computer, environ)] == [str(file)]
        again = computer.run("stray", "keep", file, "--json", environ=environ)
        assert again.code == 0, again.err
        kept.append((again.json["project"], Path(again.json["dir"], file.name).read_bytes()))
        assert computer.run("finish", "--deadline", "30", environ=environ).code == 0
    stored = site.objects(site.home_bucket)
    assert [stored[f"person/projects/{project}/labels.v000.slp"] for project, _ in kept] == [c for _, c in kept]


def test_a_folder_of_a_name_that_was_kept_before_is_kept_too(site: Site) -> None:
    environ = stream(site, "s-1")
    for scorer in (b"scorer: Ada", b"scorer: Eve"):
        folder = on_the_desktop(environ)
        config = (folder / "config.yaml").read_bytes().replace(b"scorer: Ada", scorer)
        (folder / "config.yaml").write_bytes(config)
        kept = site.run("stray", "keep", folder, "--json", environ=environ)
        assert kept.code == 0, kept.err
        assert (Path(kept.json["dir"]) / "config.yaml").read_bytes() == config
        assert not folder.exists()


def test_what_two_files_share_stays_for_the_other(site: Site) -> None:
    environ = stream(site, "s-1")
    desktop = Path(environ["HOME"]) / "Desktop"
    video = [{"backend": {"filename": "fly.mp4"}}]
    first, second = (slp(desktop / name, videos=video) for name in ("a.slp", "b.slp"))
    (desktop / "fly.mp4").write_bytes(b"\0" * 5000)
    assert [stray["name"] for stray in _strays(site, environ)] == ["a", "b"]
    for file, left in ((first, {"b.slp", "fly.mp4"}), (second, set[str]())):
        kept = site.run("stray", "keep", file, "--json", environ=environ)
        assert kept.code == 0, kept.err
        assert set(final_files(Path(kept.json["dir"]))) == {file.name, "fly.mp4"}
        assert set(final_files(desktop)) == left


def test_a_file_that_is_open_is_not_taken_away(site: Site) -> None:
    environ = stream(site, "s-1")
    file = slp(Path(environ["HOME"]) / "Desktop" / "labels.slp")
    tool = subprocess.Popen([sys.executable, "-c", "input()", str(file)], stdin=subprocess.PIPE)
    try:
        refused = site.run("stray", "keep", file, environ=environ)
        assert refused.code == 4
        assert "A program has this project open" in refused.err
        assert "close it" in refused.err
    finally:
        tool.communicate(b"\n")
    assert [stray["dir"] for stray in _strays(site, environ)] == [str(file)]
    assert site.run("stray", "keep", file, environ=environ).code == 0


def test_beside_the_projects_that_are_open_nothing_is_overlooked(site: Site, tmp_path: Path) -> None:
    """A tool's dialog begins in the project's folder, and what is above it is one click away."""
    environ = stream(site, "s-1")
    site.put("mouse/fly.slp", slp(tmp_path / "fly.slp").read_bytes())
    folder = Path(site.run("stage", f"{site.data_uri}mouse/fly.slp", "--json", environ=environ).json["dir"])
    assert _strays(site, environ) == []
    file = slp(folder.parent / "fly.v002.slp")
    (folder.parent / "maze" / "labeled-data").mkdir(parents=True)
    (folder.parent / "maze" / "config.yaml").write_bytes(PROJECT["config.yaml"])
    found = _strays(site, environ)
    assert {stray["dir"] for stray in found} == {str(file), str(folder.parent / "maze")}
    for stray in found:
        assert site.run("stray", "keep", stray["dir"], environ=environ).code == 0
    assert _strays(site, environ) == []
    assert site.run("finish", "--deadline", "30", environ=environ).code == 0
    names = [key.rpartition("/")[2] for key in site.objects(site.home_bucket) if "/projects/" in key]
    assert {"fly.v002.slp", "config.yaml"} <= set(names)


def test_a_file_beside_a_project_that_was_brought_to_a_folder_of_the_home_moves_no_project(site: Site) -> None:
    environ = stream(site, "s-1")
    work = Path(environ["HOME"]) / "Work"
    for path, content in PROJECT.items():
        site.put(f"reaching/{path}", content)
    brought = work / "mice" / "reaching"
    assert site.run("stage", f"{site.data_uri}reaching/", brought, environ=environ).code == 0
    files = [slp(work / "fly.slp"), slp(work / "mice" / "worm.slp")]
    (work / "letter.txt").write_bytes(b"Dear")
    assert {stray["dir"] for stray in _strays(site, environ)} == set(map(str, files))
    ended = site.run("session", "end", "--json", environ=environ)
    assert (ended.code, ended.json["complete"]) == (0, True), ended.out + ended.err
    assert {path: (brought / path).read_bytes() for path in PROJECT}.keys() == PROJECT.keys()
    assert (work / "letter.txt").exists() and not any(file.exists() for file in files)
    keys = [key for key in site.objects(site.home_bucket) if "/projects/" in key]
    assert sorted(key.rpartition("/")[2] for key in keys if key.endswith(".slp")) == ["fly.slp", "worm.slp"]
    assert not [key for key in keys if ".pose-launcher" in key.partition("/projects/")[2]]


def test_a_folder_with_a_project_of_ours_in_it_stays_where_it_is_and_is_saved_from_there(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    for path, content in PROJECT.items():
        site.put(f"reaching/{path}", content)
    assert site.run("stage", f"{site.data_uri}reaching/", folder / "inner", environ=environ).code == 0
    ended = site.run("session", "end", "--json", environ=environ)
    assert (ended.code, ended.json["complete"]) == (0, True), ended.out + ended.err
    assert site.run("status", folder / "inner", environ=environ).code == 0
    assert (folder / "config.yaml").exists()
    assert {one["dir"] for one in site.run("status", "--json", environ=environ).json["projects"]} == {
        str(folder),
        str(folder / "inner"),
    }


def _saved_files(site: Site) -> list[bytes]:
    stored = site.objects(site.home_bucket)
    return [data for key, data in stored.items() if "/projects/" in key and key.endswith(".slp")]


def _strays(site: Site, environ: dict[str, str]) -> list[dict[str, Any]]:
    listed = site.run("stray", "--json", environ=environ)
    assert listed.code == 0, listed.err
    return list(listed.json["stray"])


def test_the_end_of_the_session_takes_along_what_nobody_was_asked_about(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    file = slp(folder.parent / "labels.v000.slp")
    content = {file.name: file.read_bytes(), **PROJECT}
    ended = site.run("session", "end", "--json", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    report = ended.json
    assert report["complete"]
    assert sum(len(one["saved"]) for one in report["projects"]) == len(content)
    for stray in (folder, file):
        assert f"{stray} lay where nothing survives the session; it comes along as {stray.name[:6]}" in ended.err

    other = site.another_computer()
    last = other.run("session", "last", "--json", environ=stream(other, "s-2")).json["last"]
    assert (last["state"], last["missing"]) == ("complete", [])
    brought: dict[str, bytes] = {}
    for project in last["projects"]:
        staged = other.run("stage", project["uri"], "--json", environ=stream(other, "s-2"))
        assert staged.code == 0, staged.err
        brought |= final_files(Path(staged.json["dir"]))
    assert brought.keys() == content.keys()


def test_a_file_that_is_still_open_when_the_session_ends_comes_along_as_it_is(site: Site) -> None:
    environ = stream(site, "s-1")
    file = slp(Path(environ["HOME"]) / "Desktop" / "labels.slp")
    tool = subprocess.Popen([sys.executable, "-c", "input()", str(file)], stdin=subprocess.PIPE)
    try:
        for _ in range(2):
            ended = site.run("session", "end", environ=environ)
            assert ended.code == 0, ended.out + ended.err
        assert _saved_files(site) == [file.read_bytes()], "once"
        slp(file, number=7)
        ended = site.run("session", "end", environ=environ)
        assert ended.code == 0, ended.out + ended.err
        assert file.read_bytes() in _saved_files(site)
    finally:
        tool.communicate(b"\n")


def test_two_ends_at_once_take_everything_along_once(site: Site) -> None:
    environ = stream(site, "s-1")
    files = [slp(Path(environ["HOME"]) / "Desktop" / f"labels.v00{number}.slp", number=number) for number in range(3)]
    content = sorted(file.read_bytes() for file in files)
    with (site.folder / "words").open("wb") as words:
        ends = [site.start("session", "end", environ=environ, messages=words.fileno()) for _ in range(2)]
    assert [end.wait(90) for end in ends] == [0, 0], (site.folder / "words").read_text()
    assert sorted(_saved_files(site)) == content


def test_what_the_person_wants_left_is_left(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    assert len(_strays(site, environ)) == 1
    with Journal(site.state / "journal.sqlite") as journal:
        leave(journal, str(folder))  # as the answer in the window does
    ended = site.run("session", "end", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    assert f"Not kept: {folder}" in ended.out
    assert final_files(folder) == PROJECT
    assert not [key for key in site.objects(site.home_bucket) if "/projects/" in key]


def test_the_end_of_the_session_names_what_there_is_no_time_for(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    ended = site.run("session", "end", "--deadline", "14", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    assert f"Not kept: {folder} ({len(PROJECT)} files) lies where nothing survives" in ended.out
    assert final_files(folder) == PROJECT


def test_in_folders_of_folders_nothing_is_overlooked_either(site: Site) -> None:
    """People keep what belongs together in one folder; what the service keeps is not lost."""
    environ = stream(site, "s-1")
    thesis = Path(environ["HOME"]) / "Documents" / "thesis"
    alone = slp(thesis / "mouse 3" / "labels.slp").parent
    pair = [slp(thesis / "flies" / "day 1" / name, number=at) for at, name in enumerate(("a.slp", "b.slp"))]
    slp(Path(environ["HOME"]) / "MyFiles" / "HomeFolder" / "kept" / "labels.slp")
    slp(Path(environ["HOME"]) / "AppData" / "Local" / "sleap" / "sample.slp")
    (thesis / "letters" / "labels.slp").mkdir(parents=True)
    assert [stray["dir"] for stray in _strays(site, environ)] == sorted(map(str, [alone, *pair]))
    contents = sorted(file.read_bytes() for file in (alone / "labels.slp", *pair))
    ended = site.run("session", "end", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    assert sorted(_saved_files(site)) == contents


def _brought(site: Site, environ: dict[str, str]) -> Path:
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    folder = Path(site.run("stage", f"{site.data_uri}reaching/", "--json", environ=environ).json["dir"])
    assert site.run("save", folder, environ=environ).code == 0
    return folder


@pytest.mark.parametrize("original", ["stays", "is put away"])
def test_work_in_a_copy_comes_along_as_a_project_of_its_own(site: Site, original: str) -> None:
    """Somebody tries something in a copy, and whatever the copy says of itself, the project is another folder."""
    environ = stream(site, "s-1")
    folder = _brought(site, environ)
    copy = Path(shutil.copytree(folder, folder.with_name("reaching, stricter")))
    assert _strays(site, environ) == [], "it holds nothing else"
    first = site.objects(site.home_bucket)
    if original == "is put away":
        shutil.rmtree(folder)
        assert site.run("put-away", folder, environ=environ).code == 0
    (copy / "config.yaml").write_bytes((copy / "config.yaml").read_bytes() + b"# stricter\n")
    assert [stray["dir"] for stray in _strays(site, environ)] == [str(copy)]
    ended = site.run("session", "end", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    saved = {key: data for key, data in site.objects(site.home_bucket).items() if "/projects/" in key}
    assert {key: saved[key] for key in first if "/projects/" in key} == {
        key: data for key, data in first.items() if "/projects/" in key
    }
    (theirs,) = (key for key, data in saved.items() if b"# stricter" in data)
    assert theirs not in first and len(saved) == 2 * len(PROJECT)

    other = site.another_computer()
    brought = other.run("stage", f"{site.home_uri}projects/{theirs.split('/')[-2]}/", "--json")
    assert brought.code == 0, brought.err
    assert b"# stricter" in (Path(brought.json["dir"]) / "config.yaml").read_bytes()
    assert final_files(Path(brought.json["dir"])).keys() == PROJECT.keys()


def test_work_in_a_project_that_was_moved_into_a_folder_is_not_lost(site: Site) -> None:
    """Nobody follows it so far; what is new in it comes along."""
    environ = stream(site, "s-1")
    folder = _brought(site, environ)
    (folder.parent / "finished" / "2026").mkdir(parents=True)
    there = folder.rename(folder.parent / "finished" / "2026" / "reaching")
    (there / "config.yaml").write_bytes((there / "config.yaml").read_bytes() + b"# after all\n")
    ended = site.run("session", "end", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    assert [key for key, data in site.objects(site.home_bucket).items() if b"# after all" in data]


def test_a_project_that_just_got_another_name_is_no_copy_of_itself(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window looks every minute, and the saver may not have come by since."""
    environ = stream(site, "s-1")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    folder = _brought(site, environ)
    window = RealDesk(Found(site.file, "--site"), Found(site.state, "--state-dir"))
    try:
        assert window.strays() == []
        there = folder.rename(folder.with_name("reaching, day 1"))
        (there / "config.yaml").write_bytes((there / "config.yaml").read_bytes() + b"# new\n")
        assert window.strays() == []
    finally:
        window.close()


def test_the_sample_of_the_program_itself_is_nobodys_project(site: Site) -> None:
    """Where the program was unpacked in the home; a project beside it is found as ever."""
    environ = stream(site, "s-1")
    program = site.account / "pose-launcher"
    for part in ("launcher", "resources/sample"):
        shutil.copytree(ROOT / part, program / part, ignore=shutil.ignore_patterns("__pycache__"))
    mine = shutil.copytree(ROOT / "resources" / "sample" / "two-mice", site.account / "mine")
    flags = ["--site", site.file, "--state-dir", site.state, "stray", "--json"]
    asked = subprocess.run(
        [sys.executable, "-m", "launcher", *map(str, flags)],
        cwd=program,
        env={**os.environ, **environ},
        capture_output=True,
        check=True,
    )
    assert [stray["dir"] for stray in json.loads(asked.stdout)["stray"]] == [str(mine)]
