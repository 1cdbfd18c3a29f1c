"""A copy inside the server: proved by its checksum, or made once more, or not called one."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.copying import copy_object
from launcher.storage.exchange import Exchange
from launcher.storage.uri import S3Uri
from tests.unit.storage.clients import client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

SOURCE, CONTENT = S3Uri("lab-home", "now.csv"), digest_of(b"what is to be replaced")
TARGETS = [S3Uri("lab-home", "history/contents/0a1b"), S3Uri("lab-home", "history/a\nb")]
DONE = Reply(
    200, f"<CopyObjectResult><ChecksumCRC64NVME>{CONTENT.crc64nvme}</ChecksumCRC64NVME></CopyObjectResult>".encode()
)
NOTHING = Reply(404)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("refused", [Reply(200), error(200, "InternalError")])
def test_a_refusal_with_status_200_is_no_copy_and_is_asked_once_more(target: S3Uri, refused: Reply) -> None:
    puts = iter([refused, DONE])

    def script(asked: Asked) -> Reply:
        return next(puts) if asked.method == "PUT" else NOTHING

    with scripted(script) as server, client_at(server.url) as client:
        exchange = Exchange(client.http, client.credentials)
        assert copy_object(client.http, exchange, SOURCE, '"seen"', target, CONTENT)
        assert [asked.method for asked in server.asked] == ["PUT", "HEAD", "PUT"]


@pytest.mark.parametrize("target", TARGETS)
def test_one_that_is_never_proved_is_none(target: S3Uri) -> None:
    with (
        scripted(lambda asked: Reply(200) if asked.method == "PUT" else NOTHING) as server,
        client_at(server.url) as client,
        pytest.raises(errors.NotDone, match="cannot be proved"),
    ):
        copy_object(client.http, Exchange(client.http, client.credentials), SOURCE, '"seen"', target, CONTENT)
