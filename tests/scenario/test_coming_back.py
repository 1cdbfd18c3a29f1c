"""What would be lost is kept with one click; the next session knows how the last one ended; a bundle for the admin."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import h5py

from tests.conftest import Site
from tests.scenario.a_stream import PROJECT, on_the_desktop, stream
from tests.scenario.oracle import final_files
from tests.unit.tools.made_projects import slp


def test_a_sleap_project_is_gone_on_with_by_its_saved_place_too(site: Site, tmp_path: Path) -> None:
    """It is one file among others; which one, the list of what was saved says."""
    site.put("mouse/fly.slp", slp(tmp_path / "fly.slp").read_bytes())
    folder = Path(site.run("stage", f"{site.data_uri}mouse/fly.slp", "--json", environ=stream(site, "s-1")).json["dir"])
    slp(folder / "fly.v002.slp")
    slp(folder / "evaluations/unet-0bad.predictions.slp")
    assert site.run("save", folder, environ=stream(site, "s-1")).code == 0

    other = site.another_computer()
    (last,) = other.run("last-session", "--json", environ=stream(other, "s-2")).json["projects"]
    assert last["uri"].endswith(f"/projects/{folder.name}/")
    assert other.run("show", last["uri"], "--json").json["name"] == "fly"
    brought = other.run("stage", last["uri"], "--json", environ=stream(other, "s-2"))
    assert brought.code == 0, brought.err
    here = Path(brought.json["dir"])
    assert (here / "fly.slp").read_bytes() == (folder / "fly.slp").read_bytes()
    assert (here / "evaluations/unet-0bad.predictions.slp").is_file(), "what judged its models belongs to it"
    named = [row["name"] for row in other.run("projects", f"{site.home_uri}", "--json").json["projects"]]
    assert sorted(named) == ["fly", "fly.v002"], "and is no project of its own"


def test_all_that_was_saved_beside_a_sleap_file_comes_with_it(site: Site, tmp_path: Path) -> None:
    site.put("mouse/fly.slp", slp(tmp_path / "fly.slp").read_bytes())
    folder = Path(site.run("stage", f"{site.data_uri}mouse/fly.slp", "--json").json["dir"])
    (folder / "exports").mkdir()
    for path in ("notes.txt", "exports/angles.csv", "fly.v002.slp"):
        (folder / path).write_bytes(b"a,b\n" if path.endswith(".csv") else (folder / "fly.slp").read_bytes())
    assert site.run("save", folder).code == 0
    other = site.another_computer()
    brought = other.run("stage", f"{site.home_uri}projects/{folder.name}/", "--json")
    assert brought.code == 0, brought.err
    assert set(final_files(Path(brought.json["dir"]))) == set(final_files(folder))


def test_both_versions_of_a_sleap_file_come_to_a_new_computer_which_can_decide(site: Site, tmp_path: Path) -> None:
    site.put("mouse/fly.slp", slp(tmp_path / "fly.slp").read_bytes())
    folder = Path(site.run("stage", f"{site.data_uri}mouse/fly.slp", "--json").json["dir"])
    where = f"{site.home_uri}projects/{folder.name}/"
    assert site.run("save", folder).code == 0
    other = site.another_computer()
    there = Path(other.run("stage", where, "--json").json["dir"])
    for number, (computer, here) in enumerate([(site, folder), (other, there)]):
        with h5py.File(here / "fly.slp", "r+") as file:
            file["by hand"] = [number]
        assert computer.run("save", here).code == (0, 3)[number]
    new = site.another_computer()
    brought = new.run("stage", where, "--json")
    assert brought.code == 0, brought.err
    here = Path(brought.json["dir"])
    (row,) = new.run("conflicts", "--json").json["conflicts"]
    assert (row["path"], (here / row["copy"]).is_file()) == ("fly.slp", True)
    assert new.run("conflicts", here, "fly.slp", "--keep", "theirs").code == 0
    with h5py.File(here / "fly.slp") as file:
        assert file["by hand"][0] == 1
    assert new.run("verify", here).code == 0


def test_a_project_on_the_desktop_is_told_kept_and_gone_on_with(site: Site) -> None:
    environ = stream(site, "s-1")
    folder = on_the_desktop(environ)
    (Path(environ["HOME"]) / "Desktop" / "holiday").mkdir()
    (stray,) = site.run("stray", "--json", environ=environ).json["stray"]
    assert (stray["dir"], stray["tool"], stray["files"]) == (str(folder), "deeplabcut", len(PROJECT))
    assert stray["durability"] == "lost at session end"

    kept = site.run("stray", "keep", folder, "--json", environ=environ)
    assert kept.code == 0, kept.err
    moved = Path(kept.json["dir"])
    assert not folder.exists()
    assert (moved / "config.yaml").is_file()
    assert site.run("stray", "--json", environ=environ).json["stray"] == []
    ended = site.run("session", "end", environ=environ)
    assert ended.code == 0, ended.out + ended.err
    saved = {
        key.partition("/projects/")[2].partition("/")[2]
        for key in site.objects(site.home_bucket)
        if "/projects/" in key
    }
    assert saved == set(PROJECT)

    elsewhere = site.another_computer()
    (last,) = [elsewhere.run("session", "last", "--json", environ=stream(elsewhere, "s-2")).json["last"]]
    assert (last["session"], last["state"], last["missing"]) == ("s-1", "complete", [])
    (project,) = last["projects"]
    assert (project["id"], project["here"]) == (kept.json["project"], False)
    staged = elsewhere.run("stage", project["uri"], environ=stream(elsewhere, "s-2"))
    assert staged.code == 0, staged.err
    assert "continue with" in elsewhere.run("session", "last", environ=stream(elsewhere, "s-2")).out


def test_a_session_that_left_something_behind_is_told_with_what(site: Site) -> None:
    missing = [{"project": "reach-1", "path": "a.csv", "bytes": 5, "cause": "There was no answer"}]
    for session, rows in (("s-1", missing), ("s-2", [{"path": "\x1b[31m"}])):
        document = {"session": session, "state": "incomplete", "missing_files": len(rows), "missing": rows}
        key = f"person/.pose-launcher/sessions/{session}.json"
        site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=json.dumps(document).encode())
        last = site.run("session", "last", "--json", environ=stream(site, "s-9")).json["last"]
        assert last["session"] in ("s-1", "s-2")
    site.s3.delete_object(Bucket=site.home_bucket, Key="person/.pose-launcher/sessions/s-2.json")
    last = site.run("session", "last", "--json", environ=stream(site, "s-9")).json["last"]
    assert (last["state"], last["missing_files"], last["missing"][0]["cause"]) == (
        "incomplete",
        1,
        "There was no answer",
    )
    assert site.run("session", "last", "--json", environ=stream(site, "s-1")).json["last"] is None


def test_a_support_bundle_is_shown_first_and_holds_no_secret(site: Site) -> None:
    site.state.mkdir(mode=0o700)
    secrets = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab", site.secret_key]
    log = (
        f"aws_secret_access_key = {secrets[1]}\nkey {secrets[0]}\nsecret={site.secret_key}\nhttps://ann:pass@x.org/a\n"
    )
    (site.state / "saver.log").write_text(log + "all is well\n" + "x" * 80 * 1024)
    for number in range(30):
        (site.state / f"huge-{number}.log").write_bytes(os.urandom(150_000).hex().encode())
    shown = site.run("support", "--json", environ={"DISPLAY": "", "LC_ALL": "C.UTF-8"})
    assert (shown.code, shown.json["file"]) == (0, None)
    names = [part["name"] for part in shown.json["parts"]]
    assert {"version.json", "doctor.json", "session.json", "settings.json", "status.json"} <= set(names)
    assert list(site.folder.glob("*.zip")) == []

    file = site.folder / "bundle.zip"
    written = site.run("support", "-o", file, environ={"DISPLAY": "", "LC_ALL": "C.UTF-8"})
    assert written.code == 0, written.err
    assert file.stat().st_size <= 5 * 1024 * 1024
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as packed:
        assert sum(info.file_size for info in packed.infolist()) <= 5 * 1024 * 1024
        text = "\n".join(packed.read(name).decode() for name in packed.namelist())
    assert not [secret for secret in [*secrets, "ann:pass"] if secret in text]
