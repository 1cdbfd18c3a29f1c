"""Does the server keep its word? A strong one, and one that breaks each promise."""

from __future__ import annotations

import threading
import unicodedata
from xml.sax.saxutils import escape

import pytest

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.probe import weaknesses
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

HOME = S3Uri("lab-home", "person/")
CHECKSUM = "x-amz-checksum-crc64nvme"


class OneObject:
    """A server with room for one object, that forgets one of the things that S3 promises."""

    def __init__(self, forgets: str) -> None:
        self._forgets = forgets
        self._key, self._body = "", b""

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return self._list()
        key = asked.path.partition("/")[2]
        if asked.method == "HEAD":
            return Reply(200, self._body, self._headers()) if key == self._key else Reply(404)
        return self._put(key, asked)

    def _put(self, key: str, asked: Asked) -> Reply:
        if self._forgets == "all of it":
            return error(501, "NotImplemented")
        if self._forgets != "checksum" and asked.headers[CHECKSUM] != digest_of(asked.body).crc64nvme:
            return error(400, "BadDigest")
        if self._forgets != "if-none-match" and "if-none-match" in asked.headers and self._key:
            return error(412, "PreconditionFailed")
        wanted = asked.headers.get("if-match")
        if self._forgets == "replacing" and wanted:
            return error(412, "PreconditionFailed")
        if self._forgets != "if-match" and wanted and wanted != self._headers().get("ETag"):
            return error(412, "PreconditionFailed")
        self._key, self._body = key, asked.body
        return Reply(200, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        digest = digest_of(self._body)
        headers = {"ETag": f'"{digest.sha256[:32]}"', CHECKSUM: digest.crc64nvme}
        if self._forgets == "keeping":
            del headers[CHECKSUM]
        return headers

    def _list(self) -> Reply:
        key = unicodedata.normalize("NFD", self._key) if self._forgets == "names" else self._key
        row = f"<Contents><Key>{escape(key)}</Key><Size>{len(self._body)}</Size></Contents>"
        return Reply(200, f"<ListBucketResult>{row}</ListBucketResult>".encode())


def test_a_strong_server_is_found_strong_again_and_again(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    home = bucket.child("person/")
    assert weaknesses(client.http, home) == []
    assert weaknesses(client.http, home) == []
    assert len(bench.keys(bucket.bucket)) == 1, "one small object, however often it is asked"


@pytest.mark.parametrize(
    ("forgets", "words"),
    [
        ("nothing", []),
        ("checksum", ["it stores content whose checksum is wrong"]),
        ("keeping", ["it keeps no checksum of whole objects"]),
        ("if-none-match", ["it overwrites what is there although it was told not to"]),
        ("if-match", ["it replaces a version that we have not seen"]),
        ("names", ["it changes the names of objects"]),
        ("all of it", ["it does not know conditional writes, or checksums"]),
    ],
)
def test_each_broken_promise_is_found_and_named(forgets: str, words: list[str]) -> None:
    with scripted(OneObject(forgets)) as server, client_at(server.url) as client:
        assert weaknesses(client.http, HOME) == words
        assert weaknesses(client.http, HOME) == words, "the object of an earlier probe changes nothing"


def test_a_server_that_replaces_nothing_is_not_taken_for_another_session() -> None:
    """As SeaweedFS does with what was written before its bucket's versioning was suspended."""
    with scripted(OneObject("replacing")) as server, client_at(server.url) as client:
        assert weaknesses(client.http, HOME) == [], "the first object is new"
        assert weaknesses(client.http, HOME) == ["it does not replace even the version that it has just named"]


class SharedObject(OneObject):
    """Kept as S3 keeps it; another session puts its own there just before it is looked at, or just afterwards."""

    def __init__(self, moment: str, times: int = 3) -> None:
        super().__init__("nothing")
        self._moment, self._times = moment, times
        self._turn = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        with self._turn:
            is_seen = asked.method == "HEAD" and self._body and self._times > 0
            if is_seen and self._moment == "before":
                self._put_another()
            if asked.method == "GET" and "list-type" not in asked.query:
                return Reply(200, self._body, self._headers())
            reply = super().__call__(asked)
            if is_seen and self._moment == "after":
                self._put_another()
            return reply

    def _put_another(self) -> None:
        self._times -= 1
        self._body = b"Another session looks: %d" % self._times


@pytest.mark.parametrize("moment", ["before", "after"])
def test_sessions_that_look_at_the_same_moment_do_not_find_a_strong_server_weak(moment: str) -> None:
    """It would be remembered, and nothing saved for a whole session."""
    with scripted(SharedObject(moment)) as server, client_at(server.url) as client:
        assert weaknesses(client.http, HOME) == []
        assert weaknesses(client.http, HOME) == []


def test_a_person_who_may_not_write_is_told_so() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(404) if asked.method == "HEAD" else error(403, "AccessDenied")

    with (
        scripted(script) as server,
        client_at(server.url) as client,
        pytest.raises(errors.Refused, match="s3:PutObject"),
    ):
        weaknesses(client.http, HOME)
