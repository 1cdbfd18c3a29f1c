"""Other people's files are opened by a process that cannot leave: tried with real hostile input."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from launcher import errors
from launcher.projects.parsing import Parsers

ROOT = Path(__file__).parents[3]
SOUND = b"Task: x\nscorer: y\n"

_ATTACKS = """
import ctypes, json, os, pickle, socket, subprocess, sys
from pathlib import Path
from launcher.projects.confinement import Forbidden, confine, writing_to
secret, mine, out = Path(sys.argv[1]), Path(sys.argv[2]), {}
bad = pickle.dumps(os.getcwd)
confine()
def attempt(name, act):
    try:
        act()
        out[name] = "got out"
    except Forbidden:
        out[name] = "refused"
    except MemoryError:
        out[name] = "no memory"
    except OSError as exc:
        out[name] = "system refused"
attempt("socket", lambda: socket.socket())
attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9)))
attempt("name", lambda: socket.getaddrinfo("localhost", 80))
attempt("program", lambda: subprocess.run(["true"]))
attempt("shell", lambda: os.system("true"))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", lambda: os._exit(0) if os.fork() == 0 else None)
attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
attempt("library", lambda: ctypes.CDLL("libm.so.6"))
attempt("unpickle", lambda: pickle.loads(bad))
attempt("write", lambda: secret.write_bytes(b"x"))
attempt("append", lambda: secret.open("ab"))
attempt("raw write", lambda: os.open(secret, os.O_RDWR))
attempt("truncate by opening", lambda: os.open(secret, os.O_RDONLY | os.O_TRUNC))
attempt("create", lambda: os.open(secret.with_name("new"), os.O_RDONLY | os.O_CREAT))
attempt("truncate", lambda: os.truncate(secret, 0))
attempt("delete", lambda: os.remove(secret))
attempt("rename", lambda: os.rename(secret, mine))
attempt("link", lambda: os.symlink(secret, secret.with_name("link")))
attempt("rights", lambda: os.chmod(secret, 0o777))
attempt("folder", lambda: os.mkdir(secret.with_name("folder")))
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("memory", lambda: bytearray(3 * 1024**3))
with writing_to(mine):
    attempt("own working copy", lambda: mine.write_bytes(b"x"))
attempt("own working copy later", lambda: mine.write_bytes(b"y"))
print(json.dumps(out))
"""


def test_no_way_out(tmp_path: Path) -> None:
    secret, mine = tmp_path / "secret", tmp_path / "mine"
    secret.write_bytes(b"untouched")
    done = subprocess.run(
        [sys.executable, "-c", _ATTACKS, str(secret), str(mine)], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert found.pop("memory") == "no memory"
    assert found.pop("own working copy") == "got out"
    assert {name: word for name, word in found.items() if word != "refused"} == {}
    assert secret.read_bytes() == b"untouched"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "secret"]


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers(1) as made:
        yield made


def of_ours() -> list[psutil.Process]:
    """The parser processes that this test started."""
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if re.search(r"projects\.(text_)?parser import", " ".join(child.cmdline()))]


def assert_works(parsers: Parsers, folder: Path) -> None:
    sound = folder / "table.csv"
    sound.write_bytes(b"a,b\n1,2\n")
    parsers.check("deeplabcut", sound)


def test_the_fences_hold_in_a_real_parser(parsers: Parsers) -> None:
    assert parsers.fences()["hook"]


def test_the_parser_knows_no_secret(parsers: Parsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    parsers.fences()
    (child,) = of_ours()
    environ = child.environ()
    assert not [name for name in environ if name.startswith(("AWS_", "PYTHON"))]
    assert "very-secret" not in " ".join([*environ.values(), *child.cmdline()])


HOSTILE = {
    "nest.json": b"[" * 200_000,
    "nest.yaml": b"[" * 200_000,
    "bomb.yaml": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (97 + n, 97 + n, b",".join([b"*%c" % (96 + n)] * 9)) for n in range(1, 12)),
    "text.h5": b"this is no HDF5 file",
    "cut.h5": b"\x89HDF\r\n\x1a\n" + b"\xff" * 500,
    "cut.slp": b"\x89HDF\r\n\x1a\n",
    "binary.csv": bytes(range(256)),
    "ragged.csv": b"a,b\n1\n",
    "cut.png": b"\x89PNG\r\n\x1a\n123",
    "empty.yaml": b"",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_named_and_the_next_job_works(name: str, tmp_path: Path, parsers: Parsers) -> None:
    file = tmp_path / name
    file.write_bytes(HOSTILE[name])
    with pytest.raises(errors.Damaged, match=name.replace(".", r"\.")):
        parsers.check("sleap" if name.endswith(".slp") else "deeplabcut", file)
    assert_works(parsers, tmp_path)


def test_yaml_that_wants_to_run_something_runs_nothing(tmp_path: Path, parsers: Parsers) -> None:
    touched = tmp_path / "touched"
    file = tmp_path / "config.yaml"
    file.write_text(f"project_path: !!python/object/apply:os.system ['touch {touched}']\nTask: x\n")
    spec = {"project_dir": str(tmp_path), "members": [], "windows": False}
    with contextlib.suppress(errors.LauncherError):  # refused or left alone: either will do
        parsers.rewrite("deeplabcut", file, "local", spec)
    assert not touched.exists()
    assert_works(parsers, tmp_path)


def test_a_parser_that_hangs_is_ended_and_the_next_job_works(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")  # reading it waits for a writer that never comes
    spec = {"project_dir": str(tmp_path), "members": [], "windows": False}
    with Parsers(1, job_s=0.3) as parsers:  # the first job of a process has longer
        assert_works(parsers, tmp_path)
        with pytest.raises(errors.Damaged, match="could not be read safely"):
            parsers.rewrite("deeplabcut", tmp_path / "config.yaml", "local", spec)
        assert_works(parsers, tmp_path)


def test_a_parser_that_dies_takes_only_its_own_job_along(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    told: list[errors.LauncherError] = []
    spec = {"project_dir": str(tmp_path), "members": [], "windows": False}

    def hang(parsers: Parsers) -> None:
        try:
            parsers.rewrite("deeplabcut", tmp_path / "config.yaml", "local", spec)
        except errors.LauncherError as exc:
            told.append(exc)

    with Parsers(2) as parsers:
        job = threading.Thread(target=hang, args=(parsers,))
        job.start()
        with (tmp_path / "config.yaml").open("wb"):  # opens when the parser has the other end
            (victim,) = of_ours()
            assert_works(parsers, tmp_path)
            victim.kill()
            job.join()
        assert_works(parsers, tmp_path)
        assert_works(parsers, tmp_path)
    assert [type(exc) for exc in told] == [errors.Damaged]
    assert of_ours() == [], "none is left behind"
