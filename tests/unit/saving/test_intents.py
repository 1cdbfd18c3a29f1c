"""What was about to go is found again by the next run, whatever its key looks like."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.saving.intents import FILE, Intents
from launcher.storage.checksums import Digest
from launcher.storage.uri import S3Uri

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(writes=st.dictionaries(KEYS, st.integers(0, 2**50), max_size=5))
def test_every_write_is_found_again(writes: dict[str, int]) -> None:
    with TemporaryDirectory() as folder:
        intents = Intents(Path(folder))
        for key, size in writes.items():
            intents.add(S3Uri("home", key), Digest(size, "AAA=", f"{size:x}"))
        intents.close()
        again = Intents(Path(folder))
        for key, size in writes.items():
            assert again.sha256_of(S3Uri("home", key), size, "AAA=") == f"{size:x}"
            assert again.sha256_of(S3Uri("home", key), size, "BBB=") is None


def test_a_line_that_a_kill_cut_off_hides_no_other(tmp_path: Path) -> None:
    intents = Intents(tmp_path)
    intents.add(S3Uri("home", "a"), Digest(1, "AAA=", "00"))
    intents.close()
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write('["b", 2, "AA')
    again = Intents(tmp_path)
    assert again.sha256_of(S3Uri("home", "a"), 1, "AAA=") == "00"
    again.add(S3Uri("home", "c"), Digest(3, "CCC=", "02"))
    again.close()
    assert Intents(tmp_path).sha256_of(S3Uri("home", "c"), 3, "CCC=") == "02"


def test_a_full_disk_that_takes_half_a_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not written down may not go: after a kill it would be taken for another session's."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[: len(data) // 2]))
    intents = Intents(tmp_path)
    with pytest.raises(OSError, match="space"):
        intents.add(S3Uri("home", "a"), Digest(1, "AAA=", "00"))
    intents.close()
