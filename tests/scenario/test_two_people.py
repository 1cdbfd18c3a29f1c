"""Two people on one computer: the second tries to read, to block and to imitate the first.

Only root can be two people. Run by anybody else, each test looks at the rule that keeps them apart instead.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import errors
from launcher.projects.private_folder import is_open_to_us, make_private
from tests.conftest import Site
from tests.other_people import IS_ROOT, PersonsSite, SharedComputer, may_mount
from tests.scenario.watching import LABELS, small_project, until

PROJECT = small_project(3)
#: Reads everything below a folder, as `ben` would; tells what he could open.
PRY = """
import os, sys
for folder, _, files in os.walk(sys.argv[1], onerror=lambda exc: None):
    for name in files:
        try:
            open(os.path.join(folder, name), "rb").read(1)
        except OSError:
            continue
        print(os.path.join(folder, name))
"""


def rule(folder: Path) -> None:
    """A folder of ours is closed, and one of somebody else's is refused."""
    make_private(folder / "mine")
    assert (folder / "mine").stat().st_mode & 0o077 == 0
    with pytest.raises(errors.LocalDisk, match="belongs to another account"):
        make_private(Path("/"))
    assert not is_open_to_us(Path("/"))


@pytest.fixture
def computer() -> Iterator[SharedComputer]:
    with SharedComputer() as shared:
        yield shared


@pytest.fixture
def ann(site: Site, computer: SharedComputer) -> Iterator[PersonsSite]:
    """At work: her saver runs, her mount is up."""
    person = computer.person(site, extra=f'mount = "{computer.folder}/home-58300/data"')
    person.put("notes.txt", b"hello")
    person.run("session", "start")
    yield person
    person.run("session", "end", "--deadline", "4")


@pytest.fixture
def ben(site: Site, computer: SharedComputer, ann: PersonsSite) -> Iterator[PersonsSite]:
    person = computer.person(site)
    yield person
    person.run("session", "end", "--deadline", "4")


def pid_of(person: PersonsSite) -> int:
    """The saver's."""
    return int(json.loads((person.state / "saver.json").read_bytes())["pid"])


def test_ben_can_read_nothing_of_anns_not_even_where_her_home_is_open(ann: PersonsSite, ben: PersonsSite) -> None:
    if not IS_ROOT:
        rule(ann.folder)
        return
    for path, data in PROJECT.items():
        ann.put(f"reaching/{path}", data)
    assert ann.run("stage", f"{ann.data_uri}reaching/").code == 0
    ann.folder.chmod(0o755)
    for open_file in ("site.toml", "credentials"):
        (ann.folder / open_file).chmod(0o600)
    pried = ben.do("python3" if shutil.which("python3") else "python", "-c", PRY, ann.folder)
    assert pried.out == ""
    if may_mount():
        assert ann.do("ls", ann.folder / "data").out
        assert ben.do("ls", ann.folder / "data").code != 0
    else:
        (row,) = ann.run("mounts", "--json").json["mounts"]
        assert row["state"] in ("dead", "not mounted") and row["message"], row
    sees = ben.run("status", "--json")
    assert (sees.json["projects"], sees.json["saver"]["running"]) == ([], False)


def test_ben_cannot_use_anns_memory_as_his_own(ann: PersonsSite, ben: PersonsSite) -> None:
    if not IS_ROOT:
        rule(ann.folder)
        return
    ann.folder.chmod(0o755)
    ann.state.chmod(0o755)
    taken = ben.run("status", "--state-dir", ann.state)
    assert taken.code == 6, taken.err
    assert "belongs to another account of this computer" in taken.err
    assert ann.run("status", "--json").code == 0
    assert ann.state.stat().st_mode & 0o077 == 0, "what was opened by accident is closed again"


def test_a_memory_that_ben_could_write_is_refused(ann: PersonsSite, computer: SharedComputer) -> None:
    if not IS_ROOT:
        rule(ann.folder)
        return
    trap = computer.folder / "trap"
    trap.mkdir()
    os.chown(trap, ann.uid, ann.uid)
    trap.chmod(0o777)
    (trap / "bens.txt").write_text("x")
    refused = ann.run("status", "--state-dir", trap)
    assert refused.code == 6
    assert "Others may write into this folder" in refused.err
    assert [file.name for file in trap.iterdir()] == ["bens.txt"]


