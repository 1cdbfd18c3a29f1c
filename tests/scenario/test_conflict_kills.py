"""SIGKILL while a decision about two versions is carried out: both contents stay, and it can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.scenario.killing import at_answer, strike
from tests.scenario.test_conflicts import CONFIG, conflict, in_home, project
from tests.scenario.test_kills import proxy

__all__ = ["project", "proxy"]

#: From the first look at the list to the last word about it, a decision takes some thirty answers.
ANSWERS = (7, 14, 21)


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_a_killed_decision_loses_neither_and_is_made_again(
    site: Site, proxy: FaultProxy, project: str, tmp_path: Path, keep: str
) -> None:
    folder, _, _ = conflict(site, tmp_path / "elsewhere", project)
    hits = 0
    for number in ANSWERS:
        hits += strike(site, at_answer(proxy, number), "conflicts", folder, CONFIG, "--keep", keep)
        everything = "".join(in_home(site).values())
        assert "# mine" in everything and "# theirs" in everything, f"killed at answer {number}"
    assert hits >= 2, "they ended before they could be killed"
    done = site.run("conflicts", folder, CONFIG, "--keep", keep)
    assert done.code in (0, 10), (done.code, done.err)
    assert site.run("save", folder).code in (0, 3)
    assert site.run("verify", folder).code == 0
    everything = "".join(in_home(site).values())
    assert "# mine" in everything and "# theirs" in everything
    assert ("# mine" in (folder / CONFIG).read_text()) != ("# theirs" in (folder / CONFIG).read_text())
