"""A person's own credentials: the launcher takes them from the site's broker, and nothing else opens the storage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from launcher import errors
from launcher.config.site import S3Settings, load_site
from launcher.storage.credentials import Credentials, Keys, read_keys
from tests.conftest import Site
from tests.fakes.broker import FakeBroker


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as made:
        yield made


def settings(site: Site, broker: FakeBroker) -> S3Settings:
    site.write(extra=f'[broker]\nurl = "{broker.url}"\n')
    return load_site(site.file).site.s3


GIVEN = {"access_key_id": "ASIAEXAMPLE", "secret_access_key": "very-secret", "session_token": "a-token"}


def test_they_come_from_the_broker_also_in_the_process_that_lists(site: Site, broker: FakeBroker) -> None:
    broker.answer = {"schema": 1, "credentials": GIVEN}
    assert read_keys(settings(site, broker)) == Keys("ASIAEXAMPLE", "very-secret", "a-token")
    said = site.run("projects", site.data_uri, "--json")
    assert said.code == 5, "the server does not know those keys, and no others were tried"
    assert "very-secret" not in said.out + said.err
    asked = len(broker.asked)
    assert asked >= 2


def test_a_broker_that_tells_the_end_alone_leaves_the_profile(site: Site, broker: FakeBroker) -> None:
    broker.answer = {"schema": 1, "ends": None}
    assert read_keys(settings(site, broker)).access == site.access_key
    broker.status = 409
    assert read_keys(settings(site, broker)).access == site.access_key, "several people share this computer"


IN_A_STREAM = {
    "AppStream_UserName": "ann@x.org",
    "AppStream_User_Access_Mode": "userpool",
    "AppStream_Stack_Name": "pose",
}


def test_the_doctor_says_whether_people_are_apart(site: Site, broker: FakeBroker) -> None:
    def credentials() -> str:
        checks = site.run("doctor", "--json", environ=IN_A_STREAM).json["checks"]
        return str(next(row["message"] for row in checks if row["name"] == "credentials"))

    assert "apart by convention only" in credentials()
    broker.answer = {"schema": 1, "ends": None}
    settings(site, broker)
    assert f"the broker at {broker.url} answers" in credentials()


@pytest.mark.parametrize(
    "given",
    [
        {**GIVEN, "session_token": ""},
        {**GIVEN, "secret_access_key": None},
        {**GIVEN, "access_key_id": "a\r\nX-Header: b"},
        {"access_key_id": "x"},
        "text",
        [],
    ],
    ids=["no-token", "no-secret", "header", "missing", "text", "list"],
)
def test_keys_that_are_not_whole_are_refused(site: Site, broker: FakeBroker, given: object) -> None:
    broker.answer = {"schema": 1, "credentials": given}
    with pytest.raises(errors.Refused) as said:
        read_keys(settings(site, broker))
    assert "very-secret" not in str(said.value) + said.value.detail


def test_a_stranger_gets_nothing(site: Site, broker: FakeBroker) -> None:
    broker.status = 403
    with pytest.raises(errors.Refused, match="no session at this computer"):
        read_keys(settings(site, broker))


def test_while_the_broker_is_away_the_keys_in_use_go_on(site: Site, broker: FakeBroker) -> None:
    broker.answer = {"schema": 1, "credentials": GIVEN}
    found = settings(site, broker)
    now = [0.0]
    credentials = Credentials(lambda: read_keys(found), lambda: now[0])
    first = credentials.current()
    broker.status = 503
    now[0] += 10_000
    assert credentials.current() == first
    assert len(broker.asked) > 2, "asked again, with pauses"