def test_ben_cannot_end_freeze_or_imitate_what_runs_for_ann(ann: PersonsSite, ben: PersonsSite) -> None:
    if not IS_ROOT:
        rule(ann.folder)
        return
    pid = pid_of(ann)
    assert ben.do("kill", "-9", str(pid)).code != 0
    ben.run("status")
    (ben.state / "saver.json").write_bytes((ann.state / "saver.json").read_bytes())
    ben.run("finish", "--deadline", "10")
    os.kill(pid, 0)
    assert ann.run("status", "--json").json["saver"] == {"running": True, "pid": pid}
    seen = ben.do("cat", f"/proc/{pid}/environ")
    assert (seen.code != 0, seen.out) == (True, "")
    if may_mount():
        (record,) = (ann.state / "mounts").glob("*/mount.json")
        mount = str(json.loads(record.read_bytes())["pid"])
        assert ben.do("kill", f"-{signal.SIGSTOP.value}", mount).code != 0
        assert ben.do("fusermount3", "-u", ann.folder / "data").code != 0
        assert ann.do("cat", ann.folder / "data" / "notes.txt").out == "hello"


@pytest.mark.parametrize("made_by_ben", ["the folder itself", "a folder in her name", "a link"])
def test_a_scratch_disk_that_both_use_keeps_them_apart(site: Site, computer: SharedComputer, made_by_ben: str) -> None:
    if not IS_ROOT:
        rule(computer.folder)
        return
    disk = computer.folder / "scratch"
    disk.mkdir()
    disk.chmod(0o1777)
    people = [computer.person(site, extra=f'[scratch]\ndir = "{disk}/poses"\n') for _ in range(2)]
    ann, ben = people
    if made_by_ben == "a folder in her name":
        assert ben.do("mkdir", disk / f"poses-person{ann.uid}").code == 0
        assert ben.do("mkdir", "-m", "700", disk / "poses").code == 0
    elif made_by_ben == "a link":
        assert ben.do("ln", "-s", ben.folder, disk / f"poses-person{ann.uid}").code == 0
        assert ben.do("mkdir", "-m", "700", disk / "poses").code == 0
    places = []
    for person in (ben, ann):
        (row,) = (row for row in person.run("places", "--json").json["places"] if row["kind"] == "local")
        places.append(Path(row["path"]))
    assert places[0] != places[1]
    for place, owner in zip(places, (ben, ann), strict=True):
        assert place.stat().st_uid == owner.uid
        assert place.stat().st_mode & 0o077 == 0
    assert ben.do("ls", places[1]).code != 0


def test_the_next_person_in_the_same_account_sees_nothing_of_the_last(site: Site, computer: SharedComputer) -> None:
    if not IS_ROOT:
        rule(computer.folder)
        return
    account = computer.person(site)
    argv = ["env", f"POSE_LAUNCHER_SITE={account.file}", *Site.command(account)[:3]]
    for path, data in PROJECT.items():
        account.put(f"reaching/{path}", data)

    def run(user: str, *arguments: str) -> dict[str, object]:
        environ = {"AppStream_UserName": user, "AppStream_Stack_Name": "pose"}
        done = account.do(*argv, *arguments, "--json", environ=environ)
        assert done.code == 0, done.err
        return dict(done.json)

    run("ann@x.org", "stage", f"{account.data_uri}reaching/")
    assert len(run("ann@x.org", "status")["projects"]) == 1  # type: ignore[arg-type]
    assert run("ben@x.org", "status")["projects"] == []


def test_ben_cannot_reach_the_channel_of_anns_window(ann: PersonsSite, ben: PersonsSite) -> None:
    """Where it is he may guess; to it he comes neither with nor without the right word, and she is not disturbed."""
    window = ann.start(environ={"QT_QPA_PLATFORM": "offscreen"})
    channel = ann.state / "window" / "window.json"
    try:
        until(channel.exists, 60)
        told = json.loads(channel.read_text())
        assert told["address"].startswith(str(ann.folder)), "below her own folder for temporary files"
        assert channel.stat().st_mode & 0o077 == 0
        if IS_ROOT:
            ann.folder.chmod(0o755)
            for word in (b"", bytes(32), bytes.fromhex(told["key"])):
                tried = ben.do(*knock(told["address"], word))
                assert (tried.code, tried.out) == (1, "PermissionError\n"), tried.err
        wrong = ann.do(*knock(told["address"], bytes(32)))
        assert wrong.out == "AuthenticationError\n", "her own account without the key hears no"
        second = ann.do(*ann_starts(ann), environ={"QT_QPA_PLATFORM": "offscreen"})
        assert second.code == 0, second.err
        assert window.poll() is None, "the first goes on, and answered"
    finally:
        window.terminate()
        window.wait(20)


