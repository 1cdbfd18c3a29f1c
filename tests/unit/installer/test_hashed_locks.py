"""The locks: every package exact and hashed, no machine and no registry in them; the tests' one holds the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ["requirements.lock", "tests/requirements.lock"]
ALL_LOCKS = [*LOCKS, "tests/bench/awscli.lock"]


def entries(name: str) -> set[str]:
    """One text per package: its pin, its marker and its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return {
        re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip() and not line.startswith("#")
    }


@pytest.mark.parametrize("name", ALL_LOCKS)
def test_everything_is_exact_and_hashed(name: str) -> None:
    form = re.compile(r"[A-Za-z0-9._-]+==\S+( ; [^-]+)?( --hash=sha256:[0-9a-f]{64})+")
    assert [entry for entry in entries(name) if not form.fullmatch(entry)] == []


@pytest.mark.parametrize("name", ALL_LOCKS)
def test_no_address_and_no_path(name: str) -> None:
    assert not re.search(r"://|/home/|/root/|/tmp/|index-url|find-links", (ROOT / name).read_text(encoding="utf-8"))


def test_the_tests_lock_holds_the_runtime_lock() -> None:
    runtime, tests = (entries(name) for name in LOCKS)
    assert runtime <= tests


@pytest.mark.parametrize("name", LOCKS)
def test_qt_starts_where_glibc_is_old(name: str) -> None:
    """From 6.10 on its wheels need glibc 2.34, and the images of the Red Hat 8 family have 2.28."""
    (pin,) = [entry for entry in entries(name) if entry.startswith("pyside6-essentials==")]
    assert tuple(map(int, pin.split()[0].partition("==")[2].split(".")[:2])) < (6, 10)
