"""What scenarios share beside the site: a proxy that can fail between the program and its server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy


@pytest.fixture
def proxy(site: Site, cloud: SeaweedFS) -> Iterator[FaultProxy]:
    """On the program's way to the server from now on; the tests themselves ask the server directly."""
    with FaultProxy(cloud.url) as running:
        site.write(endpoint=running.url)
        yield running
