"""The shell scripts: as thin as they promise, and clean by what can be looked at without running them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = [ROOT / "installer" / "bootstrap.sh", ROOT / ".ci" / "run"]
LINTERS = [["bash", "-n"], *([["shellcheck"]] if shutil.which("shellcheck") else [])]
POWERSHELL = ROOT / "installer" / "bootstrap.ps1"

AUTOMATIC = {"args", "psscriptroot", "lastexitcode", "erroractionpreference"}
KEYWORDS = {"foreach", "if", "in", "continue", "exit"}


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter[0])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_are_clean(script: Path, linter: list[str]) -> None:
    done = subprocess.run([*linter, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def powershell_code() -> str:
    """The script without comments and without the insides of its texts, which are all plain."""
    lines = POWERSHELL.read_text(encoding="ascii").splitlines()
    return "\n".join(re.sub(r"'[^']*'", "''", line).partition("#")[0] for line in lines)


def test_powershell_is_ascii_without_a_mark() -> None:
    assert POWERSHELL.read_bytes().isascii()


def test_powershell_is_strict_and_runs_no_text() -> None:
    code = powershell_code()
    assert code.lstrip().startswith("Set-StrictMode -Version Latest")
    assert not re.search(r"invoke-expression|\biex\b|\[scriptblock\]|downloadstring|\"", code, re.IGNORECASE)


def test_powershell_uses_full_command_names() -> None:
    # A command stands at the start of a line or of a group, or behind a pipe.
    words = re.findall(r"(?:^|[|;{(])[ \t]*([A-Za-z%?][\w-]*)", powershell_code(), re.MULTILINE)
    assert [word for word in words if word not in KEYWORDS and not re.fullmatch(r"[A-Z][a-z]+-[A-Z]\w+", word)] == []


def test_powershell_sets_every_variable_before_it_uses_it() -> None:
    known = set(AUTOMATIC)
    for line in powershell_code().splitlines():
        assigned = {name.lower() for name in re.findall(r"(?:^\s*|foreach \()\$(\w+)(?= = | in )", line)}
        used = {name.lower() for name in re.findall(r"[$@](\w+)", line)} - assigned
        assert used <= known, line
        known |= assigned


def test_powershell_groups_are_closed() -> None:
    code = powershell_code()
    assert [code.count(left) - code.count(right) for left, right in ("()", "{}", "[]")] == [0, 0, 0]


def test_both_scripts_look_for_the_same_pythons_and_start_the_same_file() -> None:
    shell, powershell = SCRIPTS[0].read_text(encoding="ascii"), POWERSHELL.read_text(encoding="ascii")
    assert re.findall(r"python(3\.\d+) ", shell) == re.findall(r"'-(3\.\d+)'", powershell) == ["3.13", "3.12", "3.11"]
    assert "bootstrap.py" in shell and "bootstrap.py" in powershell
