"""The image: what cannot work and why, a plan that is what happens, and whether the result is sound."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from installer.image.actions import Action, Run, Setting, Step, Write, carry_out, with_setting
from installer.image.build import Journal, alone, build, remaining
from installer.image.compatibility import verdicts
from installer.image.layout import layout_for
from installer.image.plan import ROOT, Sources, plan
from installer.image.prewarm import forget_reading, manifest, read_since
from installer.image.spec import Spec, judge, load_spec
from installer.image.wheel_lock import stand_in
from launcher import errors
from tests.unit.installer.at_the_desk import SITE, Admin, Said

SYSTEMS = ["windows-server-2022", "windows-server-2025", "rocky-8", "rhel-8"]


@pytest.mark.parametrize(
    "data",
    [
        "a = " + "[" * 3_900,
        "a." * 40_000 + "b = 1",
        "a = " + "\n[" * 50_000,
        'name = "' + "x" * 2_000_000 + '"',
        "\x00",
    ],
    ids=["lists", "dots", "lines", "long", "nul"],
)
def test_a_bomb_is_refused_in_words(admin: Admin, tmp_path: Path, data: str) -> None:
    """The same three files of an admin's, by the same reader."""
    file = tmp_path / "bomb.toml"
    file.write_text(data)
    for words, name in (
        (("image", "check", file), "description of the image"),
        (("usage", "--prices", file), "table of prices"),
    ):
        said = admin.run(*words)
        assert (said.code, f"The {name} cannot be used" in said.err) == (2, True), said.err


def spec_text(**changes: str) -> str:
    value = {"name": "pose-1", "system": "rocky-8", "gpu": "g5", "tools": '["sleap", "deeplabcut"]'} | changes
    named = "".join(f'{key} = "{value[key]}"\n' for key in ("name", "system", "gpu"))
    return f"schema = 1\n{named}tools = {value['tools']}\n"


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    file = tmp_path / "image.toml"
    file.write_text(spec_text())
    return file


def spec(tmp_path: Path, **changes: str) -> Spec:
    file = tmp_path / "other.toml"
    file.write_text(spec_text(**changes))
    return load_spec(file)


@pytest.mark.parametrize(
    ("changes", "ok", "words"),
    [
        ({}, True, "CUDA 13.0 needs 580.65.06"),
        ({"gpu": "g4dn"}, True, "compute capability 7.5"),
        ({"gpu": "g7"}, True, "the service itself does not name this GPU"),
        ({"gpu": "g6e"}, False, "imported images"),
        ({"system": "windows-server-2016"}, False, "Qt 6 needs Windows 10 1809"),
        ({"system": "amazon-linux-2"}, False, "15 April 2026"),
        ({"system": "ubuntu-pro-24.04"}, False, "no GPU"),
        ({"system": "windows-server-2019", "gpu": "g6"}, False, "images for g4dn, g5"),
        ({"system": "windows-server-2022"}, True, "without CUDA"),
        ({"system": "windows-server-2019"}, False, "driver 539.19 [IMG]; CUDA 13.0 needs 580"),
        ({"tools": '["sleap==1.0.0"]'}, False, "lock holds 1.6.6"),
        ({"tools": '["sleap==1.6.6"]'}, True, "1.6.6"),
    ],
)
def test_what_can_work_and_why_not(tmp_path: Path, changes: dict[str, str], ok: bool, words: str) -> None:
    found = judge(spec(tmp_path, **changes))
    assert all(one.ok is not False for one in found) is ok
    assert words in " / ".join(one.why for one in found)


def test_a_driver_that_is_too_old_is_refused_with_both_numbers(tmp_path: Path) -> None:
    found = judge(spec(tmp_path, system="windows-server-2019", tools="[]"))
    (driver,) = [one for one in found if one.what == "driver"]
    assert (driver.ok, "539.19" in driver.why, "580" in driver.why) == (False, True, True)


def test_what_nobody_knows_is_told_before_it_is_built(admin: Admin, tmp_path: Path) -> None:
    stand_in(tmp_path / "pose_launcher-1-py3-none-any.whl", ROOT / "requirements.lock")
    file = tmp_path / "image.toml"
    file.write_text(spec_text(gpu="g7"))
    words = ("image", "build", file, "--wheel", tmp_path / "pose_launcher-1-py3-none-any.whl", "--dry-run")
    assert "?   compute capability: g7 is NVIDIA RTX PRO 4500 Blackwell" in admin.run(*words).err
    file.write_text(spec_text(gpu="g5"))
    assert "?  " not in admin.run(*words).err


