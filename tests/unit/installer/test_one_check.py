"""The one check, on a small project: it stops at the first failure, and ends with the runner's closing line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLER = Path(__file__).resolve().parents[3] / "installer"

PYPROJECT = """
[tool.ruff]
line-length = 120
[tool.ruff.lint]
select = ["F"]
[tool.mypy]
strict = true
packages = ["toy"]
[tool.importlinter]
root_packages = ["toy"]
[[tool.importlinter.contracts]]
name = "One way"
type = "layers"
layers = ["toy.upper", "toy.lower"]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "toy/__init__.py": "",
    "toy/lower.py": "VALUE = 1\n",
    "toy/upper.py": "from toy.lower import VALUE\n\nNEXT: int = VALUE + 1\n",
    "tests/test_toy.py": "from toy.upper import NEXT\n\n\ndef test_next() -> None:\n    assert NEXT == 2\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(INSTALLER, tmp_path / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def check(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As one stream, in the order in which a person sees it."""
    command = [sys.executable, "-m", "installer.check", *arguments]
    return subprocess.run(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )


def test_all_steps_in_order_and_the_runner_has_the_last_word(project: Path) -> None:
    done = check(project, "--", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    said = [line.partition(", ")[0] for line in done.stdout.splitlines() if line.startswith("check: ")]
    assert said == [
        "check: format ok",
        "check: lint ok",
        "check: types ok",
        "check: import contracts ok",
        "check: tests",
    ]
    assert re.fullmatch(r"=+ 1 passed in .*=+", done.stdout.splitlines()[-1])


def test_all_tests_run_side_by_side(project: Path) -> None:
    done = check(project)
    assert done.returncode == 0, done.stdout
    assert "2 workers" in done.stdout
    assert re.fullmatch(r"=+ 1 passed in .*=+", done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("toy/lower.py", "VALUE=1\n", "check: format failed"),
        ("toy/lower.py", "import os\n\nVALUE = 1\n", "check: lint failed"),
        ("toy/upper.py", 'NEXT: int = "2"\n', "check: types failed"),
        ("toy/lower.py", "from toy import upper\n\nVALUE = 1\nOTHER = upper\n", "check: import contracts failed"),
    ],
)
def test_the_first_failure_ends_it(project: Path, name: str, text: str, said: str) -> None:
    (project / name).write_text(text)
    done = check(project)
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1].startswith(said)


def test_a_failing_test_is_the_checks_failure_and_arguments_reach_the_runner(project: Path) -> None:
    (project / "tests/test_toy.py").write_text("def test_no() -> None:\n    raise AssertionError\n")
    done = check(project, "-q", "-p", "no:cacheprovider")
    assert done.returncode == 1
    assert re.fullmatch(r"1 failed in .*", done.stdout.splitlines()[-1])
