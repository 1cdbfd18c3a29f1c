"""From S3 to a partial file: only what the server stores, or nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher import errors
from launcher.storage.checksums import Expected, digest_of
from launcher.storage.download import Downloader, create
from launcher.storage.exchange import Exchange
from launcher.storage.objects import ObjectRef, Objects
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Reply, scripted

DATA = bytes(range(256)) * 400  # 102,400 bytes
BLOCK = 30_000  # four blocks, the last one short


@pytest.fixture
def ref(bench: BenchServer, bucket: S3Uri, client: Client) -> ObjectRef:
    bench.put(bucket.bucket, "x", DATA)
    head = Objects(client.http).head(bucket.child("x"))
    assert head is not None
    return ObjectRef(bucket.child("x"), len(DATA), head.etag)


@pytest.fixture(params=["by libcurl", "patiently"])
def way(request: pytest.FixtureRequest) -> Callable[[Client], Downloader]:
    """Large objects come by libcurl, and by our own patient requests where that fails."""
    if request.param == "patiently":
        return lambda client: Downloader(client.http, block=BLOCK)
    return lambda client: Downloader(client.http, lambda: Exchange(client.http, client.credentials), BLOCK)


def test_a_whole_object_comes_with_its_proof(ref: ObjectRef, client: Client, tmp_path: Path) -> None:
    seen: list[int] = []
    fetched = Downloader(client.http).fetch(ref, tmp_path / "p", seen.append)
    assert (tmp_path / "p").read_bytes() == DATA
    assert fetched.digest == digest_of(DATA, sha256=False)
    assert fetched.proof
    assert sum(seen) == len(DATA)
    assert stat.S_IMODE((tmp_path / "p").stat().st_mode) == 0o600


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.FLIP])
def test_what_broke_on_the_way_is_fetched_again(
    fault: Fault, ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.rules.append(Rule(fault, method="GET", times=2, after=5000))
    seen: list[int] = []
    Downloader(faulty.http).fetch(ref, tmp_path / "p", seen.append)
    assert (tmp_path / "p").read_bytes() == DATA
    assert sum(seen) == len(DATA), "progress goes back where bytes are fetched again"
    assert proxy.count("GET") == 3


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.FLIP])
def test_a_small_object_is_read_again_when_it_broke_on_the_way(
    fault: Fault, ref: ObjectRef, faulty: Client, proxy: FaultProxy, way: Callable[[Client], Downloader]
) -> None:
    proxy.rules.append(Rule(fault, method="GET", times=2, after=5000))
    data, fetched = Downloader(faulty.http).read(ref)
    assert (data, fetched.digest.crc64nvme) == (DATA, digest_of(DATA).crc64nvme)
    proxy.rules.append(Rule(Fault.FLIP, method="GET"))
    with pytest.raises(errors.Damaged, match="not what the server stores"):
        Downloader(faulty.http).read(ref)


def test_what_stays_damaged_is_named_and_leaves_nothing(
    ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.rules.append(Rule(Fault.FLIP, method="GET"))
    with pytest.raises(errors.Damaged, match="What arrived is not what the server stores"):
        Downloader(faulty.http).fetch(ref, tmp_path / "p", lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_an_object_without_a_checksum_is_brought_and_says_so(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(200, b"abc", {"ETag": '"x-2"'})) as server, client_at(server.url) as client:
        fetched = Downloader(client.http).fetch(
            ObjectRef(S3Uri("lab-data", "x"), 3, '"x-2"'), tmp_path / "p", lambda _: None
        )
    assert (fetched.proof, fetched.digest.size) == ("", 3)


def test_a_body_of_another_length_than_listed_is_refused(tmp_path: Path) -> None:
    with (
        scripted(lambda _: Reply(200, b"abcd")) as server,
        client_at(server.url) as client,
        pytest.raises(errors.Damaged, match="not what the server stores"),
    ):
        Downloader(client.http).fetch(ObjectRef(S3Uri("lab-data", "x"), 3, ""), tmp_path / "p", lambda _: None)
    assert not (tmp_path / "p").exists()


def test_another_version_than_listed_is_not_taken(
    bench: BenchServer, ref: ObjectRef, client: Client, tmp_path: Path
) -> None:
    bench.put(ref.where.bucket, "x", DATA[::-1])
    downloader = Downloader(client.http)
    with pytest.raises(errors.ChangedMeanwhile):
        downloader.fetch(ref, tmp_path / "p", lambda _: None)
    with pytest.raises(errors.ChangedMeanwhile):
        downloader.fetch_blocks(ref, tmp_path / "q", (), lambda _: None, lambda _: None)


def test_a_large_object_comes_in_blocks(
    ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path, way: Callable[[Client], Downloader]
) -> None:
    done: list[int] = []
    seen: list[int] = []
    fetched = way(faulty).fetch_blocks(ref, tmp_path / "p", (), done.append, seen.append)
    assert (tmp_path / "p").read_bytes() == DATA
    assert fetched.digest == digest_of(DATA, sha256=False)
    assert sorted(done) == [0, 1, 2, 3]
    assert sum(seen) == len(DATA)
    assert proxy.count("GET") == 4


def test_after_a_kill_only_the_missing_blocks_are_fetched(
    ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path, way: Callable[[Client], Downloader]
) -> None:
    half = bytearray(len(DATA))
    for index in (0, 3):
        half[index * BLOCK : (index + 1) * BLOCK] = DATA[index * BLOCK : (index + 1) * BLOCK]
    (tmp_path / "p").write_bytes(half)
    done: list[int] = []
    seen: list[int] = []
    way(faulty).fetch_blocks(ref, tmp_path / "p", {0, 3}, done.append, seen.append)
    assert (tmp_path / "p").read_bytes() == DATA
    assert sorted(done) == [1, 2]
    assert proxy.count("GET") == 2
    assert sum(seen) == len(DATA)


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
def test_a_block_that_breaks_off_comes_again(
    fault: Fault, ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path, way: Callable[[Client], Downloader]
) -> None:
    proxy.rules.append(Rule(fault, method="GET", times=3, after=1000))
    seen: list[int] = []
    way(faulty).fetch_blocks(ref, tmp_path / "p", (), lambda _: None, seen.append)
    assert (tmp_path / "p").read_bytes() == DATA
    assert sum(seen) == len(DATA)


@pytest.mark.parametrize("old", [b"", b"short", b"\0" * len(DATA)], ids=["empty", "short", "zeros"])
def test_an_old_partial_that_lies_is_found_out_and_dropped(
    old: bytes, ref: ObjectRef, client: Client, tmp_path: Path, way: Callable[[Client], Downloader]
) -> None:
    """The journal said that blocks are there; after a power cut the disk may not have them."""
    (tmp_path / "p").write_bytes(old)
    with pytest.raises(errors.Damaged, match="not what the server stores"):
        way(client).fetch_blocks(ref, tmp_path / "p", {0, 1, 3}, lambda _: None, lambda _: None)
    assert not (tmp_path / "p").exists()


def test_a_flipped_byte_in_a_block_is_found_by_the_whole(
    ref: ObjectRef, faulty: Client, proxy: FaultProxy, tmp_path: Path, way: Callable[[Client], Downloader]
) -> None:
    proxy.rules.append(Rule(Fault.FLIP, method="GET", times=1))
    with pytest.raises(errors.Damaged):
        way(faulty).fetch_blocks(ref, tmp_path / "p", (), lambda _: None, lambda _: None)
    assert not (tmp_path / "p").exists()


def test_the_whole_is_never_taken_for_a_part_of_it(tmp_path: Path) -> None:
    """Something on the way knows nothing of ranges, and the server keeps no checksum: each block was the first one."""
    with scripted(lambda asked: Reply(200, DATA)) as server, client_at(server.url) as client:
        ref = ObjectRef(S3Uri("lab", "video.mp4"), len(DATA), '"scripted"')
        for downloader in (
            Downloader(client.http, block=BLOCK),
            Downloader(client.http, lambda: Exchange(client.http, client.credentials), BLOCK),
        ):
            with pytest.raises(errors.NotDone, match="sends all of this object"):
                downloader.fetch_blocks(ref, tmp_path / "p", (), lambda _: None, lambda _: None)
        with pytest.raises(errors.NotDone, match="sends all of this object"):
            Objects(client.http).read_range(ref, BLOCK, 100)
        assert Objects(client.http).read_range(ref, 0, 100) == DATA[:100]


def test_blocks_of_a_killed_run_are_not_believed_where_no_checksum_proves_them(
    ref: ObjectRef, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal said that they are there; after a power cut the disk may not have them."""
    monkeypatch.setattr(Expected, "from_headers", classmethod(lambda cls, headers: cls()))
    (tmp_path / "p").write_bytes(bytes(len(DATA)))
    Downloader(client.http, block=BLOCK).fetch_blocks(ref, tmp_path / "p", {0, 1}, lambda _: None, lambda _: None)
    assert (tmp_path / "p").read_bytes() == DATA


