"""The embedded cloud: a real S3 server on loopback, as one child of ours that ends with us."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from launcher import errors

#: Every port is given: the defaults collide when two servers run, and each service also takes its port + 10000.
_SERVICES = ("s3", "master", "volume", "filer")
_READY_S = 60.0
#: Its volumes and its index are closed within a second; what it then waits for is other members of a cluster.
_STOP_S = 2.0
#: Below the ports that systems hand out to clients, the companions 10,000 above included.
_LOWEST, _HIGHEST = 10000, 22000
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class RootKeys:
    """The only account of the embedded server."""

    access: str
    secret: str


class SeaweedFS:
    """A SeaweedFS server over a folder; data stays there, so that the next one goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.keys = RootKeys("", "")

    @property
    def pid(self) -> int:
        """The process that serves; 0 when there is none."""
        return self._child.pid if self._child else 0

    @property
    def is_running(self) -> bool:
        """Is it there? False also when somebody else ended it."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start, and return when it answers. When it dies, as of a port taken meanwhile, it is tried again."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keys = self._account()
        for _ in range(_ATTEMPTS):
            ports = free_ports(len(_SERVICES))
            self.url = f"http://127.0.0.1:{ports[0]}"
            self._launch(_arguments(data, self.folder / "accounts.json", ports))
            if self._is_ready(ports[0]):
                return
            self.stop()
        tail = (self.folder / "server.log").read_bytes()[-2000:].decode(errors="replace")
        raise errors.Unreachable(
            title="The embedded storage server did not start",
            hint=f"Nothing was lost. Its log is {self.folder / 'server.log'}.",
            detail=tail,
        )

    def _launch(self, arguments: list[str]) -> None:
        with (self.folder / "server.log").open("wb") as log:
            self._child = subprocess.Popen(
                [_program(), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"HOME": str(self.folder), "TMPDIR": str(self.folder), "PATH": os.defpath, **_windows_root()},
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    def _is_ready(self, port: int) -> bool:
        """Wait until it answers; False when it died, or took too long."""
        until, pause = time.monotonic() + _READY_S, threading.Event()
        while self._child is not None and self._child.poll() is None and time.monotonic() < until:
            if _answers(port):
                return True
            pause.wait(0.05)
        return False

    def stop(self) -> None:
        """End the child, and wait until it is gone."""
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def __enter__(self) -> SeaweedFS:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _account(self) -> RootKeys:
        """The keys are made once per data folder and kept user-only."""
        file = self.folder / "accounts.json"
        if file.is_file():
            stored = json.loads(file.read_text())["identities"][0]["credentials"][0]
            return RootKeys(stored["accessKey"], stored["secretKey"])
        keys = RootKeys(f"DEMO{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
        identity = {
            "name": "demo",
            "credentials": [{"accessKey": keys.access, "secretKey": keys.secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"identities": [identity]}))
        draft.replace(file)
        return keys


def _program() -> str:
    """The server of the wheel that this Python has, or one on the path."""
    name = "weed.exe" if os.name == "nt" else "weed"
    own = Path(sysconfig.get_path("scripts"), name)
    program = str(own) if own.is_file() else shutil.which(name)
    if program is None:
        raise errors.LocalDisk(
            name, title="The embedded storage server is not installed", hint="Run the set-up command again."
        )
    return program


def _arguments(data: Path, accounts: Path, ports: list[int]) -> list[str]:
    named = dict(zip(_SERVICES, ports, strict=True))
    return [
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        "-s3.ip.bind=127.0.0.1",
        f"-s3.config={accounts}",
        *(f"-{name}.port={port}" for name, port in named.items()),
        *(f"-{name}.port.grpc={port + 10000}" for name, port in named.items()),
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-volume.max=0",
        "-volume.preStopSeconds=0",  # nobody else needs to hear that we stop
        "-master.volumeSizeLimitMB=128",  # every bucket takes seven volumes, and the default of 30 GB fills a disk soon
        "-master.telemetry=false",
    ]


def free_ports(count: int) -> list[int]:
    """Ports that are free now, and whose companions 10,000 above are free too."""
    found: list[int] = []
    for _ in range(1000):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if port not in found and _is_free(port) and _is_free(port + 10000):
            found.append(port)
        if len(found) == count:
            return found
    raise errors.LocalDisk(title="There are no free ports on this computer", hint="Close other servers and try again.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    """Does S3 answer a request? An open port alone is not enough: the filer behind it comes up later."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status in (200, 403)
    except OSError:
        return False
    finally:
        connection.close()


def _end_with_parent() -> None:
    """On Linux the kernel ends the child when we are killed; elsewhere an orderly stop has to do."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _windows_root() -> dict[str, str]:
    return {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {}
