"""What takes hours is left out of an everyday run, and asked for with `-m long`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Site


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms out of a run that chose no marker."""
    if config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture
def site(site: Site) -> Iterator[Site]:
    """The same site, its buckets gone afterwards: each bucket holds volumes of the server, and those run out."""
    yield site
    for bucket in (site.data_bucket, site.home_bucket):
        pages = site.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for key in [row["Key"] for page in pages for row in page.get("Contents", [])]:
            site.s3.delete_object(Bucket=bucket, Key=key)
        site.s3.delete_bucket(Bucket=bucket)