def knock(address: str, key: bytes) -> list[str]:
    """Try to talk to a channel; the name of what came of it."""
    talk = (
        "import sys\nfrom multiprocessing.connection import Client\n"
        "try:\n    Client(sys.argv[1], authkey=bytes.fromhex(sys.argv[2])).send_bytes(b'raise')\n"
        "except Exception as exc:\n    print(type(exc).__name__)\n    sys.exit(1)\n"
    )
    return [sys.executable, "-c", talk, address, key.hex()]


def ann_starts(ann: PersonsSite) -> list[str]:
    """Her window once more."""
    return Site.command(ann)


@pytest.mark.parametrize("trap", ["her state dir", "the folder of her window"])
def test_a_trap_that_ben_laid_where_her_memory_will_be_is_refused_in_words(
    site: Site, computer: SharedComputer, trap: str
) -> None:
    """In a folder of his he could put another file into the place of hers, and answer in her name."""
    if not IS_ROOT:
        rule(computer.folder)
        return
    ann, ben = (computer.person(site) for _ in range(2))
    disk = computer.folder / "disk"
    disk.mkdir()
    disk.chmod(0o1777)
    state = disk / "state"
    his = state if trap == "her state dir" else state / "window"
    if his != state:
        state.mkdir()
        os.chown(state, ann.uid, ann.uid)
        state.chmod(0o777)
    assert ben.do("mkdir", "-m", "777", his).code == 0
    if his != state:
        state.chmod(0o700)
    started = ann.run("--state-dir", state, environ={"QT_QPA_PLATFORM": "offscreen"}, timeout=60)
    assert started.code == 6, started.err
    assert "belongs to another account of this computer" in started.err
    assert list(his.iterdir()) == []


@pytest.mark.parametrize("trap", ["an empty folder", "a folder in a folder of his", "a link"])
def test_a_mount_point_that_ben_made_first_is_not_used(site: Site, computer: SharedComputer, trap: str) -> None:
    """What she reads there would be what he wants her to read, as soon as he puts another folder into its place."""
    if not IS_ROOT:
        rule(computer.folder)
        return
    ann, ben = (computer.person(site) for _ in range(2))
    disk = computer.folder / "mnt"
    disk.mkdir()
    disk.chmod(0o1777)
    point = disk / "openfield"
    if trap == "a folder in a folder of his":
        assert ben.do("mkdir", "-m", "777", point).code == 0
        point /= "data"
    elif trap == "a link":
        assert ben.do("mkdir", "-m", "777", ben.folder / "trap").code == 0
        assert ben.do("ln", "-s", ben.folder / "trap", point).code == 0
    else:
        assert ben.do("mkdir", "-m", "777", point).code == 0
    ann.put("notes.txt", b"hello")
    ann.write(extra=f'mount = "{point}"')
    os.chown(ann.file, ann.uid, ann.uid)
    try:
        (row,) = ann.run("mounts", "start", "--json").json["mounts"]
        if may_mount():
            assert row["path"].startswith(f"{ann.folder}/pose-data/"), row
            assert "so it is mounted at" in row["message"]
            assert ann.do("cat", f"{row['path']}/notes.txt").out == "hello"
        assert not os.path.ismount(point)
        assert not point.exists() or not any(point.iterdir())
    finally:
        ann.run("mounts", "stop")


def test_who_calls_himself_ann_does_not_write_beside_her(ann: PersonsSite, ben: PersonsSite) -> None:
    """One name, one home, two computers' memories: the project is held by whoever came first, and that is said."""
    if not IS_ROOT:
        rule(ann.folder)
        return
    for path, data in PROJECT.items():
        ann.put(f"reaching/{path}", data)
    named = {"USER": "ann", "LOGNAME": "ann"}
    staged = ann.run("stage", f"{ann.data_uri}reaching/", "--json", environ=named)
    hers = Path(staged.json["dir"])
    his = Path(ben.run("stage", f"{ben.data_uri}reaching/", "--json", environ=named).json["dir"])
    change = b"labeled-data/mouse/img090.png,%d,1\n"
    (hers / LABELS).write_bytes(PROJECT[LABELS] + change % 1)

    def saved_by_her_saver() -> bool:
        return PROJECT[LABELS] + change % 1 in ann.objects(ann.home_bucket, "person/projects/").values()

    until(saved_by_her_saver, 90)
    (his / LABELS).write_bytes(PROJECT[LABELS] + change % 2)
    saved = ben.run("save", his, environ=named)
    assert saved.code == 8, saved.err
    assert "is working on this project" in saved.err
    assert saved_by_her_saver()
    assert all(change % 2 not in content for content in ann.objects(ann.home_bucket, "person/").values())
