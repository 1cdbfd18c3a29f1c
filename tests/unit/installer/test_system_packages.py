"""What the set-up does about a Python that cannot make environments."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from installer.steps import SetUpFailed
from installer.system_packages import Machine, Sudo, plan_venv_support, refresh_command, this_machine

BARE = Machine(python=(3, 11), has_ensurepip=False, manager="apt-get", is_root=False, sudo=Sudo.ABSENT)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (replace(BARE, has_ensurepip=True), ""),
        (replace(BARE, is_root=True), "apt-get install -y python3.11-venv"),
        (replace(BARE, sudo=Sudo.SILENT), "sudo -n apt-get install -y python3.11-venv"),
        (replace(BARE, is_root=True, python=(3, 13)), "apt-get install -y python3.13-venv"),
        (replace(BARE, is_root=True, manager="dnf"), "dnf install -y python3.11-libs"),
    ],
)
def test_what_is_installed_where_rights_allow(machine: Machine, expected: str) -> None:
    assert shlex.join(plan_venv_support(machine)) == expected


@pytest.mark.parametrize(
    ("machine", "line"),
    [
        (BARE, "su -c 'apt-get update && apt-get install -y python3.11-venv'"),
        (replace(BARE, sudo=Sudo.ASKS), "sudo sh -c 'apt-get update && apt-get install -y python3.11-venv'"),
        (replace(BARE, sudo=Sudo.ASKS, manager="dnf"), "sudo sh -c 'dnf install -y python3.11-libs'"),
    ],
)
def test_without_rights_the_one_line_is_said(machine: Machine, line: str) -> None:
    with pytest.raises(SetUpFailed) as caught:
        plan_venv_support(machine)
    assert str(caught.value).splitlines()[-1] == line
    assert caught.value.code == 2


def test_without_a_known_package_manager_it_says_what_is_missing() -> None:
    with pytest.raises(SetUpFailed, match="without ensurepip") as caught:
        plan_venv_support(replace(BARE, manager=None, is_root=True))
    assert caught.value.code == 2


def test_package_lists_are_read_again_with_the_same_rights() -> None:
    assert list(refresh_command(("sudo", "-n", "apt-get", "install", "-y", "x"))) == ["sudo", "-n", "apt-get", "update"]


def test_this_machine_made_this_environment() -> None:
    assert plan_venv_support(this_machine()) == ()