def test_reading_without_keeping_tells_both_sums(ref: ObjectRef, faulty: Client, proxy: FaultProxy) -> None:
    downloader = Downloader(faulty.http)
    digest, head, agrees = downloader.digest(ref.where, ref.etag)
    assert (digest, head.etag, agrees) == (digest_of(DATA), ref.etag, True)
    proxy.rules.append(Rule(Fault.FLIP, method="GET"))
    assert not downloader.digest(ref.where)[2]


def test_what_is_not_the_storage_servers_answer_is_hashed_by_nobody() -> None:
    replies = iter([Reply(200, b"", {"ETag": ""}), Reply(200, DATA)])
    with scripted(lambda _: next(replies, Reply(200, b"", {"ETag": ""}))) as server, client_at(server.url) as client:
        downloader = Downloader(client.http)
        assert downloader.digest(S3Uri("lab-data", "x"))[0] == digest_of(DATA)
        with pytest.raises(errors.Unreachable, match="not the storage server"):
            downloader.digest(S3Uri("lab-data", "x"))


def test_a_partial_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep")
    (tmp_path / "p").symlink_to(tmp_path / "precious")
    with create(tmp_path / "p") as file:
        file.write(b"new")
    assert (tmp_path / "precious").read_bytes() == b"keep"
    assert not (tmp_path / "p").is_symlink()
    assert (tmp_path / "p").read_bytes() == b"new"
