"""Every other service of the account, by moto, behind the same address as the control plane."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import urllib3

from installer.rehearsal.wire import Reply
from launcher import errors

#: Which service a request is signed for.
_SCOPE = re.compile(r"Credential=[^/]+/[0-9]+/[^/]+/([a-z0-9-]+)/aws4_request")
#: Belong to one connection and are made anew on the next.
_OF_THE_CONNECTION = frozenset({"connection", "transfer-encoding", "content-length", "host", "expect"})


def service_of(headers: Mapping[str, str]) -> str:
    """The service's signing name; empty for a request that nobody signed."""
    found = _SCOPE.search(headers.get("authorization", ""))
    return found[1] if found else ""


def forward(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """The other server's answer, as it is."""
    kept = {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}
    answer = urllib3.request(method, url + path, headers=kept, body=body, retries=False, redirect=False, timeout=60.0)
    back = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION}
    return Reply(answer.status, back, answer.data)


@contextmanager
def moto() -> Iterator[str]:
    """A server that knows S3, IAM, EC2, CloudFormation and the rest; it comes with the packages of the tests."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as exc:
        raise errors.BadUsage(
            title="A rehearsal needs the packages of the tests",
            hint="In the project's folder: `bash installer/bootstrap.sh admin rehearse` brings them.",
        ) from exc
    # It names each resource that it steps over, and each request; the rehearsal makes those resources itself.
    warnings.filterwarnings("ignore", message="Tried to parse")
    for name in ("werkzeug", "moto"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # What an earlier rehearsal of this process left behind.
        urllib3.request("POST", f"http://{host}:{port}/moto-api/reset", retries=False, timeout=60.0)
        yield f"http://{host}:{port}"
    finally:
        server.stop()
