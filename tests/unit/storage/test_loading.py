"""The AWS libraries, first needed by several threads at the same time, as a self-check's are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FIRST_NEEDED = """
import sys, threading
from launcher.config.site import S3Settings
from launcher.storage.connections import Connections, timeout
from launcher.storage.credentials import read_keys
from launcher.storage.store import Store

settings = S3Settings(profile="site", credentials_file=sys.argv[1], endpoint_url="http://127.0.0.1:9")
needs = [
    lambda: Connections("", 1.0).to("http", "127.0.0.1:9"),
    lambda: timeout(1, 1),
    lambda: read_keys(settings),
    lambda: Store(settings).boto(),
]
together, failed = threading.Barrier(len(needs)), []

def need(one):
    together.wait()
    try:
        one()
    except BaseException as exc:
        failed.append(repr(exc))

threads = [threading.Thread(target=need, args=(one,)) for one in needs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("; ".join(failed) or 0)
"""


@pytest.mark.parametrize("attempt", range(3))
def test_none_of_them_is_given_a_half(tmp_path: Path, attempt: int) -> None:
    """By chance: without the lock seven of ten such processes failed."""
    (tmp_path / "credentials").write_text("[site]\naws_access_key_id = a\naws_secret_access_key = b\n")
    command = [sys.executable, "-c", FIRST_NEEDED, str(tmp_path / "credentials")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
