"""`verify` over a way that damages what it carries: what it says of the bucket is so."""

from __future__ import annotations

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, project_id, save, small_project

PROJECT = small_project(2)


@pytest.mark.parametrize("fault", [Fault.FLIP, Fault.RESET, Fault.STATUS])
def test_one_damaged_answer_says_nothing_of_the_bucket(site: Site, proxy: FaultProxy, fault: Fault) -> None:
    folder = bring(site, PROJECT)
    save(site, folder)
    for place in (folder, f"{site.home_uri}projects/{project_id(folder)}/"):
        rule = Rule(fault, path=f"*/{LABELS}", method="GET", times=1)
        proxy.rules.append(rule)
        proof = site.run("verify", place, "--json")
        assert (proof.code, proof.json["bad"], rule.used) == (0, [], 1), proof.err


def test_what_always_arrives_damaged_is_named(site: Site, proxy: FaultProxy) -> None:
    folder = bring(site, PROJECT)
    save(site, folder)
    proxy.rules.append(Rule(Fault.FLIP, path=f"*/{LABELS}", method="GET"))
    proof = site.run("verify", folder, "--json")
    assert (proof.code, [(row["path"], row["side"]) for row in proof.json["bad"]]) == (4, [(LABELS, "remote")])
