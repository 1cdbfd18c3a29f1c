"""Rights, judged by an engine of others: what the site file leads to, through the broker and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from installer.rights.policies import (
    HOME_TAG,
    Policy,
    broker_policy,
    bucket_policy,
    deadline_policy,
    fleet_policy,
    home_form,
    home_root,
    person_policy,
)
from launcher.config.site import Site, load_site
from tests.rights.cases import ACCOUNT, ALLOWED, ANN, BROKER, CONVENTION_ONLY, DENIED, FLEET, HOMES, PERSON, Case
from tests.rights.engine import judge

BEFORE, ENDS, AFTER = "2026-11-28T19:00:00Z", "2026-11-28T20:00:00Z", "2026-11-28T20:00:01Z"
SITE = """schema = 1
[s3]
region = "us-west-2"
[home]
uri = "s3://lab-pose-home/{access_mode}/{user_hash}/"
[[bucket]]
name = "Open field"
uri = "s3://lab-data/openfield/"
[[bucket]]
name = "Shared models"
uri = "s3://lab-models/"
access = "writable"
"""


def site_of(folder: Path, *, broker: bool) -> Site:
    file = folder / "site.toml"
    file.write_text(SITE + ('[broker]\nurl = "https://broker.example.org/session"\n' if broker else ""))
    return load_site(file).site


def simulation(
    case: Case, policy: Policy, *, now: str = BEFORE, resource_policy: Policy | None = None
) -> dict[str, Any]:
    """One question to the engine."""
    person = case.who == PERSON
    tags = {f"aws:PrincipalTag/{HOME_TAG}": ANN} if person else {}
    made: dict[str, Any] = {
        "request": {
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/{case.who}/pose-1",
            "action": case.action,
            "resource": {"resource": case.resource, "accountId": ACCOUNT},
            "contextVariables": {"aws:CurrentTime": now, "aws:SecureTransport": "true", **tags, **case.context},
        },
        "identityPolicies": [{"name": case.who, "policy": policy}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if person:
        made["sessionPolicy"] = deadline_policy(ENDS)
    if resource_policy:
        made["resourcePolicy"] = resource_policy
    return made


def results(simulations: list[dict[str, Any]]) -> list[str]:
    """The verdicts; a question that the engine does not understand would be a wrong test."""
    verdicts = judge(simulations)
    assert [
        (one, asked["request"]) for one, asked in zip(verdicts, simulations, strict=True) if one["type"] == "error"
    ] == []
    return [str(one["result"]) for one in verdicts]


@pytest.fixture
def with_broker(tmp_path: Path) -> dict[str, Policy]:
    site = site_of(tmp_path, broker=True)
    return {
        PERSON: person_policy(site),
        FLEET: fleet_policy(site),
        BROKER: broker_policy(f"arn:aws:iam::{ACCOUNT}:role/person"),
    }


def test_there_are_enough_of_them_and_each_has_a_name() -> None:
    assert len(DENIED) >= 40
    assert len({case.name for case in [*ALLOWED, *DENIED]}) == len(ALLOWED) + len(DENIED)
    assert {case.name for case in DENIED} >= CONVENTION_ONLY


def test_what_must_be_allowed_is(with_broker: dict[str, Policy]) -> None:
    found = results([simulation(case, with_broker[case.who]) for case in ALLOWED])
    assert [case.name for case, result in zip(ALLOWED, found, strict=True) if result != "Allowed"] == []


def test_every_abuse_is_denied(with_broker: dict[str, Policy]) -> None:
    found = results([simulation(case, with_broker[case.who]) for case in DENIED])
    assert [case.name for case, result in zip(DENIED, found, strict=True) if result == "Allowed"] == []


def test_nothing_is_allowed_once_the_session_has_ended(with_broker: dict[str, Policy]) -> None:
    cases = [case for case in ALLOWED if case.who == PERSON]
    assert set(results([simulation(case, with_broker[PERSON], now=AFTER) for case in cases])) <= {"ImplicitlyDenied"}


def test_without_a_tag_nobody_has_a_home(with_broker: dict[str, Policy]) -> None:
    cases = [case for case in ALLOWED if case.who == PERSON and HOMES in case.resource and "versioned" not in case.name]
    asked = [simulation(case, with_broker[PERSON]) for case in cases]
    for one in asked:
        del one["request"]["contextVariables"][f"aws:PrincipalTag/{HOME_TAG}"]
    assert len(cases) >= 8
    assert "Allowed" not in results(asked)


def test_without_a_broker_people_are_apart_by_convention_only(tmp_path: Path) -> None:
    """And by nothing else: the rest of the abuses is denied all the same."""
    policy = fleet_policy(site_of(tmp_path, broker=False))
    cases = [Case(case.name, case.action, case.resource, case.context, FLEET) for case in DENIED if case.who == PERSON]
    found = dict(zip([case.name for case in cases], results([simulation(case, policy) for case in cases]), strict=True))
    assert {name for name, result in found.items() if result == "Allowed"} == CONVENTION_ONLY


@pytest.mark.parametrize("who", [PERSON, FLEET])
def test_a_wrong_policy_elsewhere_in_the_account_does_not_reach_the_past(who: str) -> None:
    """The bucket's own policy denies it, whatever somebody attached to the role."""
    roles = [f"arn:aws:iam::{ACCOUNT}:role/{PERSON}", f"arn:aws:iam::{ACCOUNT}:role/{FLEET}"]
    everything: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    guarded = bucket_policy([f"arn:aws:s3:::{HOMES}", f"arn:aws:s3:::{HOMES}/*"], roles)
    names = (
        "delete an own version",
        "change the bucket's policy",
        "switch versioning off",
        "open an own object to the world",
    )
    cases = [Case(case.name, case.action, case.resource, case.context, who) for case in DENIED if case.name in names]
    assert set(results([simulation(case, everything, resource_policy=guarded) for case in cases])) == {
        "ExplicitlyDenied"
    }
    plain = simulation(
        Case("read", "s3:GetObject", f"arn:aws:s3:::{HOMES}/x", who=who), everything, resource_policy=guarded
    )
    plain["request"]["contextVariables"]["aws:SecureTransport"] = "false"
    assert results([plain]) == ["ExplicitlyDenied"]