def test_a_gpu_that_is_younger_than_its_cuda() -> None:
    (found,) = [one for one in verdicts("rocky-8", "g7", "12.6") if one.what == "compute capability"]
    assert (found.ok, "needs CUDA 12.8" in found.why) == (False, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('name = "aws-pose"', "line 2"),
        ('name = "pose; rm -rf /"', "line 2"),
        ('name = "' + "x" * 101 + '"', "line 2"),
        ('name = "pose"\ntitle = "$(reboot)"', "line 3"),
        ('name = "pose"\ntools = ["../sleap"]', "line 3"),
        ('name = "pose"\nmount = true', "mounts"),
        ("name = ", "line 2: this is not TOML"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "image.toml"
    file.write_text(f'schema = 1\n{line}\nsystem = "rocky-8"\ngpu = "g5"\n')
    with pytest.raises(errors.BadUsage, match=words):
        load_spec(file)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    for name, text in (("pose_launcher-1-py3-none-any.whl", "wheel"), ("site.toml", SITE), ("winfsp.msi", "driver")):
        (tmp_path / name).write_text(text)
    return Sources(tmp_path / "pose_launcher-1-py3-none-any.whl", tmp_path / "site.toml", tmp_path / "winfsp.msi")


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_printed_is_what_happens(tmp_path: Path, sources: Sources, system: str) -> None:
    """Every system: the plan as `--dry-run` prints it, and every action of the build, in one order."""
    chosen = spec(tmp_path, system=system)
    steps = plan(chosen, layout_for(windows=chosen.is_windows), sources)
    printed = [step.to_json() for step in remaining(steps, Journal(tmp_path / "build.json"))]
    told: list[dict[str, Any]] = []
    done: list[Action] = []
    build(steps, Journal(tmp_path / "build.json"), done.append, told.append)
    assert told == printed
    assert done == [action for step in steps for action in step.actions]
    names = [row["step"] for row in printed]
    assert names[-2:] == ["image, dry run", "image"]
    assert {"launcher", "tool sleap", "session scripts", "menu", "catalogue"} <= set(names)
    assert ("long paths" in names) is chosen.is_windows
    assert ("heavy sync" in names) is not chosen.is_windows


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_lies_in_a_profile_or_has_a_space(tmp_path: Path, sources: Sources, system: str) -> None:
    chosen = spec(tmp_path, system=system)
    layout = layout_for(windows=chosen.is_windows)
    for path in (layout.home, layout.python, layout.program, layout.tools, layout.site, layout.scripts):
        assert " " not in path
        assert "Users" not in path
        assert path.isascii()
    assert layout.program == (
        "C:\\PoseLauncher\\bin\\pose-launcher.exe" if chosen.is_windows else "/opt/pose-launcher/bin/pose-launcher"
    )
    folder = ROOT / "resources" / "session_scripts" / ("windows" if chosen.is_windows else "linux")
    assert layout.program.replace("\\", "\\\\") in (folder / "config.json").read_text(), (
        "the scripts start what is installed"
    )


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_people_start_is_what_was_installed(tmp_path: Path, sources: Sources, system: str) -> None:
    """On Windows that is a program without a console: a click into one would halt what runs in it."""
    chosen = spec(tmp_path, system=system)
    steps = {step.name: step for step in plan(chosen, layout_for(windows=chosen.is_windows), sources)}
    runs = [action.command for action in steps["catalogue"].actions if isinstance(action, Run)]
    started = runs[-1][runs[-1].index("--absolute-app-path") + 1]
    assert started == (
        r"C:\PoseLauncher\bin\pose-launcher-window.exe" if chosen.is_windows else "/opt/pose-launcher/bin/pose-launcher"
    )
    assert all(started in action.text for action in steps["menu"].actions if isinstance(action, Write))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = [
        action.command[-2:]
        for action in steps["launcher"].actions
        if isinstance(action, Run) and "copy" in action.command
    ]
    assert [(made.rpartition("\\")[2], at) for made, at in copied] == (
        [("pose-launcher.exe", r"C:\PoseLauncher\bin\pose-launcher.exe"), ("pose-launcher-window.exe", started)]
        if chosen.is_windows
        else []
    )
    assert scripts["gui-scripts"] == {"pose-launcher-window": scripts["scripts"]["pose-launcher"]}


def test_interrupted_it_goes_on_and_a_changed_source_is_done_again(tmp_path: Path, sources: Sources) -> None:
    steps = plan(spec(tmp_path), layout_for(windows=False), sources)
    journal, done = Journal(tmp_path / "build.json"), list[Action]()

    def until_tools(action: Action) -> None:
        if isinstance(action, Run) and "tools" in action.command:
            raise errors.NotDone("sleap", title="This program ended with 1")
        done.append(action)

    with pytest.raises(errors.NotDone, match="step tool sleap"):
        build(steps, journal, until_tools, lambda _: None)
    again = Journal.read(tmp_path / "build.json")
    assert next(step.name for step in remaining(steps, again)) == "tool sleap"
    build(steps, again, lambda _: None, lambda _: None)
    assert remaining(steps, Journal.read(tmp_path / "build.json")) == []
    sources.wheel.write_text("another wheel")
    changed = plan(spec(tmp_path), layout_for(windows=False), sources)
    assert remaining(changed, Journal.read(tmp_path / "build.json"))[0].name == "launcher"


IN_A_PREFIX = ["site file", "session scripts", "heavy sync", "variables", "menu"]


def documents(said: Said) -> list[dict[str, Any]]:
    """One JSON document after the other."""
    decoder, text, found = json.JSONDecoder(), said.out.strip(), list[dict[str, Any]]()
    while text:
        row, end = decoder.raw_decode(text)
        found.append(row)
        text = text[end:].strip()
    return found


@pytest.fixture
def prefix(admin: Admin, tmp_path: Path, spec_file: Path) -> Path:
    """An image in a folder, as far as it needs no network."""
    stand_in(tmp_path / "pose_launcher-1-py3-none-any.whl", ROOT / "requirements.lock")
    root = tmp_path / "image"
    words: list[str | Path] = [
        "image",
        "build",
        spec_file,
        "--root",
        root,
        "--wheel",
        tmp_path / "pose_launcher-1-py3-none-any.whl",
    ]
    (root / "etc" / "appstream").mkdir(parents=True)
    (root / "etc" / "appstream" / "appstream.conf").write_text("# the service's own\n[webcam]\npermission = 0\n")
    dry = admin.run(*words, "--only", *IN_A_PREFIX, "--dry-run")
    assert not (root / "opt").exists()
    real = admin.run(*words, "--only", *IN_A_PREFIX)
    assert (dry.code, real.code) == (0, 0)
    assert documents(dry) == documents(real)
    assert [row["step"] for row in documents(dry)] == IN_A_PREFIX
    assert documents(admin.run(*words, "--only", *IN_A_PREFIX)) == [], "nothing the second time"
    return root


def test_of_two_builds_at_once_the_second_is_refused(
    admin: Admin, prefix: Path, spec_file: Path, tmp_path: Path
) -> None:
    words = ("image", "build", spec_file, "--root", prefix, "--wheel", tmp_path / "pose_launcher-1-py3-none-any.whl")
    with alone(prefix / "opt" / "pose-launcher"):
        said = admin.run(*words, "--again", "--only", "menu")
    assert (said.code, "Another build is at work here" in said.err, said.out) == (4, True, "")
    assert admin.run(*words, "--again", "--only", "menu").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--seconds", "nan", "--", "/bin/true"), 2),
        (("--seconds", "-1", "--", "/bin/true"), 2),
        (("--seconds", "1", "--", "/no/such/program"), 2),
        (("--seconds", "9", "--", "/bin/false"), 4),
    ],
    ids=["no end", "before it begins", "no program", "it fails"],
)
def test_what_cannot_be_traced(admin: Admin, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    try:
        found = admin.run("image", "trace", "-o", tmp_path / "prewarm.txt", *words).code
    except SystemExit as exc:
        found = int(str(exc.code))
    assert (found, (tmp_path / "prewarm.txt").exists()) == (code, False)


def test_a_wheel_of_another_commit_is_refused(admin: Admin, tmp_path: Path, spec_file: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("boto3==1.0\n")
    wheel = stand_in(tmp_path / "pose_launcher-1-py3-none-any.whl", lock)
    said = admin.run("image", "build", spec_file, "--wheel", wheel, "--dry-run")
    assert (said.code, "another commit" in said.err) == (2, True)
    wheel.write_text("no zip")
    assert admin.run("image", "build", spec_file, "--wheel", wheel, "--dry-run").code == 2


def test_built_into_a_prefix(prefix: Path) -> None:
    conf = (prefix / "etc" / "appstream" / "appstream.conf").read_text()
    assert conf == "# the service's own\n[webcam]\npermission = 0\n[storage]\nheavy_sync = 1\n"
    start = prefix / "opt" / "appstream" / "SessionScripts" / "pose-launcher-start.sh"
    assert stat.S_IMODE(start.stat().st_mode) == 0o755
    assert json.loads((start.parent / "config.json").read_text())["SessionStart"]
    assert (prefix / "etc" / "pose-launcher" / "site.toml").read_text() == SITE
    menu = prefix / "usr" / "share" / "applications" / "pose-launcher.desktop"
    desktop = prefix / "etc" / "skel" / "Desktop" / "pose-launcher.desktop"
    assert "Icon=" in menu.read_text() == desktop.read_text()
    assert stat.S_IMODE(desktop.stat().st_mode) == 0o755


def quick(admin: Admin, spec_file: Path, prefix: Path, *more: str | Path) -> Said:
    names = ["unprivileged", "site-file", "nothing-writable", "no-secret", "heavy-sync", "session-scripts"]
    return admin.run("image", "test", spec_file, "--root", prefix, "--json", *more, "--only", *names)


def test_findings_are_told_as_json_and_as_junit(admin: Admin, spec_file: Path, prefix: Path, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    said = quick(admin, spec_file, prefix, "--junit", junit)
    rows = {row["name"]: row for row in said.json["checks"]}
    assert rows["site-file"]["ok"]
    assert rows["heavy-sync"]["ok"]
    assert rows["session-scripts"]["ok"], "they end with 0 even where the launcher is missing"
    assert rows["unprivileged"]["ok"] is (os.geteuid() != 0)
    suite = ET.fromstring(junit.read_bytes())
    assert (suite.get("tests"), int(suite.get("failures", "0")) > 0) == ("6", not said.json["ok"])
    assert said.code == (0 if said.json["ok"] else 4)


@pytest.mark.parametrize(
    ("path", "text", "check"),
    [
        ("etc/pose-launcher/credentials", "aws_secret_access_key = abc\n", "no-secret"),
        ("etc/profile.d/keys.sh", "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n", "no-secret"),
        ("opt/appstream/SessionScripts/key.pem", "-----BEGIN RSA PRIVATE KEY-----\n", "no-secret"),
        ("etc/pip.conf", "[global]\nindex-url = https://ann:secret@wheels.lab.example.org/simple\n", "no-secret"),
        ("etc/rclone.conf", "[lab]\nsecret_access_key = abc\n", "no-secret"),
        ("etc/pose-launcher/site.toml", "schema = 2\n", "site-file"),
        ("etc/appstream/appstream.conf", "[storage]\nheavy_sync = 0\n", "heavy-sync"),
        ("opt/appstream/SessionScripts/pose-launcher-end.sh", "#!/bin/sh\nexit 3\n", "session-scripts"),
        ("opt/appstream/SessionScripts/config.json", "{", "session-scripts"),
    ],
)
def test_what_is_not_sound(admin: Admin, spec_file: Path, prefix: Path, path: str, text: str, check: str) -> None:
    (prefix / path).write_text(text)
    said = quick(admin, spec_file, prefix)
    assert check in {row["name"] for row in said.json["checks"] if not row["ok"]}
    assert said.code == 4


@pytest.mark.parametrize(
    "text",
    [
        "# index-url = https://user:password@mirror.example.org\n",
        "proxy = http://proxy.example.org:3128/\n",
        "aws_secret_access_key =\n",
        "mail = ann@lab.example.org\n",
    ],
)
def test_what_only_looks_like_a_secret(admin: Admin, spec_file: Path, prefix: Path, text: str) -> None:
    (prefix / "etc" / "some.conf").write_text(text)
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "no-secret")
    assert said.code == 0, said.err


def test_keys_in_everybodys_variables(
    admin: Admin, spec_file: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc")
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "no-secret")
    assert (said.code, said.json["checks"][0]["message"]) == (4, "AWS_SECRET_ACCESS_KEY")


def test_a_folder_above_that_anybody_may_write(admin: Admin, spec_file: Path, prefix: Path) -> None:
    (prefix / "opt").chmod(0o777)
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "nothing-writable")
    assert (said.code, said.json["checks"][0]["message"].split(", ")[0]) == (4, str(prefix / "opt"))


def test_a_file_that_anybody_may_write(admin: Admin, spec_file: Path, prefix: Path) -> None:
    script = prefix / "opt" / "appstream" / "SessionScripts" / "pose-launcher-start.sh"
    script.chmod(0o777)
    rows = {row["name"]: row for row in quick(admin, spec_file, prefix).json["checks"]}
    assert not rows["nothing-writable"]["ok"]
    assert "SessionScripts" in rows["nothing-writable"]["message"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[storage]\nheavy_sync = 1"),
        ("[storage]", "[storage]\nheavy_sync = 1"),
        ("[storage]\nheavy_sync=0\n[webcam]", "[storage]\nheavy_sync = 1\n[webcam]"),
        (
            "[storage]\nother = 2\n\n[webcam]\nheavy_sync = 5",
            "[storage]\nother = 2\n\nheavy_sync = 1\n[webcam]\nheavy_sync = 5",
        ),
        ("[storage]\nheavy_sync = 0\nheavy_sync = 0", "[storage]\nheavy_sync = 1"),
    ],
)
def test_one_setting_in_a_file_of_the_system(before: str, after: str) -> None:
    made = with_setting(before.splitlines(), Setting("x", "storage", "heavy_sync", "1"))
    assert "\n".join(made) == after
    assert with_setting(made, Setting("x", "storage", "heavy_sync", "1")) == made


