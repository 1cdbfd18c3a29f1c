"""The build of an image: a plan that is what happens, goes on after anything, and ends where something is not sound."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from installer.image.actions import Action, Copy, Run, Setting, Step, Write, carry_out, with_setting
from installer.image.build import Journal, alone, build, remaining
from installer.image.layout import layout_for
from installer.image.plan import ROOT, Sources, plan
from installer.image.spec import load_spec
from installer.image.wheel_lock import stand_in
from launcher import errors
from tests.unit.installer.at_the_desk import SITE, Admin
from tests.unit.installer.images import SYSTEMS, spec


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


_FILE_SYSTEM = r"HKLM\SYSTEM\CurrentControlSet\Control\FileSystem"
WINDOWS_RUNS = {
    "packages": [("msiexec", "/i", r"C:\PoseLauncher\winfsp.msi", "/qn", "/norestart")],
    "long paths": [("reg", "add", _FILE_SYSTEM, "/v", "LongPathsEnabled", "/t", "REG_DWORD", "/d", "1", "/f")],
    "variables": [("setx", "/m", "POSE_LAUNCHER_TOOLS_DIR", r"C:\PoseLauncher\tools")],
}
WINDOWS_FILES = {
    "site file": {r"C:\ProgramData\PoseLauncher\site.toml"},
    "menu": {
        r"C:\PoseLauncher\pose-launcher.png",
        r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Pose Launcher.url",
        r"C:\Users\Public\Desktop\Pose Launcher.url",
    },
}


@pytest.mark.parametrize("system", [system for system in SYSTEMS if system.startswith("windows")])
def test_on_windows_every_setting_is_the_machines(tmp_path: Path, sources: Sources, system: str) -> None:
    """What a new person's session finds set comes from no profile: none is read, copied or written."""
    steps = {step.name: step for step in plan(spec(tmp_path, system=system), layout_for(windows=True), sources)}
    for name, expected in WINDOWS_RUNS.items():
        assert [action.command for action in steps[name].actions if isinstance(action, Run)] == expected
    for name, paths in WINDOWS_FILES.items():
        assert {action.path for action in steps[name].actions if isinstance(action, Write | Copy)} == paths
    scripts = {action.path for action in steps["session scripts"].actions if isinstance(action, Copy)}
    assert all(path.startswith("C:\\AppStream\\SessionScripts\\") for path in scripts) and len(scripts) >= 3
    whole = json.dumps([step.to_json() for step in steps.values()])
    assert not any(word in whole for word in ("HKCU", "HKEY_CURRENT_USER", "%USERPROFILE%", "AppData", "PhotonUser"))


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


def test_of_two_builds_at_once_the_second_is_refused(
    admin: Admin, prefix: Path, spec_file: Path, tmp_path: Path
) -> None:
    words = ("image", "build", spec_file, "--root", prefix, "--wheel", tmp_path / "pose_launcher-1-py3-none-any.whl")
    with alone(prefix / "opt" / "pose-launcher"):
        said = admin.run(*words, "--again", "--only", "menu")
    assert (said.code, "Another build is at work here" in said.err, said.out) == (4, True, "")
    assert admin.run(*words, "--again", "--only", "menu").code == 0


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


def test_a_step_is_known_by_what_it_does() -> None:
    one, other = (Step("x", "y", (Run(("true", word)),)) for word in ("a", "b"))
    assert one.digest != other.digest


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
