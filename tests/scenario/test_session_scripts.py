"""The session scripts as the service runs them: real processes of a person without rights, on the real server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.other_people import PersonsSite, SharedComputer, may_mount
from tests.scenario.watching import has_ended, small_project, until

SCRIPTS = ROOT / "resources" / "session_scripts"
START, END = SCRIPTS / "linux" / "pose-launcher-start.sh", SCRIPTS / "linux" / "pose-launcher-end.sh"
PROJECT = small_project(4)
#: What the service gives a script at most.
WAITING_S = 60


@pytest.fixture
def ann(site: Site) -> Iterator[PersonsSite]:
    with SharedComputer() as computer:
        person = computer.person(site, extra=f'mount = "{computer.folder}/home-58300/data"')
        yield person
        person.run("session", "end", "--deadline", "10")


def program(person: PersonsSite) -> Path:
    """The launcher as it is installed: one program that knows its site."""
    file = person.folder / "pose-launcher"
    argv = Site.command(person, '"$@"')
    file.write_text(f"#!/bin/sh\ncd {ROOT}\nexec {' '.join(argv)}\n")
    file.chmod(0o755)
    return file


def run(person: PersonsSite, script: Path, at_most_s: float = WAITING_S) -> tuple[int, str, float]:
    """As the service does: only standard output is kept."""
    began = time.monotonic()
    argv = person.as_them("env", f"POSE_LAUNCHER_SITE={person.file}", script, program(person))
    environ = {**person._environ(None), "AppStream_UserName": "ann@x.org", "AppStream_Stack_Name": "pose"}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=at_most_s, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout, time.monotonic() - began


def bring(person: PersonsSite) -> Path:
    for path, data in PROJECT.items():
        person.put(f"reaching/{path}", data)
    staged = person.run("stage", f"{person.data_uri}reaching/", person.folder / "reaching", "--json")
    assert staged.code == 0, staged.err
    return Path(staged.json["dir"])


def test_a_session_starts_and_ends_with_everything_saved(ann: PersonsSite) -> None:
    code, out, seconds = run(ann, START)
    assert code == 0
    assert "Session of ann@x.org, stack pose (environment" in out
    pid = re.search(r"saver runs \(process (\d+)\)", out)
    assert pid, out
    assert Path(f"/proc/{pid[1]}").stat().st_uid == ann.folder.stat().st_uid
    assert seconds < 45, "well inside the service's limit, also on a busy computer"
    again = run(ann, START)
    assert again[0] == 0
    assert f"The saver runs (process {pid[1]})" in again[1], "called twice, it is one saver"

    folder = bring(ann)
    (ann.folder / "changed.csv").write_text("x")
    code, out, seconds = run(ann, END)
    assert code == 0
    assert "everything is saved" in out
    assert out.splitlines()[0].startswith("The session ends; 1 project is")
    assert seconds < 55
    (told,) = ann.objects(ann.home_bucket, "person/.pose-launcher/sessions/").values()
    assert json.loads(told)["state"] == "complete"
    until(lambda: has_ended(int(pid[1])), 20)
    assert ann.run("status", folder, "--json").json["projects"][0]["all_saved"]
    code, out, _ = run(ann, END)
    assert (code, "everything is saved" in out) == (0, True), "and again"


def test_mounts_of_the_start_outlive_it_and_go_at_the_end(ann: PersonsSite) -> None:
    ann.put("notes.txt", b"hello")
    code, out, _ = run(ann, START)
    assert code == 0
    assert f"Mount of Recordings: {'mounted' if may_mount() else 'not mounted'}" in out
    seen = ann.do("cat", ann.folder / "data" / "notes.txt")
    assert seen.out == ("hello" if may_mount() else ""), "a person without rights reads there"
    assert run(ann, END)[0] == 0
    assert ann.do("cat", ann.folder / "data" / "notes.txt").code != 0


def test_the_log_has_its_first_line_at_once_and_a_kill_loses_only_what_was_not_said(ann: PersonsSite) -> None:
    bring(ann)
    with FaultProxy(ann.endpoint) as proxy:
        ann.write(endpoint=proxy.url)
        proxy.rules.append(Rule(Fault.DELAY, method="PUT", seconds=60))
        log = ann.folder / "script.log"
        with log.open("wb") as opened:
            argv = ann.as_them("env", f"POSE_LAUNCHER_SITE={ann.file}", END, program(ann))
            ending = subprocess.Popen(argv, env=ann._environ(None), stdout=opened, start_new_session=True)
            try:
                until(lambda: "The session ends; 1 project is" in log.read_text(), 20)
            finally:
                os.killpg(ending.pid, signal.SIGKILL)
                ending.wait()
        ann.write()
    assert run(ann, END)[0] == 0
    assert ann.run("status", "--json").json["projects"][0]["all_saved"]


@pytest.mark.parametrize("fault", ["no site", "broken site", "no server", "no program"])
def test_whatever_is_wrong_the_session_goes_on_and_the_log_says_why(ann: PersonsSite, fault: str) -> None:
    said = {"no site": "cannot be read", "broken site": "not TOML", "no server": "", "no program": "exit code 127"}
    if fault == "no site":
        ann.file.unlink()
    elif fault == "broken site":
        ann.file.write_text("[s3\n")
    elif fault == "no server":
        ann.write(endpoint="http://127.0.0.1:9")
    for script in (START, END):
        if fault == "no program":
            argv = ann.as_them(script, ann.folder / "nothing")
            done = subprocess.run(argv, capture_output=True, text=True, timeout=WAITING_S, check=False)
            code, out = done.returncode, done.stdout
        else:
            code, out, _ = run(ann, script)
        assert code == 0
        assert said[fault] in out


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("linux", ("Executables", "Context", "Filename", "Arguments", "S3LogEnabled", "WaitingTime")),
        ("windows", ("executables", "context", "filename", "arguments", "s3LogEnabled", "waitingTime")),
    ],
)
def test_the_services_configuration_is_as_its_pages_say(system: str, names: tuple[str, ...]) -> None:
    config: dict[str, Any] = json.loads((SCRIPTS / system / "config.json").read_text("ascii"))
    listed, context, filename, arguments, log, waiting = names
    assert list(config) == ["SessionStart", "SessionTermination"]
    for event in config.values():
        assert 0 < event[waiting] <= 60
        (one,) = event[listed]
        assert set(one) == {context, filename, arguments, log}
        assert (one[context], one[log]) == ("user", True)
        assert len(one[filename]) <= 1000
        assert (SCRIPTS / system / re.split(r"[\\/]", one[filename])[-1]).is_file()


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*/pose-launcher-*")), ids=lambda path: path.name)
def test_the_stubs_are_thin_plain_and_never_fail(script: Path) -> None:
    text = script.read_bytes().decode("ascii")
    lines = text.splitlines()
    assert len(lines) <= 8
    assert lines[-1] == ("exit /b 0" if script.suffix == ".bat" else "exit 0")
    assert re.search(r" session (start|end --deadline 55)\b", text)
    assert (script.suffix == ".bat") == ("\r\n" in text)
    assert script.suffix == ".bat" or script.stat().st_mode & 0o111, "the service starts it by its name"
    assert not re.search(r"AWS|KEY|SECRET", text)
