"""Which terminal a computer has: the rule, for both systems."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.runs.terminal import command


@pytest.mark.parametrize(
    ("system", "environ", "there", "expected"),
    [
        ("linux", {}, {"gnome-terminal", "xterm"}, ("/usr/bin/gnome-terminal",)),
        ("linux", {}, {"xterm"}, ("/usr/bin/xterm",)),
        ("linux", {}, {"x-terminal-emulator", "xterm"}, ("/usr/bin/x-terminal-emulator",)),
        ("win32", {"ComSpec": r"D:\cmd.exe"}, set(), (r"D:\cmd.exe", "/K", "title Pose Launcher")),
        (
            "win32",
            {"SystemRoot": r"D:\Windows"},
            set(),
            (r"D:\Windows\System32\cmd.exe", "/K", "title Pose Launcher"),
        ),
        ("win32", {}, set(), (r"C:\Windows\System32\cmd.exe", "/K", "title Pose Launcher")),
    ],
)
def test_the_terminal_of_a_computer(
    system: str, environ: dict[str, str], there: set[str], expected: tuple[str, ...]
) -> None:
    assert command(system, environ, lambda name: f"/usr/bin/{name}" if name in there else None) == expected


def test_a_computer_without_one_says_which_would_do() -> None:
    with pytest.raises(errors.ToolFailed, match="has no terminal") as failed:
        command("linux", {}, lambda _: None)
    assert "xterm" in failed.value.hint
