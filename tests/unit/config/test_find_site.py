"""Which catalogue counts, and where the program remembers things."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.config.find import find_site, state_dir, system_place

LINUX, WINDOWS = "/etc/pose-launcher/site.toml", r"C:\ProgramData\PoseLauncher\site.toml"


@pytest.mark.parametrize(
    ("flag", "environ", "windows", "path", "source"),
    [
        ("a.toml", {"POSE_LAUNCHER_SITE": "b.toml"}, False, "a.toml", "--site"),
        (None, {"POSE_LAUNCHER_SITE": "b.toml"}, False, "b.toml", "POSE_LAUNCHER_SITE"),
        (None, {"POSE_LAUNCHER_SITE": ""}, False, LINUX, "system place"),
        ("", {}, False, LINUX, "system place"),
        (None, {"ProgramData": r"C:\ProgramData"}, False, LINUX, "system place"),
        (None, {"ProgramData": r"E:\Data"}, True, r"E:\Data\PoseLauncher\site.toml", "system place"),
        (None, {"PROGRAMDATA": r"E:\Data"}, True, r"E:\Data\PoseLauncher\site.toml", "system place"),
        (None, {}, True, WINDOWS, "system place"),
        (None, {"POSE_LAUNCHER_SITE": "b.toml"}, True, "b.toml", "POSE_LAUNCHER_SITE"),
    ],
)
def test_the_nearest_word_counts(
    flag: str | None, environ: dict[str, str], windows: bool, path: str, source: str
) -> None:
    found = find_site(flag, environ, windows=windows, exists=lambda _: True)
    assert found is not None and (str(found.path), found.source) == (path, source)


@pytest.mark.parametrize("windows", [False, True])
def test_a_named_catalogue_that_is_missing_is_not_replaced_by_another(windows: bool, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.toml")
    for found in (
        find_site(missing, {}, windows=windows),
        find_site(None, {"POSE_LAUNCHER_SITE": missing}, windows=windows),
    ):
        assert found is not None and str(found.path) == missing


@pytest.mark.parametrize("windows", [False, True])
def test_without_any_catalogue_there_is_none(windows: bool) -> None:
    assert find_site(None, {}, windows=windows, exists=lambda _: False) is None


def test_other_variables_never_decide_where_data_goes() -> None:
    assert system_place({"AWS_ENDPOINT_URL": "http://x", "XDG_CONFIG_HOME": "/x"}, windows=False) == Path(LINUX)


@pytest.mark.parametrize(
    ("flag", "environ", "source"),
    [
        ("here", {"POSE_LAUNCHER_STATE_DIR": "there"}, "--state-dir"),
        (None, {"POSE_LAUNCHER_STATE_DIR": "there"}, "POSE_LAUNCHER_STATE_DIR"),
        (None, {}, "default"),
    ],
)
def test_the_state_dir_is_a_full_path(flag: str | None, environ: dict[str, str], source: str) -> None:
    found = state_dir(flag, environ)
    assert found.path.is_absolute() and found.source == source
    assert found.path.name == (flag or environ.get("POSE_LAUNCHER_STATE_DIR") or "pose-launcher")