@pytest.mark.parametrize("home", ["{user_hash}", "x{user}", "people/{access_mode}-{user_hash}", "a/b/{user}/pose"])
def test_the_part_of_the_home_that_all_share(tmp_path: Path, home: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f'schema = 1\n[home]\nuri = "s3://lab-pose-home/{home}/"\n')
    site = load_site(file).site
    assert str(home_root(site)) + home_form(site) == site.home.uri
    assert "{" not in str(home_root(site))


def test_a_star_in_a_prefix_means_a_star(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(
        'schema = 1\n[home]\nuri = "s3://homes/{user}/"\n[[bucket]]\nname = "x"\nuri = "s3://lab-data/a*b/"\n'
    )
    policy = fleet_policy(load_site(file).site)
    inside = Case("inside", "s3:GetObject", "arn:aws:s3:::lab-data/a*b/x", who=FLEET)
    beside = Case("beside", "s3:GetObject", "arn:aws:s3:::lab-data/axxb/x", who=FLEET)
    listed = Case("listed", "s3:ListBucket", "arn:aws:s3:::lab-data", {"s3:prefix": "axxb/"}, FLEET)
    assert results([simulation(case, policy) for case in (inside, beside, listed)]) == [
        "Allowed",
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ]


def test_policies_fit_where_they_have_to(tmp_path: Path) -> None:
    """An inline policy of a role may have 10,240 characters without blanks."""
    file = tmp_path / "site.toml"
    rows = "".join(f'[[bucket]]\nname = "{n}"\nuri = "s3://lab-data-{n}/recordings/"\n' for n in range(30))
    file.write_text(f'schema = 1\n[home]\nuri = "s3://homes/{{user_hash}}/"\n{rows}')
    policy = json.dumps(person_policy(load_site(file).site), separators=(",", ":"))
    assert len(policy) < 10_240
