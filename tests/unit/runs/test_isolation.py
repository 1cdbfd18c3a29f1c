"""What a pose tool may see of our environment."""

from __future__ import annotations

import pytest

from launcher.runs.isolation import LINUX, WINDOWS, clean_environment

#: What would give the tool our secrets, our libraries, or somebody else's code.
UNWANTED = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE",
    "AWS_ENDPOINT_URL",
    "QT_PLUGIN_PATH", "QT_QPA_PLATFORM", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_SCALE_FACTOR", "QML2_IMPORT_PATH",
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE", "VIRTUAL_ENV", "CONDA_PREFIX",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "GCONV_PATH", "HDF5_PLUGIN_PATH", "TORCH_LOAD_WEIGHTS_ONLY",
    "AppStream_Stack_Name", "POSE_LAUNCHER_SITE", "BASH_ENV", "SSH_AUTH_SOCK", "SOMETHING_NOBODY_KNOWS",
)  # fmt: skip


@pytest.mark.parametrize("system", [LINUX, WINDOWS])
@pytest.mark.parametrize("spelled", [str, str.lower, str.title])
def test_nothing_unknown_gets_in(system: str, spelled: type[str]) -> None:
    environ = {spelled(name): "/hostile" for name in UNWANTED}
    clean = clean_environment(environ, "programs", {}, system)
    assert not {name for name, value in clean.items() if "hostile" in value}
    assert not [name for name in clean if name.upper().startswith(("AWS_", "QT_", "LD_", "VIRTUAL_ENV"))]


def test_a_linux_tool_finds_its_screen_its_home_and_its_own_programs_first() -> None:
    environ = {
        "HOME": "/home/ada",
        "DISPLAY": ":0",
        "XAUTHORITY": "/run/x",
        "LC_TIME": "de_DE",
        "PATH": "/home/ada/bin:.",
    }
    clean = clean_environment(environ, "/tools/sleap/bin", {}, LINUX)
    assert {name: clean[name] for name in ("HOME", "DISPLAY", "XAUTHORITY", "LC_TIME")} == {
        name: environ[name] for name in ("HOME", "DISPLAY", "XAUTHORITY", "LC_TIME")
    }
    assert clean["PATH"] == "/tools/sleap/bin:/usr/local/bin:/usr/bin:/bin"


@pytest.mark.parametrize(
    ("environ", "bus"),
    [({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus"}, "unix:path=/run/bus"), ({}, "disabled:")],
)
def test_a_linux_tool_starts_no_bus_of_its_own(environ: dict[str, str], bus: str) -> None:
    assert clean_environment(environ, "programs", {}, LINUX)["DBUS_SESSION_BUS_ADDRESS"] == bus
    assert "DBUS_SESSION_BUS_ADDRESS" not in clean_environment(environ, "programs", {}, WINDOWS)


def test_a_windows_tool_finds_its_profile_and_system_whatever_their_capitals() -> None:
    environ = {"SystemRoot": r"D:\Windows", "UserProfile": r"D:\Ada", "Path": r"C:\hostile", "PATHEXT": ".EXE"}
    clean = clean_environment(environ, r"D:\tools\sleap\Scripts", {}, WINDOWS)
    assert (clean["SystemRoot"], clean["UserProfile"]) == (r"D:\Windows", r"D:\Ada")
    paths = [r"D:\tools\sleap\Scripts", r"D:\Windows\System32", r"D:\Windows", r"D:\Windows\System32\Wbem"]
    assert clean["PATH"].split(";") == paths
    assert "Path" not in clean


def test_linux_tells_capitals_apart() -> None:
    assert "Home" not in clean_environment({"Home": "/hostile"}, "programs", {}, LINUX)


def test_what_the_tool_needs_comes_last_and_wins() -> None:
    clean = clean_environment({}, "programs", {"PYTHONUTF8": "1", "PYTHONSAFEPATH": "2"}, LINUX)
    assert (clean["PYTHONUTF8"], clean["PYTHONSAFEPATH"], clean["PYTHONNOUSERSITE"]) == ("1", "2", "1")
