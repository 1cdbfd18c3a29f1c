"""What uv prints, in our words. The lines were recorded from uv 0.13."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher import errors
from launcher.cli.tools import progress_in_words
from launcher.runs.uv_program import Progress, Uv, Watched, failure

INSTALL = """Using Python 3.11.7 environment at: .
Resolved 234 packages in 705ms
Downloading opencv-python (70.4MiB)
Downloading fonttools (512.0KiB)
 Downloaded fonttools
   Building antlr4-python3-runtime==4.9.3
 Downloaded opencv-python
Prepared 233 packages in 7.48s
Installed 234 packages in 815ms
Bytecode compiled 18181 files in 12.3s
 + yarl==1.25.1
"""


def test_progress_has_counts_and_bytes() -> None:
    watched = Watched()
    told = [watched.line(line) for line in INSTALL.splitlines()]
    assert told[1] == Progress("getting 234 packages")
    assert told[3] == Progress("downloading", 2, 0, 74_344_038, 0)
    assert told[4] == Progress("downloading", 2, 1, 74_344_038, 524_288)
    assert told[-1].step == "18181 files compiled"


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("getting 234 packages"), "getting 234 packages"),
        (Progress("downloading", 2, 1, 74_344_038, 524_288), "downloading; 1 of 2 large downloads, 524 kB of 74.3 MB"),
    ],
)
def test_progress_in_words(progress: Progress, words: str) -> None:
    assert progress_in_words(progress) == words


NO_ANSWER = """error: Request failed after 3 retries in 4.5s
  cause: Failed to fetch: http://127.0.0.1:9/simple/annotated-types/
  cause: error sending request for url (http://127.0.0.1:9/simple/annotated-types/)
  cause: client error (Connect)
"""
MISMATCH = """error: Failed to download `mouse==1.0`
  cause: Hash mismatch for `mouse==1.0`

         Expected:
           sha256:6a7d1e3b53e887d42096b5b9531d7ded0d6181f28e34ac77959c09053825af92

         Computed:
           sha256:364b4ecbdce1e6640ba7816dbaa160726dd777dc61cd115ec93413298da7c212
"""
FULL = """error: Failed to download `mouse==1.0`
  cause: Failed to extract archive: mouse-1.0-py3-none-any.whl
  cause: I/O operation failed during extraction
  cause: failed to write to file `/tools/cache/.tmpkudiS1/mouse.bin`: No space left on device (os error 28)
"""
NO_PYTHON = "error: No interpreter found for Python >=3.20, <3.22 in managed installations or search path\n"
MISSING = """error: No solution found when resolving dependencies
  cause: Because there is no version of albumentations==1.4.3 and you require albumentations==1.4.3, we can conclude \
that your requirements are unsatisfiable.
"""


@pytest.mark.parametrize(
    ("said", "kind", "code", "words"),
    [
        (NO_ANSWER, errors.Unreachable, 12, "registry does not answer: Request failed after 3 retries"),
        (MISMATCH, errors.NotDone, 4, "not the one that the lock names: Failed to download `mouse"),
        (FULL, errors.LocalDisk, 6, "The local disk is full"),
        (
            NO_PYTHON,
            errors.ToolFailed,
            11,
            "no Python on this computer that the tool runs on: No interpreter found for",
        ),
        (MISSING, errors.NotDone, 4, "does not have what the lock names: No solution found"),
        ("Killed\n", errors.ToolFailed, 11, "could not be built"),
    ],
)
def test_failures_have_a_reason_and_a_next_step(
    said: str, kind: type[errors.LauncherError], code: int, words: str
) -> None:
    told = failure(said)
    assert type(told) is kind and told.exit_code == code
    assert words in str(told)
    assert told.hint in str(told) and told.detail == said


def test_uv_sees_the_sites_settings_and_nothing_of_the_persons() -> None:
    uv = Uv(Path("/tools/cache"), {"UV_DEFAULT_INDEX": "https://registry.example/simple"})
    environ = uv.environ(
        {"PATH": "/bin", "UV_INDEX_URL": "x", "VIRTUAL_ENV": "x", "PYTHONPATH": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    )
    assert {name for name in environ if environ[name] == "x"} == set()
    assert environ["PATH"] == "/bin" and environ["UV_NO_CONFIG"] == "1"
    assert environ["UV_DEFAULT_INDEX"] == "https://registry.example/simple"
