"""The command line as a person types it, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import errors
from launcher.cli.main import COMMANDS, build_parser, main
from tests.conftest import ROOT

BARE = {
    "ls": ["s3://lab-data/"],
    "show": ["s3://lab-data/p/"],
    "stage": ["s3://lab-data/p/"],
    "open": ["s3://lab-data/p/"],
    "config": ["show"],
    "preview": ["s3://lab-data/p/", "-o", "a.png"],
    "restore": ["s3://lab-data/p/"],
    "compare": ["spec.toml", "-o", "out"],
    "compare-models": ["project"],
    "convert": ["project", "--to", "sleap"],
    "new": ["sleap", "v.mp4", "--name", "n", "--parts", "a,b"],
    "add-videos": ["project", "v.mp4"],
    "train": ["project"],
    "infer": ["project", "--model", "m", "--video", "v.mp4"],
    "evaluate": ["project", "--model", "m"],
    "download": ["s3://lab-data/p/", "folder"],
    "upload": ["a.csv", "--to", "s3://lab-home/me/"],
    "put-away": ["/scratch/p"],
    "new-folder": ["s3://lab-home/me/notes/"],
}
NAMES = list(COMMANDS)


@pytest.mark.parametrize("name", NAMES)
def test_common_flags_stand_before_or_after_the_command(name: str) -> None:
    parser = build_parser()
    flags = ["--json", "--quiet", "--verbose", "--dry-run", "--site", "a.toml", "--state-dir", "state"]
    before = parser.parse_args([*flags, name, *BARE.get(name, [])])
    after = parser.parse_args([name, *BARE.get(name, []), *flags])
    assert vars(before) == vars(after)
    assert (before.json, before.quiet, before.site, before.state_dir) == (True, True, "a.toml", "state")
    neither = parser.parse_args([name, *BARE.get(name, [])])
    assert (neither.json, neither.quiet, neither.dry_run, neither.site, neither.state_dir) == (
        False, False, False, None, None
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], [], ["status", "--no-such-flag"], ["ls"], ["stage", "x", "--profile", "some"]]
)
def test_what_cannot_be_understood_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage: pose-launcher" in told.err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in NAMES)])
def test_help_is_data(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("POSE_LAUNCHER_SITE", raising=False)
    return str(tmp_path / "state")


def test_a_session_without_a_site_is_told_as_one_document(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["session", "--json", "--state-dir", state]) == 0
    assert json.loads(capsys.readouterr().out)["source"]


def test_a_queue_in_which_nothing_waits_is_one_document(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", "--json", "--state-dir", state]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}


def test_without_a_site_the_next_step_is_the_demo(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["places", "--state-dir", state]) == errors.BadUsage.exit_code
    told = capsys.readouterr()
    assert told.out == ""
    assert "pose-launcher demo" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("name", ["ls", "show", "stage", "restore", "convert", "put-away", "download"])
def test_a_program_that_asked_for_json_gets_some_of_a_command_that_failed_at_once_too(
    name: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([name, *BARE[name], "--json", "--state-dir", state])
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] != 0
    (problem,) = told["problems"]
    assert problem["exit_code"] == code and problem["what"] and problem["next"]


@pytest.mark.parametrize("line", [["frobnicate", "--json"], ["--json", "stage"], ["ls", "--json", "a", "b"]])
def test_a_program_that_asked_for_json_is_told_in_json_what_it_misspelt(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert ended.value.code == document["exit_code"] == 2
    (problem,) = document["problems"]
    assert problem["about"] in told.err and "usage:" in told.err


def test_a_folder_that_is_no_project_exits_10(state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site.toml"
    site.write_text('schema = 1\n[home]\nuri = "s3://lab-home/x/"\n')
    assert main(["status", str(tmp_path), "--site", str(site), "--state-dir", state]) == 10
    assert "not a project that was brought here" in capsys.readouterr().err


def test_a_malformed_site_exits_2_and_names_the_line(
    state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site.toml"
    site.write_text('schema = 1\n[home]\nuri = "s3://lab-home/x/"\n[s3]\nstrikt = true\n')
    assert main(["places", "--site", str(site), "--state-dir", state]) == 2
    assert "5" in capsys.readouterr().err


def test_text_from_outside_cannot_steer_the_terminal(
    state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ls", "s3://\x1b[31mred/", "--site", str(tmp_path / "x.toml"), "--state-dir", state]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_a_document_is_utf8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "launcher",
            "config",
            "show",
            "--json",
            "--state-dir",
            os.fsencode(tmp_path) + b"/\xe5\xb0\xbe\xff",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.dumps(json.loads(done.stdout.decode()), ensure_ascii=False)
    assert "尾\udcff" in told, "a letter of another alphabet, and half of one, are both told"


def test_started_without_any_stream_it_works_and_says_nothing(tmp_path: Path) -> None:
    """As Windows starts a program without a console: Python has no stdout and no stderr then."""
    command = [sys.executable, "-P", "-m", "launcher", "--state-dir", str(tmp_path), "session"]
    script = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", script, "-", *command], cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("words", [("launcher", "finish"), ("installer", "users", "list")], ids=" ".join)
def test_an_interrupt_while_it_begins_is_told_in_words(words: tuple[str, ...]) -> None:
    """Ctrl-C comes when the first of our modules has been imported, and the others have not."""
    begun = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    with begun:
        assert begun.stderr is not None
        assert any(line.endswith("launcher.errors\n") for line in begun.stderr)
        begun.send_signal(signal.SIGINT)
        told = begun.stderr.read()
    assert begun.returncode == errors.INTERRUPTED, told
    assert "Interrupted." in told
    assert "Traceback" not in told


@pytest.mark.parametrize("told_by", [signal.SIGINT, signal.SIGTERM])
def test_an_end_while_it_begins_is_told_to_a_program_too(told_by: signal.Signals) -> None:
    begun = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "launcher", "finish", "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with begun:
        assert begun.stdout is not None and begun.stderr is not None
        assert any(line.endswith("launcher.errors\n") for line in begun.stderr)
        begun.send_signal(told_by)
        begun.stderr.read()
        document = json.loads(begun.stdout.read())
    assert begun.returncode == errors.INTERRUPTED
    assert ([row["what"] for row in document["problems"]], document["exit_code"]) == (["Interrupted"], 130)