def test_the_manifest_holds_what_lies_on_the_image() -> None:
    paths = [
        "/opt/a.so",
        "/opt/a.so",
        "/tmp/x",
        "/proc/1/maps",
        "/home/a/x",
        "/opt/b.so (deleted)",
        "relative",
        "/opt/c\nd",
    ]
    assert manifest(paths, windows=False, is_file=lambda _: True) == "/opt/a.so\n"
    windows = ["C:\\PoseLauncher\\a.dll", "C:\\Users\\PhotonUser\\b.dll", "D:\\c.dll", "\\\\server\\d.dll"]
    assert manifest(windows, windows=True, is_file=lambda _: True) == "C:\\PoseLauncher\\a.dll\n"


def test_what_a_program_opens_is_traced(admin: Admin, tmp_path: Path) -> None:
    program = "import time, ctypes, zlib; time.sleep(30)"
    file = tmp_path / "prewarm.txt"
    said = admin.run("image", "trace", "-o", file, "--seconds", "2", "--", sys.executable, "-c", program)
    assert said.code == 0
    lines = file.read_text().splitlines()
    assert any("libc" in line for line in lines)
    assert lines == sorted(set(lines))


def test_what_is_read_for_a_moment_is_traced_too(admin: Admin, tmp_path: Path) -> None:
    """By the system's own note of the last reading; a file system that keeps none has nothing to tell."""
    read, other = tmp_path / "image" / "read.pyc", tmp_path / "image" / "other.pyc"
    read.parent.mkdir()
    for path in (read, other):
        path.write_text("x")
    forget_reading([read.parent])
    assert list(read_since([read.parent])) == []
    subprocess.run([sys.executable, "-c", f"open({str(read)!r}).read()"], check=True)
    keeps_none = os.statvfs(read).f_flag & os.ST_NOATIME
    assert list(read_since([read.parent])) == ([] if keeps_none else [str(read)])


