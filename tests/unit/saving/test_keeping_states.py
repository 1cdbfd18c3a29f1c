"""A saved state is a copy that the server makes of the list that it has just confirmed, or else goes up itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from launcher.config.site import S3Settings
from launcher.projects.states import Confirmed, States
from launcher.storage.checksums import digest_of
from launcher.storage.long_text import LongText
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.scripted import Asked, Reply, Scripted, error, scripted

AT, TEXT, LATER = "2026-01-31T14:05:01.250Z", b'{"saved_at":"now"}', b'{"saved_at":"later"}'
BY_CLICK, BY_SAVER = "2026-01-31T14-05-01.250.json", "2026-01-31T14-05.json"
WHOLE = len(TEXT)


@contextmanager
def store_at(endpoint: str, folder: Path) -> Iterator[Store]:
    keys = folder / "credentials"
    if not keys.exists():
        keys.write_text("[test]\naws_access_key_id = AKIDTEST\naws_secret_access_key = not-a-secret\n")
    with Store(S3Settings(endpoint_url=endpoint, profile="test", credentials_file=str(keys))) as store:
        yield store


def confirmed(store: Store, home: S3Uri, text: bytes = TEXT) -> Confirmed:
    """Put a list as a save does, and say what the server said of it."""
    where, content = home.child(".pose-launcher/state/p.json"), digest_of(text)
    head = store.objects.head(where)
    stored = store.uploader.put(where, text, content, replaces=head.etag if head else None)
    return Confirmed(AT, where, stored.etag, long(text), content)


def long(data: bytes) -> LongText:
    """As a save has it."""
    text = LongText()
    text.write(data)
    return text


@dataclass
class Place:
    """A home prefix on a real server, reached through the proxy."""

    site: Site
    store: Store
    proxy: FaultProxy

    def __post_init__(self) -> None:
        self.home = S3Uri.parse(self.site.home_uri)
        self.states = States(self.store, self.home, "p")

    def kept(self) -> dict[str, bytes]:
        """Every state by its name."""
        found = self.site.objects(self.site.home_bucket, "person/.pose-launcher/history/p/states/")
        return {key.rpartition("/")[2]: data for key, data in found.items()}

    def puts(self) -> int:
        return self.proxy.count("PUT", "*/states/*")


@pytest.fixture
def place(site: Site) -> Iterator[Place]:
    with FaultProxy(site.endpoint) as proxy, store_at(proxy.url, site.folder) as store:
        yield Place(site, store, proxy)


def test_one_request_keeps_what_a_person_asked_for_and_what_the_saver_saved(place: Place) -> None:
    place.states.keep(confirmed(place.store, place.home), asked_for=True)
    place.states.keep(confirmed(place.store, place.home, LATER), asked_for=False)
    assert place.kept() == {BY_CLICK: TEXT, BY_SAVER: LATER}
    assert place.puts() == 2


def test_the_saver_keeps_the_last_one_of_a_minute(place: Place) -> None:
    place.states.keep(confirmed(place.store, place.home), asked_for=False)
    place.states.keep(confirmed(place.store, place.home, LATER), asked_for=False)
    assert place.kept() == {BY_SAVER: LATER}


def test_a_lost_answer_is_asked_for_again(place: Place) -> None:
    place.proxy.rules.append(Rule(Fault.LOST_ANSWER, path="*/states/*", method="PUT", times=1))
    place.states.keep(confirmed(place.store, place.home), asked_for=True)
    assert place.kept() == {BY_CLICK: TEXT}


def test_when_another_session_has_replaced_the_list_it_is_still_ours_that_is_kept(place: Place) -> None:
    ours = confirmed(place.store, place.home)
    confirmed(place.store, place.home, LATER)
    place.states.keep(ours, asked_for=True)
    assert place.kept() == {BY_CLICK: TEXT}


def test_where_the_list_was_replaced_after_an_answer_was_lost_ours_is_kept_once(place: Place) -> None:
    """The copy is there; asked for again, the server says that the list is another one by now."""
    place.proxy.rules.append(Rule(Fault.LOST_ANSWER, path="*/states/*", method="PUT", times=1))
    place.proxy.rules.append(Rule(Fault.REFUSED, "*/states/*", "PUT", 1, status=412, code="PreconditionFailed"))
    place.states.keep(confirmed(place.store, place.home), asked_for=True)
    assert place.kept() == {BY_CLICK: TEXT}


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (501, "NotImplemented"), (404, "NoSuchKey")])
def test_who_may_not_copy_sends_it(place: Place, status: int, code: str) -> None:
    place.proxy.rules.append(Rule(Fault.REFUSED, "*/states/*", "PUT", 2, status=status, code=code))
    place.states.keep(confirmed(place.store, place.home), asked_for=True)
    assert place.kept() == {BY_CLICK: TEXT}


@dataclass
class WithoutProof:
    """A server that says of a copy what `copied` says, and of an object its size and, if at all, `told`."""

    copied: Reply
    told: str = ""
    stored: bytes | None = None
    sent: list[bytes] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "HEAD":
            checksum = {"x-amz-checksum-crc64nvme": self.told, "x-amz-checksum-type": "FULL_OBJECT"}
            return Reply(200, headers=checksum if self.told else {}, promised=WHOLE) if self.stored else Reply(404)
        if "x-amz-copy-source" in asked.headers:
            self.stored = TEXT if self.copied.status == 200 else None
            return self.copied
        self.stored = asked.body
        self.sent.append(asked.body)
        return Reply(200, headers={"ETag": '"sent"'})


COPIED = Reply(200, b"<CopyObjectResult><ETag>&quot;a&quot;</ETag></CopyObjectResult>")


def kept_by(server: WithoutProof, folder: Path) -> Scripted:
    with scripted(server.answer) as running, store_at(running.url, folder) as store:
        where, home = S3Uri("lab-home", "ann/list"), S3Uri("lab-home", "ann/")
        States(store, home, "p").keep(Confirmed(AT, where, '"a"', long(TEXT), digest_of(TEXT)), asked_for=True)
    return running


def test_a_copy_of_which_nobody_tells_the_checksum_is_not_believed(tmp_path: Path) -> None:
    server = WithoutProof(COPIED)
    kept_by(server, tmp_path)
    assert server.sent == [TEXT]


def test_a_copy_of_which_a_look_tells_the_checksum_is_believed(tmp_path: Path) -> None:
    server = WithoutProof(COPIED, told=digest_of(TEXT).crc64nvme)
    running = kept_by(server, tmp_path)
    assert server.sent == [] and [asked.method for asked in running.asked] == ["PUT", "HEAD"]


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, error(200, "InternalError").body),
        Reply(200, b"<CopyObjectResult><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></CopyObjectResult>"),
    ],
)
def test_a_copy_with_another_checksum_is_replaced_by_what_we_have(answer: Reply, tmp_path: Path) -> None:
    server = WithoutProof(answer, told="AAAAAAAAAAA=")
    kept_by(server, tmp_path)
    assert server.sent == [TEXT]
