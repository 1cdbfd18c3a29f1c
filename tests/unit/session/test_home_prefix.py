"""The person's home prefix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launcher.errors import BadUsage
from launcher.session.facts import SessionFacts, home_uri, user_hash

ANN = SessionFacts("ann@x.org", user_hash("ann@x.org"), "saml", source="environment")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("s3://home/{access_mode}/{user_hash}/", f"s3://home/saml/{ANN.user_hash}/"),
        ("s3://home/{user}/", "s3://home/ann@x.org/"),
        ("s3://home/lab-{user}-x/", "s3://home/lab-ann@x.org-x/"),
        ("s3://home/fixed/", "s3://home/fixed/"),
    ],
)
def test_the_home_prefix_names_the_person(template: str, expected: str) -> None:
    assert home_uri(template, ANN) == expected


@pytest.mark.parametrize(
    "user", ["a/b", "..", ".", ".pose-launcher", "DOMAIN\\ann", "a b", "a*", "ünal", "a{user_hash}", "x" * 129]
)
def test_a_name_that_is_not_safe_in_a_key_is_refused_in_words(user: str) -> None:
    facts = replace(ANN, user=user)
    with pytest.raises(BadUsage) as caught:
        home_uri("s3://home/{user}/", facts)
    assert "cannot be part of an address" in str(caught.value) and "{user_hash}" in str(caught.value)
    assert home_uri("s3://home/{user_hash}/", facts).startswith("s3://home/")


@pytest.mark.parametrize("template", ["s3://home/{user}/", "s3://home/{access_mode}/{user_hash}/"])
def test_without_a_known_person_there_is_no_home(template: str) -> None:
    unknown = SessionFacts("", "", "", stack="pose", source="environment")
    with pytest.raises(BadUsage, match="not known whose home"):
        home_uri(template, unknown)