def test_a_second_trace_adds_to_the_first(admin: Admin, tmp_path: Path) -> None:
    file = tmp_path / "prewarm.txt"
    file.write_text("/usr/bin/env\n/gone/away\n")
    said = admin.run("image", "trace", "-o", file, "--add", "--seconds", "1", "--", sys.executable, "-c", "import zlib")
    assert said.code == 0
    lines = file.read_text().splitlines()
    assert "/usr/bin/env" in lines and "/gone/away" not in lines


def test_a_step_is_known_by_what_it_does() -> None:
    one, other = (Step("x", "y", (Run(("true", word)),)) for word in ("a", "b"))
    assert one.digest != other.digest


def program(prefix: Path, answers: dict[str, str]) -> None:
    """A launcher on the image that answers as told, by the first word that it is asked."""
    file = prefix / "opt" / "pose-launcher" / "bin" / "pose-launcher"
    file.parent.mkdir(parents=True)
    cases = "".join(f"  {name}) echo '{text}' ;;\n" for name, text in answers.items())
    file.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 3 ;;\nesac\n')
    file.chmod(0o755)


def checked(message: str, cuda: str | None, *, gpu: bool = False) -> str:
    """What `tools check sleap` says."""
    row = {"title": "SLEAP", "version": "1.6.6", "message": message, "ok": True, "gpu": gpu, "torch": {"cuda": cuda}}
    return json.dumps({"tools": [row]})


