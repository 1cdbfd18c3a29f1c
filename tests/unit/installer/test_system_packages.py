"""What the set-up does about what Python cannot bring by itself."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from installer.steps import SetUpFailed
from installer.system_packages import (
    MOUNTS,
    SCREEN,
    WINDOW,
    Machine,
    Part,
    Sudo,
    packages_of,
    parts_for,
    plan,
    refresh_command,
    this_machine,
)

BARE = Machine(python=(3, 11), has_ensurepip=False, manager="apt-get", is_root=False, sudo=Sudo.ABSENT)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (replace(BARE, has_ensurepip=True), ""),
        (replace(BARE, is_root=True), "apt-get install -y --no-install-recommends python3.11-venv"),
        (replace(BARE, sudo=Sudo.SILENT), "sudo -n apt-get install -y --no-install-recommends python3.11-venv"),
        (replace(BARE, is_root=True, python=(3, 13)), "apt-get install -y --no-install-recommends python3.13-venv"),
        (replace(BARE, is_root=True, manager="dnf"), "dnf install -y python3.11-libs"),
    ],
)
def test_what_is_installed_where_rights_allow(machine: Machine, expected: str) -> None:
    assert shlex.join(plan(machine, ())) == expected


@pytest.mark.parametrize(
    ("machine", "line"),
    [
        (BARE, "su -c 'apt-get update && apt-get install -y --no-install-recommends python3.11-venv'"),
        (
            replace(BARE, sudo=Sudo.ASKS),
            "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends python3.11-venv'",
        ),
        (replace(BARE, sudo=Sudo.ASKS, manager="dnf"), "sudo sh -c 'dnf install -y python3.11-libs'"),
    ],
)
def test_without_rights_the_one_line_is_said(machine: Machine, line: str) -> None:
    with pytest.raises(SetUpFailed) as caught:
        plan(machine, ())
    assert str(caught.value).splitlines()[-1] == line
    assert caught.value.code == 2


def test_without_a_known_package_manager_it_says_what_is_missing() -> None:
    with pytest.raises(SetUpFailed, match="without ensurepip") as caught:
        plan(replace(BARE, manager=None, is_root=True), ())
    assert caught.value.code == 2


def test_everything_missing_comes_in_one_go() -> None:
    command = plan(replace(BARE, is_root=True), ["xvfb", "openbox"])
    assert shlex.join(command) == "apt-get install -y --no-install-recommends python3.11-venv xvfb openbox"


def test_package_lists_are_read_again_with_the_same_rights() -> None:
    assert list(refresh_command(("sudo", "-n", "apt-get", "install", "-y", "x"))) == ["sudo", "-n", "apt-get", "update"]


def test_the_system_is_asked_only_for_what_the_goal_shows() -> None:
    assert parts_for(window=False, screen=False) == []
    assert parts_for(window=True, screen=False) == list(WINDOW)
    assert parts_for(window=False, screen=True) == [*WINDOW, *SCREEN, *MOUNTS]


def test_a_package_that_brings_several_libraries_is_named_once() -> None:
    assert packages_of("dnf", WINDOW).count("libxcb") == 1
    assert packages_of(None, WINDOW) == []


@pytest.mark.parametrize("name", ["libno-such-thing.so.7", "no-such-program"])
def test_what_is_not_there_is_noticed(name: str) -> None:
    assert not Part(name, "x", "x").is_here()


def test_this_machine_made_this_environment() -> None:
    assert plan(this_machine(), ()) == ()
    assert [part.name for part in parts_for(window=True, screen=True) if not part.is_here()] == []
