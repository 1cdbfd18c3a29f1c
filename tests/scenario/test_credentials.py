"""Keys that rotate, expire in mid-transfer or come late: one more try for each item at most, and nothing is lost."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site, s3_client
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import home_objects, open_uploads
from tests.scenario.projects import LARGE_MODEL, VIDEO, reaching
from tests.scenario.watching import LABELS, in_home, one_of_home, project_id, until, watching

KEYS = [f"KEY{number:02}" for number in range(12)]
SECRET = "as-secret-as-a-test-can-be"
PROJECT = reaching(1, large_model=True)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A server that knows one person by many keys."""
    folder = tmp_path_factory.mktemp("keyring")
    credentials = [{"accessKey": key, "secretKey": SECRET} for key in KEYS]
    person = {"name": "ann", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "accounts.json").write_text(json.dumps({"identities": [person]}))
    with SeaweedFS(folder) as server:
        yield server


@pytest.fixture
def proxy(keyring: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(keyring.url) as running:
        yield running


@pytest.fixture
def site(keyring: SeaweedFS, proxy: FaultProxy, tmp_path: Path) -> Iterator[Site]:
    s3 = s3_client(keyring.url, KEYS[0], SECRET)
    made = Site(tmp_path, proxy.url, KEYS[0], SECRET, "data-keys", "home-keys", s3)
    for bucket in (made.data_bucket, made.home_bucket):
        s3.create_bucket(Bucket=bucket)
    made.write()
    yield made
    made.remove_buckets()
    s3.close()


@pytest.fixture
def folder(site: Site) -> Path:
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    folder = site.folder / "reaching"
    assert site.run("stage", f"{site.data_uri}reaching/", folder).code == 0
    return folder


class Rotation:
    """Key after key: the old one expires, and the profile has the new one, at once or a little later."""

    def __init__(self, site: Site, proxy: FaultProxy) -> None:
        self._site, self._proxy, self._at = site, proxy, 0

    def turn(self, late_s: float = 0.0) -> None:
        if not late_s:
            self._write()
        self._proxy.rules.insert(0, Rule(Fault.EXPIRED, signed_with=KEYS[self._at]))
        if late_s:
            threading.Event().wait(late_s)
            self._write()
        self._at += 1

    def _write(self) -> None:
        self._site.write(access_key=KEYS[self._at + 1])


def expired(proxy: FaultProxy) -> Counter[tuple[str, str]]:
    """How often a request of each item was refused for its keys; the look at the server's strength is many requests."""
    items = [(one.method, unquote(one.path)) for one in proxy.seen if one.fault is Fault.EXPIRED]
    return Counter(item for item in items if "/Probe " not in item[1])


@pytest.mark.parametrize(("answers", "late_s"), [(5, 0.0), (60, 0.0), (60, 0.7)])
def test_keys_that_expire_in_mid_save_cost_one_more_try_for_each_item(
    site: Site, folder: Path, proxy: FaultProxy, answers: int, late_s: float
) -> None:
    rotation, before = Rotation(site, proxy), len(proxy.seen)
    proxy.rules.append(Rule(Fault.DELAY, path="*partNumber=[2-5]*", method="PUT", seconds=0.5))
    saving = site.start("save", folder)
    try:
        assert proxy.wait_until_seen(before + answers, 60)
        rotation.turn(late_s)
        assert saving.wait(100) == 0
    finally:
        saving.kill()
        saving.wait()
    assert expired(proxy), "some request was signed with the old keys"
    assert max(expired(proxy).values()) == 1
    home = home_objects(site, project_id(folder))
    assert set(home) == set(PROJECT) - {VIDEO}
    assert home[LARGE_MODEL] == PROJECT[LARGE_MODEL]
    assert open_uploads(site) == []


def test_while_keys_are_late_work_waits_and_then_goes(site: Site, folder: Path, proxy: FaultProxy) -> None:
    """An hour is two seconds here, and each time the new keys come a second late."""
    rotation = Rotation(site, proxy)
    assert site.run("save", folder).code == 0
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), 20)
        for hour in range(6):
            data = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,%d,2.5\n" % hour
            (folder / LABELS).write_bytes(data)
            rotation.turn(late_s=1.0)
            threading.Event().wait(1.0)
        until(lambda: one_of_home(site, folder, LABELS) == data, 45)
    assert not [path for path in in_home(site, folder) if "conflict" in path]


def test_without_new_keys_nothing_is_lost_and_the_reason_is_said(site: Site, folder: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.EXPIRED, signed_with=KEYS[0]))
    saved = site.run("save", folder, "--json")
    assert saved.code == 5
    assert "credentials have expired" in saved.err
    assert not site.run("status", folder, "--json").json["projects"][0]["all_saved"]
    site.write(access_key=KEYS[1])
    assert site.run("save", folder).code == 0


def test_keys_that_a_server_no_longer_knows_are_looked_up_again_while_the_saver_runs(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    """As when an admin replaces a person's keys: the answer does not say that they have expired."""
    assert site.run("save", folder).code == 0
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), 20)
        proxy.rules.append(Rule(Fault.REFUSED, signed_with=KEYS[0], status=403, code="InvalidAccessKeyId"))
        data = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
        (folder / LABELS).write_bytes(data)
        until(lambda: proxy.rules[0].used > 0, 45)
        site.write(access_key=KEYS[1])
        until(lambda: one_of_home(site, folder, LABELS) == data, 90)