A10G, NO_GPU = '{"devices": [{"name": "A10G"}]}', '{"devices": []}'
OPENED = '{"run": "r1", "state": "running", "window": "two-mice.slp - SLEAP", "seconds_to_window": 3.2}'
HANGS = '{"run": "r1", "state": "hanging", "window": null, "problem": {"what": "it shows no window"}}'
TRAINED = '{"model": "/x/model-1", "progress": {"loss": 0.5}}'


@pytest.mark.parametrize(
    ("look", "answers", "ok", "words"),
    [
        ("gpu-seen", {"tools": checked("works", "13.0", gpu=True), "gpu": A10G}, True, "A10G, seen by SLEAP"),
        ("gpu-seen", {"tools": checked("works", "13.0"), "gpu": NO_GPU}, True, "no GPU here"),
        ("gpu-seen", {"tools": checked("works", "13.0"), "gpu": A10G}, False, "SLEAP cannot use A10G"),
        ("gpu-seen", {"tools": checked("works", None), "gpu": NO_GPU}, False, "without CUDA, for a fleet of g5"),
        ("tools-work", {"tools": checked("works", "13.0")}, True, "SLEAP 1.6.6: works"),
        ("tools-work", {"tools": checked("works; TEST SHIM", None)}, False, "TEST SHIM"),
        ("tools-work", {}, False, "exit code 3"),
        ("tools-open", {"open": OPENED, "runs": "{}"}, True, "two-mice.slp - SLEAP” after 3 s"),
        ("tools-open", {"open": HANGS}, False, "it shows no window"),
        ("tools-open", {"open": OPENED}, False, "cannot be ended"),
        ("tools-train", {"train": TRAINED}, True, "model-1, loss 0.5"),
        ("tools-train", {"train": "{}"}, False, "sleap"),
    ],
)
def test_what_the_pose_tools_do_on_the_image(
    admin: Admin, tmp_path: Path, prefix: Path, look: str, answers: dict[str, str], ok: bool, words: str
) -> None:
    file = tmp_path / "sleap.toml"
    file.write_text(spec_text(tools='["sleap"]'))
    program(prefix, answers)
    said = admin.run("image", "test", file, "--root", prefix, "--json", "--only", look)
    (check,) = said.json["checks"]
    assert (check["ok"], words in check["message"]) == (ok, True), check["message"]


