"""What is saved already is read while the lease is taken, and read again if that was not ours to rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, in_home, save, small_project

PROJECT = small_project(2)
LIST, LEASE = "*/.pose-launcher/state/*.json", "*/.pose-launcher/lease/*"


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    """Brought, and never saved: what another session may have saved is only in the bucket."""
    folder = bring(site, PROJECT)
    proxy.seen.clear()
    return folder


def test_it_is_read_once_where_nobody_held_the_lease_since(site: Site, folder: Path, proxy: FaultProxy) -> None:
    save(site, folder)
    assert proxy.count("GET", LIST) == 1
    assert in_home(site, folder)[LABELS] == PROJECT[LABELS]


def test_it_is_read_again_after_somebody_held_the_lease_in_between(site: Site, folder: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, LEASE, "PUT", 2, status=412, code="PreconditionFailed"))
    save(site, folder)
    assert proxy.count("GET", LIST) == 2
    assert proxy.count("PUT", LEASE) == 4  # refused quickly and patiently, taken, given back
    assert in_home(site, folder)[LABELS] == PROJECT[LABELS]


def test_no_file_goes_before_the_lease_is_held(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """However long the lease takes, what is read meanwhile writes nothing."""
    proxy.rules.append(Rule(Fault.DELAY, LEASE, "PUT", 1, seconds=1.0))
    save(site, folder)
    puts = [one.path for one in proxy.seen if one.method == "PUT"]
    first_file = next(number for number, path in enumerate(puts) if "/projects/" in path)
    first_lease = next(number for number, path in enumerate(puts) if "/lease/" in path)
    assert first_lease < first_file
