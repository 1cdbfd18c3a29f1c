"""What programs read when they start, to be read ahead when an instance starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installer.image.prewarm import forget_reading, manifest, read_since
from tests.unit.installer.at_the_desk import Admin


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--seconds", "nan", "--", "/bin/true"), 2),
        (("--seconds", "-1", "--", "/bin/true"), 2),
        (("--seconds", "1", "--", "/no/such/program"), 2),
        (("--seconds", "9", "--", "/bin/false"), 4),
    ],
    ids=["no end", "before it begins", "no program", "it fails"],
)
def test_what_cannot_be_traced(admin: Admin, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    try:
        found = admin.run("image", "trace", "-o", tmp_path / "prewarm.txt", *words).code
    except SystemExit as exc:
        found = int(str(exc.code))
    assert (found, (tmp_path / "prewarm.txt").exists()) == (code, False)


def test_the_manifest_holds_what_lies_on_the_image() -> None:
    paths = [
        "/opt/a.so",
        "/opt/a.so",
        "/tmp/x",
        "/proc/1/maps",
        "/home/a/x",
        "/opt/b.so (deleted)",
        "relative",
        "/opt/c\nd",
    ]
    assert manifest(paths, windows=False, is_file=lambda _: True) == "/opt/a.so\n"
    windows = ["C:\\PoseLauncher\\a.dll", "C:\\Users\\PhotonUser\\b.dll", "D:\\c.dll", "\\\\server\\d.dll"]
    assert manifest(windows, windows=True, is_file=lambda _: True) == "C:\\PoseLauncher\\a.dll\n"


def test_what_a_program_opens_is_traced(admin: Admin, tmp_path: Path) -> None:
    program = "import time, ctypes, zlib; time.sleep(30)"
    file = tmp_path / "prewarm.txt"
    said = admin.run("image", "trace", "-o", file, "--seconds", "2", "--", sys.executable, "-c", program)
    assert said.code == 0
    lines = file.read_text().splitlines()
    assert any("libc" in line for line in lines)
    assert lines == sorted(set(lines))


def test_what_is_read_for_a_moment_is_traced_too(admin: Admin, tmp_path: Path) -> None:
    """By the system's own note of the last reading; a file system that keeps none has nothing to tell."""
    read, other = tmp_path / "image" / "read.pyc", tmp_path / "image" / "other.pyc"
    read.parent.mkdir()
    for path in (read, other):
        path.write_text("x")
    forget_reading([read.parent])
    assert list(read_since([read.parent])) == []
    subprocess.run([sys.executable, "-c", f"open({str(read)!r}).read()"], check=True)
    keeps_none = os.statvfs(read).f_flag & os.ST_NOATIME
    assert list(read_since([read.parent])) == ([] if keeps_none else [str(read)])


def test_a_second_trace_adds_to_the_first(admin: Admin, tmp_path: Path) -> None:
    file = tmp_path / "prewarm.txt"
    file.write_text("/usr/bin/env\n/gone/away\n")
    said = admin.run("image", "trace", "-o", file, "--add", "--seconds", "1", "--", sys.executable, "-c", "import zlib")
    assert said.code == 0
    lines = file.read_text().splitlines()
    assert "/usr/bin/env" in lines and "/gone/away" not in lines