def test_the_image_is_tested_by_nobody_before_it_is_made(tmp_path: Path, sources: Sources) -> None:
    steps = plan(spec(tmp_path), layout_for(windows=False), sources)
    names = [step.name for step in steps]
    assert names.index("tests") < names.index("catalogue") < names.index("image")
    tests = steps[names.index("tests")]
    (command,) = [one.command for one in tests.actions if isinstance(one, Run) and "image" in one.command]
    assert command[:4] == ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert command[4:6] == ("env", "-i"), "nothing of root's is handed on"
    written = next(one for one in tests.actions if isinstance(one, Write))
    file = tmp_path / "again.toml"
    file.write_text(written.text)
    assert load_spec(file) == spec(tmp_path), "the same image is tested"


def test_what_is_not_sound_does_not_become_an_image(tmp_path: Path, sources: Sources) -> None:
    """The last steps are never reached where a check fails."""
    steps, done = plan(spec(tmp_path), layout_for(windows=False), sources), list[Action]()

    def unsound(action: Action) -> None:
        if isinstance(action, Run) and "test" in action.command:
            carry_out(Run(("sh", "-c", "echo 'The image is not sound: tools-open'; exit 4")))
        done.append(action)

    with pytest.raises(errors.NotDone, match="step tests") as stopped:
        build(steps, Journal(tmp_path / "build.json"), unsound, lambda _: None)
    assert "tools-open" in stopped.value.hint
    assert not [one for one in done if isinstance(one, Run) and "create-image" in one.command]


def test_a_screen_that_is_too_small_or_is_not_there(admin: Admin, spec_file: Path, prefix: Path) -> None:
    """Qt itself is asked, by the image's own Python."""
    python = prefix / "opt" / "pose-launcher" / "bin" / "python"
    python.parent.mkdir(parents=True)
    for shown, ok in (
        ('{"width": 1024, "height": 768, "dpi": 96, "scale": 1}', True),
        ('{"width": 800, "height": 600, "dpi": 96, "scale": 1}', False),
        ('{"width": 1920, "height": 1080, "dpi": 1, "scale": 1}', False),
        ("could not connect to display", False),
    ):
        python.write_text(f"#!/bin/sh\necho '{shown}'\n")
        python.chmod(0o755)
        said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "screen")
        assert said.json["ok"] is ok, shown
