"""One quick S3 look-alike for all storage tests, a bucket of its own for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.unit.storage.clients import Client, client_at


@pytest.fixture(scope="session")
def bench() -> Iterator[BenchServer]:
    with BenchServer() as server:
        yield server


@pytest.fixture
def bucket(bench: BenchServer) -> S3Uri:
    name = f"unit-{secrets.token_hex(6)}"
    bench.create_bucket(name)
    return S3Uri(name)


@pytest.fixture
def client(bench: BenchServer) -> Iterator[Client]:
    with client_at(bench.url) as made:
        yield made


@pytest.fixture
def proxy(bench: BenchServer) -> Iterator[FaultProxy]:
    with FaultProxy(bench.url) as between:
        yield between


@pytest.fixture
def faulty(proxy: FaultProxy) -> Iterator[Client]:
    """A client whose way leads through the proxy."""
    with client_at(proxy.url) as made:
        yield made
