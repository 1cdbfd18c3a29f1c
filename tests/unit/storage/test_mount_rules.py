"""Where a bucket may be mounted and what the mount is started with, on both systems."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from launcher.config.site import S3Settings
from launcher.storage.mount_rules import (
    PointState,
    choose_point,
    command,
    environment,
    is_drive,
    mount_id,
    own_point,
)
from launcher.storage.store import UNTRUSTED
from launcher.storage.uri import S3Uri

URI = "s3://lab-data/openfield/"
LINUX, WINDOWS = PurePosixPath("/home/ann"), PureWindowsPath("C:/Users/PhotonUser")
ON_LINUX, ON_WINDOWS = PurePosixPath("/mnt/openfield"), PureWindowsPath("C:/s3/openfield")
GIB = 2**30


@pytest.mark.parametrize(
    ("wanted", "home", "state", "is_there", "make"),
    [
        (ON_LINUX, LINUX, PointState.MISSING, True, True),
        (ON_LINUX, LINUX, PointState.EMPTY, True, False),
        (ON_LINUX, LINUX, PointState.FILLED, False, True),
        (ON_LINUX, LINUX, PointState.NOT_OURS, False, True),
        (ON_LINUX, LINUX, PointState.NOT_MAKEABLE, False, True),
        (ON_LINUX, LINUX, PointState.NO_FOLDER, False, True),
        (ON_WINDOWS, WINDOWS, PointState.MISSING, True, False),
        (ON_WINDOWS, WINDOWS, PointState.EMPTY, False, False),
        (ON_WINDOWS, WINDOWS, PointState.FILLED, False, False),
        (ON_WINDOWS, WINDOWS, PointState.NOT_MAKEABLE, False, False),
        (PureWindowsPath("X:"), WINDOWS, PointState.MISSING, True, False),
        (PureWindowsPath("X:"), WINDOWS, PointState.FILLED, False, False),
    ],
)
def test_a_place_that_cannot_be_used_is_named_and_one_of_the_persons_own_is_taken(
    wanted: PurePath, home: PurePath, state: PointState, is_there: bool, make: bool
) -> None:
    point = choose_point(wanted, "Open field", URI, home, lambda path: state if path == wanted else PointState.MISSING)
    own = home / "pose-data" / f"Open-field-{mount_id(URI)}"
    assert (point.path, point.make) == (wanted if is_there else own, make)
    assert point.notice == ("" if is_there else f"{wanted} is {state.value}, so it is mounted at {own}")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Open field", "Open-field"),
        ("../../etc", "etc"),
        ("Mäuse / 2026", "M-use-2026"),
        ("日本", "bucket"),
        ("a" * 99, "a" * 40),
    ],
)
def test_a_persons_own_place_has_no_spaces_and_stays_in_its_folder(name: str, slug: str) -> None:
    assert own_point(name, URI, LINUX) == LINUX / "pose-data" / f"{slug}-{mount_id(URI)}"


def test_two_buckets_of_one_name_have_two_places() -> None:
    assert own_point("Data", "s3://a1b/", LINUX) != own_point("Data", "s3://a2b/", LINUX)


@pytest.mark.parametrize(
    ("path", "drive"),
    [
        (PureWindowsPath("X:"), True),
        (PureWindowsPath("x:/"), True),
        (PureWindowsPath("X:/data"), False),
        (PurePosixPath("/mnt/x"), False),
    ],
)
def test_a_drive_is_known_by_its_letter(path: PurePath, drive: bool) -> None:
    assert is_drive(path) is drive


def test_the_command_is_read_only_and_holds_no_secret() -> None:
    argv = command("rclone", S3Uri.parse(URI), ON_LINUX, PurePosixPath("/state/m"), 100 * GIB, "/ca.pem")
    assert argv[:4] == ["rclone", "mount", "bucket:lab-data/openfield", "/mnt/openfield"]
    assert {"--read-only", "--use-server-modtime", "--vfs-cache-mode=full"} <= set(argv)
    assert "--vfs-cache-max-size=25600M" in argv
    assert argv[-2:] == ["--ca-cert", "/ca.pem"]
    assert not any("allow-other" in part or "daemon" in part for part in argv)
    whole = command("rclone", S3Uri.parse("s3://lab-data/"), ON_LINUX, PurePosixPath("/m"), 100 * GIB, "")
    assert whole[2] == "bucket:lab-data"


def test_windows_shows_no_console_and_has_no_bits_of_rights() -> None:
    argv = command("rclone.exe", S3Uri.parse(URI), ON_WINDOWS, PureWindowsPath("C:/m"), 100 * GIB, "")
    assert "--no-console" in argv
    assert "--file-perms" not in argv


@pytest.mark.parametrize(
    ("free", "cache"),
    [(0, "--vfs-cache-mode=off"), (3 * GIB, "--vfs-cache-mode=off"), (400 * GIB, "--vfs-cache-max-size=40960M")],
)
def test_the_cache_never_fills_the_disk(free: int, cache: str) -> None:
    argv = command("rclone", S3Uri.parse(URI), ON_LINUX, PurePosixPath("/m"), free, "")
    assert cache in argv
    assert any(part.startswith("--vfs-cache-min-free-space") for part in argv) is (free > 4 * GIB)


def test_where_the_bucket_is_comes_from_the_site_and_keys_from_the_profile() -> None:
    settings = S3Settings(endpoint_url="http://127.0.0.1:8333", profile="appstream_machine_role", credentials_file="/c")
    hostile = {
        "AWS_ENDPOINT_URL": "https://evil.example",
        "AWS_ENDPOINT_URL_S3": "https://evil.example",
        "RCLONE_CONFIG_BUCKET_ENDPOINT": "https://evil.example",
        "RCLONE_CONFIG": "/home/ann/rclone.conf",
        "AWS_CA_BUNDLE": "/evil.pem",
        "HOME": "/home/ann",
    }
    given = environment(settings, hostile, UNTRUSTED)
    assert not any("evil" in value for value in given.values())
    assert given["RCLONE_CONFIG_BUCKET_ENDPOINT"] == "http://127.0.0.1:8333"
    assert (given["RCLONE_CONFIG_BUCKET_PROVIDER"], given["RCLONE_CONFIG"], given["HOME"]) == ("Other", "", "/home/ann")
    assert (given["AWS_PROFILE"], given["AWS_SHARED_CREDENTIALS_FILE"]) == ("appstream_machine_role", "/c")
    on_aws = environment(S3Settings(region="us-west-2"), {}, UNTRUSTED)
    assert (on_aws["RCLONE_CONFIG_BUCKET_PROVIDER"], on_aws["RCLONE_CONFIG_BUCKET_REGION"]) == ("AWS", "us-west-2")
    assert "RCLONE_CONFIG_BUCKET_ENDPOINT" not in on_aws
    assert "AWS_PROFILE" not in on_aws
