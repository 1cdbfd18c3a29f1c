"""What the end of a log and an exit code mean, in words; the real logs are replayed in `test_running_recorded`."""

from __future__ import annotations

import pytest

from launcher.tools import tool
from launcher.tools.endings import cause_of
from launcher.tools.running import Problem

TRACEBACK = "Traceback (most recent call last):\n  File “a.py”, line 1, in <module>\n"


def of_sleap(log: str, exit_code: int | None = 1) -> str | None:
    """The code of SLEAP's explanation."""
    problem = tool("sleap").explain(log, exit_code)
    return problem.code if problem else None


@pytest.mark.parametrize(
    ("exit_code", "cause"),
    [(0, 0), (1, 0), (2, 0), (20, 0), (None, 0), (-9, 9), (-15, 15), (137, 9), (143, 15), (255, 0), (128, 0),
     (3221225477, 0xC0000005), (-1073741819, 0xC0000005), (3221225725, 0xC00000FD)],
)  # fmt: skip
def test_a_cause_is_read_from_every_way_to_say_it(exit_code: int | None, cause: int) -> None:
    assert cause_of(exit_code) == cause


@pytest.mark.parametrize(
    ("exit_code", "code"),
    [(-9, "killed"), (-15, "stopped"), (143, "stopped"), (-1, "desktop-gone"), (-11, "crashed"), (-6, "crashed"),
     (-4, "wrong-processor"), (-7, "crashed"), (3221225477, "crashed"), (3221225786, "stopped"),
     (3221225781, "system-library-missing")],
)  # fmt: skip
def test_a_silent_end_is_told_by_its_code(exit_code: int, code: str) -> None:
    assert of_sleap("", exit_code) == code


def test_what_nobody_knows_stays_unexplained() -> None:
    assert of_sleap(TRACEBACK + "ZeroDivisionError: division by zero\n") is None
    assert of_sleap("", 1) is None
    assert of_sleap("", None) is None


def test_a_tool_that_was_closed_has_no_problem_whatever_it_complained_of() -> None:
    assert of_sleap(TRACEBACK + "PermissionError: [Errno 13] Permission denied: 'x'\n", 0) is None


def test_a_zero_does_not_hide_that_the_desktop_went_away() -> None:
    assert of_sleap("The X11 connection broke (error 1). Did the X11 server die?\n", 0) == "desktop-gone"


def test_words_come_before_the_code() -> None:
    assert of_sleap("qt.qpa.xcb: could not connect to display \n", -6) == "no-display"


def test_someone_elses_kill_comes_before_older_words() -> None:
    assert of_sleap(TRACEBACK + "PermissionError: [Errno 13] Permission denied: 'x'\n", -9) == "killed"


def test_the_last_exception_comes_before_those_it_came_through() -> None:
    first, last = "ModuleNotFoundError: No module named 'x'\n\n", "OSError: [Errno 28] No space left on device\n"
    assert of_sleap(TRACEBACK + first + TRACEBACK + last) == "disk-full"


def test_a_crash_at_work_is_not_blamed_on_an_exception_that_the_tool_survived() -> None:
    assert of_sleap(TRACEBACK + "ModuleNotFoundError: No module named 'x'\n", -11) == "crashed"
    assert of_sleap(TRACEBACK + "OSError: [Errno 28] No space left on device\n", -11) == "disk-full"


def test_once_the_project_was_open_nothing_says_that_it_was_not() -> None:
    log = "pose-launcher: project loaded: /a/config.yaml\nPermissionError: [Errno 13] Permission denied: 'x'\n"
    problem = tool("deeplabcut").explain(log, 1)
    assert problem is not None and problem.code == "permission-denied"
    assert "had not opened" not in problem.data_safe and "not saved in DeepLabCut is lost" in problem.data_safe


def test_what_was_said_long_before_the_end_does_not_count() -> None:
    assert of_sleap("PermissionError: [Errno 13] Permission denied\n" + "frame done\n" * 2_000) is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "gpu-memory"),
        ("RuntimeError: CUDA error: out of memory", "gpu-memory"),
        ("RuntimeError: CUDA error: unspecified launch failure", "gpu-failed"),
        ("RuntimeError: The NVIDIA driver on your system is too old (found version 11040).", "driver-too-old"),
        ("AssertionError: Torch not compiled with CUDA enabled", "cpu-only"),
        ("MemoryError", "memory"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array", "memory"),
        ("RuntimeError: [enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory", "memory"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk-full"),
        ("PermissionError: [WinError 5] Access is denied: 'a.slp'", "permission-denied"),
        ("PermissionError: [WinError 32] The process cannot access the file", "file-in-use"),
        ("ImportError: DLL load failed while importing QtCore: The specified module could not be found.",
         "environment-incomplete"),
        ("BlockingIOError: Unable to synchronously open file (unable to lock file, errno = 11)", "file-in-use"),
    ],
)  # fmt: skip
def test_what_cannot_be_provoked_here_is_known_by_the_line_that_it_ends_with(line: str, code: str) -> None:
    assert of_sleap(TRACEBACK + line + "\n") == code


def test_a_missing_library_is_named() -> None:
    problem = tool("deeplabcut").explain("ImportError: libEGL.so.1: cannot open shared object file: No such file\n", 1)
    assert problem == Problem(
        what="DeepLabCut cannot start: the system library libEGL.so.1 is missing on this computer.",
        data_safe="DeepLabCut had not opened your project; labels, networks and videos are unchanged.",
        next="Tell your admin that the image needs libEGL.so.1.",
        code="system-library-missing",
    )


def test_a_damaged_setting_is_named_and_its_braces_are_only_text() -> None:
    log = "pose-launcher: settings refused in config.yaml: {tool}: Input should be {0}; skeleton: wrong\n"
    problem = tool("deeplabcut").explain(log, 23)
    assert problem is not None
    assert problem.what.endswith("has a setting that DeepLabCut does not take: {tool}: Input should be {0}.")


def test_a_missing_video_is_told_from_a_missing_project() -> None:
    assert of_sleap(TRACEBACK + "FileNotFoundError\n") == "missing-video"
    assert of_sleap(TRACEBACK + "FileNotFoundError: [Errno 2] No such file or directory: 'preferences.yaml'\n") is None


def test_text_of_a_project_cannot_paint_the_terminal() -> None:
    problem = tool("deeplabcut").explain("pose-launcher: settings missing in config.yaml: a\x1b[31m\u202eb\n", 22)
    assert problem is not None and problem.what.endswith("Missing: a?[31m?b.")


def test_sleap_tells_that_a_save_may_be_half_done() -> None:
    problem = tool("sleap").explain("", -9)
    assert problem is not None
    assert "removes the old file before it writes the new one" in problem.data_safe
    assert "bring back the copy from before the start" in problem.next
