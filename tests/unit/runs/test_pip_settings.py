"""What the site told pip is told to uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.runs.pip_settings import PipSettings, as_folder, pip_settings

LISTING = r""":env:.find-links='/env/wheels'
:env:.disable-pip-version-check='1'
global.cert='/etc/site.pem'
global.extra-index-url='\nfile:///a/simple\nhttps://b.example/simple'
global.find-links='/global/wheels'
global.index-url='https://me:secret@registry.example/simple'
global.timeout='60'
install.cert='/etc/install.pem'
freeze.cert='/etc/other.pem'
not a setting
"""


def test_the_environment_counts_most_then_the_command_then_the_rest() -> None:
    values = PipSettings.parse(LISTING).values
    assert values["find-links"] == "/env/wheels"
    assert values["cert"] == "/etc/install.pem"
    assert values["timeout"] == "60"


def test_uv_is_told_in_its_own_words() -> None:
    assert PipSettings.parse(LISTING).for_uv() == {
        "UV_DEFAULT_INDEX": "https://me:secret@registry.example/simple",
        "UV_INDEX": "file:///a/simple https://b.example/simple",
        "UV_FIND_LINKS": "/env/wheels",
        "SSL_CERT_FILE": "/etc/install.pem",
    }


def test_a_lock_is_made_from_the_main_index_alone() -> None:
    told = PipSettings.parse(LISTING).for_uv(only_main_index=True)
    assert set(told) == {"UV_DEFAULT_INDEX", "SSL_CERT_FILE"}


@pytest.mark.parametrize(
    ("said", "asked"), [({}, True), ("true", False), ("1", False), ("Yes", False), ("false", True)]
)
def test_a_site_may_forbid_to_ask_a_registry(said: str | dict[str, str], asked: bool) -> None:
    values = {"no-index": said} if isinstance(said, str) else said
    assert PipSettings(values).has_registry is asked


def test_only_folders_of_this_computer_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    links = f"https://x.example/wheels {tmp_path} {(tmp_path / 'a b').as_uri()} {tmp_path}/missing"
    assert PipSettings({"find-links": links}).wheel_folders == (tmp_path, tmp_path / "a b")
    assert PipSettings().wheel_folders == ()


def test_an_address_is_no_folder() -> None:
    assert as_folder("https://x.example/wheels") is None
    assert as_folder("/opt/some wheels") == Path("/opt/some wheels")


def test_pip_itself_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert pip_settings().wheel_folders == (tmp_path,)


def test_without_pip_there_are_no_settings(tmp_path: Path) -> None:
    no_pip = tmp_path / "python"
    no_pip.write_text("#!/bin/sh\nexit 1\n")
    no_pip.chmod(0o700)
    assert pip_settings([str(no_pip)]) == PipSettings()
