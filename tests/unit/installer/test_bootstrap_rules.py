"""The rules of the set-up as tables, for both systems."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from installer.bootstrap_rules import (
    Goal,
    Stamp,
    Step,
    base_interpreter,
    last_command,
    locks_for,
    own_environment,
    pip_arguments,
    plan,
    program_beside,
    python_in,
    read_stamp,
    shows_window,
    site_packages,
    stamp_text,
)

RUNTIME, TESTS = "requirements.lock", "tests/requirements.lock"
STAMP = Stamp("/lab/pose", "/usr/bin/python3.11", "3.11.2", {RUNTIME: "aa"})

WINDOWS, LINUX = PureWindowsPath(r"C:\Lab folder\.venv"), PurePosixPath("/lab/pose/.venv")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (python_in(WINDOWS), r"C:\Lab folder\.venv\Scripts\python.exe"),
        (python_in(LINUX), "/lab/pose/.venv/bin/python"),
        (program_beside(python_in(WINDOWS), "lint-imports"), r"C:\Lab folder\.venv\Scripts\lint-imports.exe"),
        (program_beside(python_in(LINUX), "lint-imports"), "/lab/pose/.venv/bin/lint-imports"),
        (site_packages(WINDOWS, (3, 13)), r"C:\Lab folder\.venv\Lib\site-packages"),
        (site_packages(LINUX, (3, 13)), "/lab/pose/.venv/lib/python3.13/site-packages"),
    ],
)
def test_where_things_lie(found: PurePath, expected: str) -> None:
    assert str(found) == expected


@pytest.mark.parametrize(
    ("stamp", "root", "interpreter", "wanted", "expected"),
    [
        (None, "/lab/pose", "/usr/bin/python3.11", {RUNTIME: "aa"}, Step.REBUILD),
        (STAMP, "/lab/pose", "/usr/bin/python3.11", {RUNTIME: "aa"}, Step.KEEP),
        (STAMP, "/lab/pose", "/usr/bin/python3.11", {RUNTIME: "bb"}, Step.REBUILD),
        (STAMP, "/lab/pose", "/usr/bin/python3.11", {RUNTIME: "aa", TESTS: "cc"}, Step.ADD),
        (STAMP, "/lab/pose", "/usr/bin/python3.11", {RUNTIME: "bb", TESTS: "cc"}, Step.REBUILD),
        (STAMP, "/lab/moved", "/usr/bin/python3.11", {RUNTIME: "aa"}, Step.REBUILD),
        (STAMP, "/lab/pose", "/usr/bin/python3.13", {RUNTIME: "aa"}, Step.REBUILD),
        (STAMP, "/lab/pose", "", {RUNTIME: "aa"}, Step.REBUILD),
    ],
    ids=[
        "interrupted",
        "same",
        "lock-changed",
        "tests-wanted-too",
        "both-changed",
        "moved",
        "python-changed",
        "no-python",
    ],
)
def test_what_the_environment_needs(
    stamp: Stamp | None, root: str, interpreter: str, wanted: dict[str, str], expected: Step
) -> None:
    assert plan(stamp, root, interpreter, wanted) is expected


def test_an_environment_for_the_tests_serves_the_demo() -> None:
    both = Stamp(STAMP.root, STAMP.interpreter, STAMP.python, {RUNTIME: "aa", TESTS: "old"})
    assert plan(both, both.root, both.interpreter, {RUNTIME: "aa"}) is Step.KEEP
    assert plan(both, both.root, both.interpreter, {RUNTIME: "aa", TESTS: "new"}) is Step.REBUILD


def test_a_stamp_reads_back() -> None:
    assert read_stamp(stamp_text(STAMP)) == STAMP


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '{"locks": {}}', '{"locks": 3, "root": ""}', stamp_text(STAMP)[:-9]]
)
def test_half_a_stamp_is_none(text: str) -> None:
    assert read_stamp(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("home = /usr/bin\nexecutable = /usr/bin/python3.11\n", "/usr/bin/python3.11"),
        ("home = C:\\Py\r\nexecutable = C:\\Py = 3\\python.exe\r\n", "C:\\Py = 3\\python.exe"),
        ("home = /usr/bin\n", ""),
        ("", ""),
    ],
)
def test_which_python_an_environment_was_made_from(text: str, expected: str) -> None:
    assert base_interpreter(text) == expected


def test_foreign_environments_are_left_out_and_the_registry_kept() -> None:
    kept = {"PATH": "/bin", "PIP_INDEX_URL": "x", "PIP_CERT": "y", "PIP_CACHE_DIR": "z", "PYTHONUTF8": "1"}
    foreign = {"PYTHONPATH": "p", "PythonHome": "h", "VIRTUAL_ENV": "v", "PIP_TARGET": "t", "PIP_USER": "1"}
    assert own_environment(kept | foreign) == kept


def test_nothing_unhashed_nothing_built() -> None:
    arguments = pip_arguments("some.lock")
    assert {"--require-hashes", "--no-deps"} <= set(arguments)
    assert arguments[arguments.index("--only-binary") + 1] == ":all:"
    assert not any("index" in argument or "://" in argument for argument in arguments)


def test_who_takes_over() -> None:
    assert list(last_command(Goal.DEMO, "py", ["--data", "a b"])) == [
        "py",
        "-P",
        "-m",
        "launcher",
        "demo",
        "--data",
        "a b",
    ]
    assert list(last_command(Goal.TEST, "py", ["--", "-q"])) == ["py", "-P", "-m", "installer.check", "--", "-q"]
    assert list(last_command(Goal.ADMIN, "py", ["rehearse"])) == ["py", "-P", "-m", "installer", "rehearse"]


def test_the_last_lock_is_the_one_to_install() -> None:
    assert [list(locks_for(goal)) for goal in Goal] == [[RUNTIME], [RUNTIME, TESTS], [RUNTIME, TESTS]]


@pytest.mark.parametrize(
    ("goal", "arguments", "environment", "expected"),
    [
        (Goal.DEMO, [], {"DISPLAY": ":0"}, True),
        (Goal.DEMO, [], {"WAYLAND_DISPLAY": "wayland-0"}, True),
        (Goal.DEMO, [], {}, False),
        (Goal.DEMO, [], {"DISPLAY": ""}, False),
        (Goal.DEMO, ["--headless"], {"DISPLAY": ":0"}, False),
        (Goal.TEST, [], {"DISPLAY": ":0"}, False),
        (Goal.ADMIN, [], {"DISPLAY": ":0"}, False),
    ],
)
def test_libraries_of_a_window_come_only_where_one_is_shown(
    goal: Goal, arguments: list[str], environment: dict[str, str], expected: bool
) -> None:
    assert shows_window(goal, arguments, environment) is expected
