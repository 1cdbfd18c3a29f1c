"""Addresses in S3, as a person types them."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.storage.uri import S3Uri


@pytest.mark.parametrize(
    "text",
    ["s3://lab-data/", "s3://lab-data/a b/ü/100%25.slp", "s3://lab-data/a//b/../c", "s3://a1.b-2/x?y#z"],
)
def test_an_address_comes_back_as_it_was_typed(text: str) -> None:
    assert str(S3Uri.parse(text)) == text


def test_a_bucket_alone_is_a_prefix() -> None:
    assert S3Uri.parse("s3://lab-data") == S3Uri("lab-data", "")
    assert str(S3Uri.parse("s3://lab-data")) == "s3://lab-data/"


@pytest.mark.parametrize(
    "text", ["", "lab-data/x", "http://lab-data/x", "S3://lab-data/", "s3:/lab-data", "s3://", "s3:///x", "s3://Lab/x",
             "s3://ab/", "s3://-ab/", "s3://lab_data/", "s3://a\n/x", f"s3://{'a' * 64}/",
             "s3://lab-data/caf\udce9/"]
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(errors.BadUsage, match=r"s3://bucket/folder/") as told:
        S3Uri.parse(text)
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "is_prefix", "name", "parent"),
    [
        ("s3://lab-data/", True, "lab-data", "s3://lab-data/"),
        ("s3://lab-data/a/", True, "a", "s3://lab-data/"),
        ("s3://lab-data/a/b.slp", False, "b.slp", "s3://lab-data/a/"),
        ("s3://lab-data/a", False, "a", "s3://lab-data/"),
    ],
)
def test_parts_of_an_address(text: str, is_prefix: bool, name: str, parent: str) -> None:
    uri = S3Uri.parse(text)
    assert (uri.is_prefix, uri.name, str(uri.parent)) == (is_prefix, name, parent)


def test_a_place_holds_what_lies_below_it() -> None:
    place = S3Uri.parse("s3://lab-data/a/")
    assert place.holds(place.child("b/c.slp"))
    assert place.holds(place)
    assert not place.holds(S3Uri.parse("s3://lab-data/ab/c.slp"))
    assert not place.holds(S3Uri.parse("s3://other-lab/a/c.slp"))


def test_the_same_place_is_spelt_as_a_prefix_once() -> None:
    place = S3Uri.parse("s3://lab-data/a")
    assert str(place.as_prefix()) == "s3://lab-data/a/" == str(place.as_prefix().as_prefix())
