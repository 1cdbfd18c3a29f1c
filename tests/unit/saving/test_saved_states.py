"""Which saved state a moment means, and when two states share a key."""

from __future__ import annotations

import pytest

from launcher.journal.manifest import Content, Manifest, SavedFile
from launcher.projects.states import StateRow, row_of, slot, state_at
from launcher.storage.uri import S3Uri

MOMENTS = ["2026-01-31T14:06:00.000Z", "2026-01-31T14:05:01.750Z", "2026-01-31T14:05:01.250Z", "2026-01-31T14:05:00Z"]


def manifest(at: str) -> Manifest:
    return Manifest(
        id="p-1", name="p", tool="sleap", marker="a.slp", source="s3://lab/p/", saved_at=at, session="s",
        files={}, references={},
    )  # fmt: skip


WHERE = S3Uri("lab-home", "ann/state.json")


def states() -> list[StateRow]:
    return [row_of(manifest(at).to_bytes(), WHERE) or pytest.fail("no row") for at in MOMENTS]


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("", MOMENTS[1]),
        ("2026-01-31T14:05:01.250Z", MOMENTS[2]),
        ("2026-01-31T14:05:01Z", MOMENTS[1]),
        ("2026-01-31T14:05:00Z", MOMENTS[3]),
        ("2027-01-01T00:00:00Z", MOMENTS[0]),
    ],
)
def test_a_moment_means_the_last_state_until_then(moment: str, found: str) -> None:
    state = state_at(states(), moment)
    assert state is not None and state.at == found


def test_before_the_first_state_there_is_none() -> None:
    assert state_at(states(), "2001-01-01T00:00:00Z") is None
    assert state_at(states()[:1], "") is None


def test_two_clicks_in_one_second_keep_two_states_and_two_saves_of_the_saver_in_a_minute_one() -> None:
    first, second = MOMENTS[2], MOMENTS[1]
    assert slot(first, asked_for=True) != slot(second, asked_for=True)
    assert slot(first, asked_for=False) == slot(second, asked_for=False)
    assert ":" not in slot(first, asked_for=True)


def test_a_row_is_read_from_the_beginning_alone() -> None:
    content = Content(size=7, crc64nvme="c")
    files = {
        f"labels/{number}.csv": SavedFile(local=content, saved=content, key="k", etag="e") for number in range(900)
    }
    odd = manifest(MOMENTS[0]).model_copy(update={"name": 'of "files": ä', "who": "ann", "files": files})
    data = odd.to_bytes()
    assert len(data) > 50_000
    row = row_of(data[:8192], WHERE)
    assert row is not None
    assert row.to_json() == {"at": MOMENTS[0], "files": 900, "bytes": 6300, "session": "s", "who": "ann"}


@pytest.mark.parametrize(
    "beginning",
    [b"", b"\x00 no json", b'{"saved_at": "x", "files": {}}', b'{"saved_at":"x","session":"s","who":"","files":{}}'],
)
def test_what_says_too_little_is_read_whole_or_passed_over(beginning: bytes) -> None:
    assert row_of(beginning, WHERE) is None
