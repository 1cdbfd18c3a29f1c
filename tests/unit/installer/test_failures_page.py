"""The page of the service's failures: everything that it names is there, and everything that can be shown is on it."""

from __future__ import annotations

import re

import pytest

from installer.image.soundness import LOOKS
from installer.rehearsal.mishaps import Mishap
from installer.rehearsal.traps import TRAPS
from tests.conftest import ROOT
from tests.pages import is_there, named_tests, rows

PAGE = ROOT / "docs" / "service-failures.md"


def named(kind: str) -> set[str]:
    return set(re.findall(rf"`{kind} ([^`]+)`", PAGE.read_text(encoding="utf-8")))


def test_every_mishap_and_every_trap_is_on_the_page_and_no_other() -> None:
    assert named("mishap") == {str(mishap) for mishap in Mishap}
    assert named("trap") == set(TRAPS)
    assert named("check") <= set(LOOKS)


@pytest.mark.parametrize("step", sorted(named("step")))
def test_every_step_is_told_by_the_rehearsal(step: str) -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "installer" / "rehearsal").glob("*.py"))
    assert f'report.step("{step}")' in told


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(named_tests(PAGE)) > 25
    assert [name for name in named_tests(PAGE) if not is_there(name)] == []


def test_every_row_says_what_shows_it() -> None:
    assert len(rows(PAGE)) > 50
    shown = re.compile(r"`(?:mishap|trap|step|check|tests/)")
    assert [row for row in rows(PAGE) if not shown.search(row[-1])] == []
