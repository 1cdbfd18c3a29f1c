"""The journal: what was written comes back, whoever else writes, whatever happened to the file."""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from launcher import errors
from launcher.journal import Item, Journal, Origin, ProjectRecord, Saved, Stat, State
from launcher.journal.interrupted import Interrupted

BIGGEST = Stat(2**53, 2**62, 2**62, 2**64 - 1)
ORIGIN = Origin("s3://lab-data/a", '"e"', "v1", 3, "crc", "local", "crc64nvme")
SAVED = Saved("person/projects/p/a", '"e2"', None, 3, "crc", "sha", "local")
RECORD = ProjectRecord(
    "p-1234", "s3://lab-data/p/", "p ü", "deeplabcut", "config.yaml", Path("/some where/p"), "s3://lab-home/x/"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    with Journal(file) as opened:
        yield opened


def test_a_project_and_the_rows_that_change_with_it_change_together_or_not_at_all(journal: Journal) -> None:
    """A project that is brought into another folder, and whose rows still say that its files lie in the first one."""
    known = Item("a.csv", BIGGEST, "crc")
    journal.put_project(RECORD)
    journal.put_items(RECORD.id, [known])

    def broken_off() -> Iterator[Item]:
        yield Item("a.csv", None, "", state=State.STAGING)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal.put_project(replace(RECORD, dir=Path("/elsewhere/p")), broken_off())
    assert (journal.project(RECORD.id), journal.items(RECORD.id)) == (RECORD, {"a.csv": known})
    moved = replace(RECORD, dir=Path("/elsewhere/p"))
    journal.put_project(moved, [Item("a.csv", None, "", state=State.STAGING)])
    assert (journal.project(RECORD.id), journal.items(RECORD.id)["a.csv"].stat) == (moved, None)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("origin", [None, ORIGIN])
@pytest.mark.parametrize("saved", [None, SAVED])
@pytest.mark.parametrize("stat", [None, BIGGEST, Stat(0, 0, 0, 0)])
def test_every_kind_of_file_comes_back_after_a_restart(
    state: State, origin: Origin | None, saved: Saved | None, stat: Stat | None, file: Path
) -> None:
    item = Item("labeled-data/ü/a b.png", stat, "crc", "sha", origin, saved, state, "because", "do this")
    with Journal(file) as journal:
        journal.put_items("p", [item])
    with Journal(file) as journal:
        assert journal.items("p") == {item.path: item}
        assert journal.items("other") == {}


def test_a_project_comes_back_and_its_changes_replace_it(file: Path) -> None:
    saved = ProjectRecord(**{**RECORD.to_json(), "dir": RECORD.dir, "manifest_etag": '"m"', "last_saved": "now"})  # type: ignore[arg-type]
    with Journal(file) as journal:
        journal.put_project(RECORD)
        assert journal.project(RECORD.id) == RECORD
        journal.put_project(saved)
    with Journal(file) as journal:
        assert journal.projects() == [saved]
        assert journal.project("unknown") is None


def test_a_later_state_of_a_file_replaces_the_earlier(journal: Journal) -> None:
    journal.put_items("p", [Item("a", None, "1"), Item("b", None, "1")])
    journal.put_items("p", [Item("a", BIGGEST, "2")])
    journal.put_items("p", [])
    assert {path: item.crc64nvme for path, item in journal.items("p").items()} == {"a": "2", "b": "1"}


def test_blocks_belong_to_one_version(journal: Journal) -> None:
    interrupted = Interrupted(journal)
    for number in (0, 2, 2):
        interrupted.add_block("p", "video.mp4", '"v1"', number)
    assert interrupted.blocks("p", "video.mp4", '"v1"') == {0, 2}
    assert interrupted.blocks("p", "video.mp4", '"v2"') == set()
    assert interrupted.blocks("p", "video.mp4", '"v1"') == set(), "another version was asked for in between"
    interrupted.add_block("p", "video.mp4", '"v2"', 1)
    interrupted.drop_blocks("p", "video.mp4")
    assert interrupted.blocks("p", "video.mp4", '"v2"') == set()


def test_an_upload_is_remembered_until_it_is_dropped(journal: Journal) -> None:
    interrupted = Interrupted(journal)
    assert interrupted.upload("p", "a") is None
    interrupted.put_upload("p", "a", "id-1", "key", "crc")
    interrupted.put_upload("p", "a", "id-2", "key", "crc")
    assert interrupted.upload("p", "a") == ("id-2", "key", "crc")
    interrupted.drop_upload("p", "a")
    assert interrupted.upload("p", "a") is None


def test_probes_and_facts(journal: Journal) -> None:
    assert journal.probe("server", "session") is None
    journal.put_probe("server", "session", [])
    assert journal.probe("server", "session") == [], "a strong server is not asked again"
    journal.put_probe("server", "session 2", ["weak"])
    assert journal.probe("server", "session 2") == ["weak"]
    assert journal.fact("root") is None
    journal.put_fact("root", "/a")
    journal.put_fact("root", "/b")
    assert journal.fact("root") == "/b"


def test_the_journal_is_for_its_user_only(journal: Journal, file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


_WRITER = """
import sys
from pathlib import Path
from launcher.journal import Item, Journal
name, count = sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
with Journal(Path(sys.argv[1])) as journal:
    for number in range(count):
        journal.put_items("p", [Item(f"{name}/{number}", None, "crc")])
"""


def test_processes_that_start_and_write_at_once_lose_nothing(file: Path) -> None:
    """Window, saver and stager open a journal that is not there yet in the same moment."""
    command = [sys.executable, "-c", _WRITER, str(file)]
    root = Path(__file__).parents[3]
    writers = [
        subprocess.Popen([*command, name, "15"], cwd=root, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("a", "b", "c")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    assert [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers] == [(b"", 0)] * 3
    with Journal(file) as journal:
        assert len(journal.items("p")) == 45
    assert not list(file.parent.glob("*.damaged-*"))


@pytest.mark.parametrize("content", [b"this is no database" * 500, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_put_aside_and_a_new_one_made(content: bytes, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with Journal(file) as journal:
        assert journal.projects() == []
        journal.put_fact("a", "b")
    (aside,) = file.parent.glob("journal.sqlite.damaged-*")
    assert aside.read_bytes() == content
    with Journal(file) as journal:
        assert journal.fact("a") == "b"


def test_a_damaged_page_in_the_middle_is_noticed(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_items("p", [Item(f"{number:05}" * 20, None, "crc") for number in range(2000)])
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xa5" * 4096
    file.write_bytes(data)
    with Journal(file) as journal:
        assert journal.items("p") == {}


def test_no_flipped_bit_makes_it_say_something_else(file: Path, tmp_path: Path) -> None:
    """Noticed and forgotten, or harmless: what is read is what was written, or nothing."""
    items = {f"a{number}": Item(f"a{number}", BIGGEST, "crc", "sha", ORIGIN, SAVED) for number in range(20)}
    with Journal(file) as journal:
        journal.put_project(RECORD)
        journal.put_items(RECORD.id, items.values())
        journal.put_fact("writer", "me")
    sound, noticed = file.read_bytes(), 0
    assert len(sound) > 4096
    chance = Random(5)
    for number in range(400):
        damaged = bytearray(sound)
        bit = chance.randrange(len(sound) * 8)
        if 60 <= bit // 8 < 64:
            continue  # the version: a journal that seems to be a newer launcher's is left alone, and that is said
        damaged[bit // 8] ^= 1 << bit % 8
        state = tmp_path / str(number)
        state.mkdir()
        (state / "journal.sqlite").write_bytes(damaged)
        with Journal(state / "journal.sqlite") as journal:
            found = (journal.items(RECORD.id), journal.projects(), journal.fact("writer"))
        assert found[0] in (items, {}), bit
        assert found[1] in ([RECORD], []), bit
        assert found[2] in ("me", None), bit
        noticed += found != (items, [RECORD], "me")
    assert noticed > 10


def test_a_damaged_row_is_told_and_the_file_is_kept_for_who_wants_to_know(file: Path) -> None:
    told = []
    with Journal(file) as journal:
        journal.put_project(RECORD)
        journal.put_items(RECORD.id, [Item("a", BIGGEST, "crc-of-a")])
    file.write_bytes(file.read_bytes().replace(b"crc-of-a", b"crc-of-b"))
    with Journal(file) as journal:
        journal.when_damaged = lambda: told.append(journal.folders())
        assert journal.items(RECORD.id) == {}
        assert journal.items(RECORD.id) == {}
    assert told == [[RECORD.dir]]
    (aside,) = file.parent.glob("journal.sqlite.damaged-*")
    assert b"crc-of-b" in aside.read_bytes()


def test_a_new_file_knows_who_we_were_and_where_projects_lay(file: Path) -> None:
    with Journal(file) as journal:
        assert journal.writer("first") == "first"
        journal.put_project(RECORD)
        assert journal.lost() == {}
        places = [journal.is_in_place]
        file.unlink()
        assert [*places, journal.is_in_place] == [True, False]
    for tail in ("-wal", "-shm"):
        file.with_name(file.name + tail).unlink(missing_ok=True)
    with Journal(file) as journal:
        assert journal.lost() == {RECORD.id: RECORD.dir}
        assert journal.writer("second") == "first"


def test_what_another_process_forgot_does_not_come_back_with_a_line_of_ours(file: Path) -> None:
    """A saver runs for hours, while a project is put away beside it: it counted as lost then, and was made again."""
    with Journal(file) as saver, Journal(file) as command:
        saver.put_project(RECORD)
    with Journal(file) as saver, Journal(file) as command:
        command.forget_project(RECORD.id)
        command.put_project(replace(RECORD, id="r-1234"))
        saver.put_project(replace(RECORD, id="q-1234"))
    with Journal(file) as after:
        assert after.lost() == {}
    for journal in file.parent.glob("journal.sqlite*"):
        if not journal.name.endswith(".json"):
            journal.unlink()
    with Journal(file) as anew:
        assert set(anew.lost()) == {"q-1234", "r-1234"}


def test_a_journal_that_somebody_holds_is_never_put_aside(file: Path) -> None:
    """Busy is not damaged: the other process would go on writing into a file that nobody reads."""
    with Journal(file) as journal:
        journal.put_fact("a", "b")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with Journal(file, patience_s=0.05) as journal:
            assert journal.fact("a") == "b", "who only reads need not wait"
            with pytest.raises(errors.LocalDisk):
                journal.put_fact("a", "c")
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert not list(file.parent.glob("*.damaged-*"))
    with Journal(file) as journal:
        assert journal.fact("a") == "b"


def test_a_journal_of_a_newer_launcher_is_left_alone(file: Path) -> None:
    Journal(file).close()
    newer = sqlite3.connect(file)
    newer.execute("PRAGMA user_version=99")
    newer.execute("CREATE TABLE things_to_come (x)")
    newer.commit()
    newer.close()
    with pytest.raises(errors.BadUsage, match="newer Pose Launcher"):
        Journal(file)
    left = sqlite3.connect(file)
    assert left.execute("PRAGMA user_version").fetchone() == (99,)
    left.close()


def test_a_place_that_cannot_be_written_is_a_matter_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises((errors.LocalDisk, OSError)):
        Journal(tmp_path / "journal.sqlite")
    assert (tmp_path / "journal.sqlite").is_dir(), "what is there stays"


def test_two_that_make_it_at_the_same_moment_both_have_it(tmp_path: Path) -> None:
    for number in range(40):
        file, together = tmp_path / str(number) / "journal.sqlite", threading.Barrier(2)

        def opened(file: Path, together: threading.Barrier) -> str:
            together.wait(10)
            with Journal(file) as journal:
                return journal.settled_fact("writer", secrets.token_hex(4))

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(opened, [file] * 2, [together] * 2)
        assert first == second
