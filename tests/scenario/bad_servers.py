"""Servers that refuse, that are too weak, or that never answer; each is started when the first case needs it."""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
import socket
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site, s3_client

DATA, HOME = "shared-data", "shared-home"
OWNER = "owner"
#: Who may do what in the two buckets, in the server's own words.
RIGHTS = {
    OWNER: ["Admin", "Read", "Write", "List", "Tagging"],
    "stranger": [f"{right}:{HOME}" for right in ("Read", "Write", "List")],
    "lister": [f"List:{DATA}", *(f"{right}:{HOME}" for right in ("Read", "Write", "List"))],
    "getter": [f"Read:{DATA}", *(f"{right}:{HOME}" for right in ("Read", "Write", "List"))],
    "looker": [f"{right}:{bucket}" for right in ("Read", "List") for bucket in (DATA, HOME)],
}
SECRET = secrets.token_urlsafe(30)


class Servers:
    """The bad servers of one test run, and a site on each of them."""

    def __init__(self, folder: Path, good: SeaweedFS) -> None:
        self._folder = folder
        self._good = good
        self._open = contextlib.ExitStack()

    def close(self) -> None:
        """End every server that was started."""
        self._open.close()

    @functools.cached_property
    def good(self) -> Site:
        """A strong server where we may do everything."""
        return self._site("good", self._good.url, self._good.keys.access, self._good.keys.secret)

    @functools.cached_property
    def guarded(self) -> Site:
        """A strong server with people of different rights; `as_person` changes who we are."""
        folder = self._folder / "guarded-server"
        folder.mkdir()
        people = [
            {"name": name, "credentials": [{"accessKey": name, "secretKey": SECRET}], "actions": actions}
            for name, actions in RIGHTS.items()
        ]
        (folder / "accounts.json").write_text(json.dumps({"identities": people}))
        server = self._open.enter_context(SeaweedFS(folder))
        return self._site("guarded", server.url, OWNER, SECRET)

    @functools.cached_property
    def weak(self) -> Site:
        """A server that takes every key and every checksum, and knows archives."""
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        self._open.callback(server.stop)
        _, port = server.get_host_and_port()
        return self._site("weak", f"http://127.0.0.1:{port}", "anybody", "anything")

    @functools.cached_property
    def mute(self) -> str:
        """The address of a server that accepts connections and never says a word."""
        server = self._open.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    def _site(self, name: str, url: str, access: str, secret: str) -> Site:
        folder = self._folder / name
        folder.mkdir()
        s3: Any = s3_client(url, access, secret)
        self._open.callback(s3.close)
        for bucket in (DATA, HOME):
            s3.create_bucket(Bucket=bucket)
        return Site(folder, url, access, secret, DATA, HOME, s3)


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
