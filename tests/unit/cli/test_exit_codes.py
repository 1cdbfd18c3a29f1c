"""One exit code for several failures, and errors that cross a pipe unharmed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from launcher import errors
from launcher.cli.main import unexpected
from launcher.config.find import Found
from launcher.desk.desk import Desk, Setup
from launcher.errors import KINDS, LauncherError, from_json, worst_of
from launcher.session.facts import session_facts


@pytest.mark.parametrize(
    ("codes", "worst"),
    [([], 0), ([0, 0], 0), ([3, 0], 3), ([3, 7], 7), ([7, 4, 3], 4), ([4, 9], 9), ([9, 8], 8), ([8, 6], 6), ([6, 5], 5),
     ([5, 12], 12), ([12, 1], 1), ([10], 10), ([2], 2), ([0, 11], 11), ([130], 130)],
)  # fmt: skip
def test_the_worst_of_several_wins(codes: list[int], worst: int) -> None:
    assert worst_of(codes) == worst == worst_of(reversed(codes))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_an_error_arrives_in_another_process_as_it_left(name: str) -> None:
    for error in (KINDS[name]("s3://x/ü"), KINDS[name]("x", title="T", hint="H.", detail="d")):
        arrived = from_json(json.loads(json.dumps(error.to_json())))
        assert type(arrived) is type(error)
        assert (str(arrived), arrived.detail, arrived.exit_code) == (str(error), error.detail, error.exit_code)


def test_an_error_of_another_version_is_still_told() -> None:
    assert "something" in str(from_json({"kind": "NotYetKnown", "title": "something"}))
    assert from_json({}).exit_code == 1


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_error_says_what_happened_and_what_next(kind: type[LauncherError]) -> None:
    told = str(kind("a subject"))
    assert "a subject" in told
    assert kind.title in told and kind.hint in told
    assert kind.hint.endswith(".")


def test_exit_codes_are_those_of_the_contract() -> None:
    codes = {kind.__name__: kind.exit_code for kind in KINDS.values()}
    assert codes == {
        "LauncherError": 1, "BadUsage": 2, "NotDone": 4, "Damaged": 4, "ChangedMeanwhile": 4, "Refused": 5,
        "LocalDisk": 6, "PlaceClosed": 6, "NamesRefused": 7, "Held": 8, "WeakServer": 9, "NotFound": 10,
        "ToolFailed": 11, "OutOfHandles": 4, "Unreachable": 12, "Interrupted": 130,
    }  # fmt: skip
    assert errors.INTERRUPTED == 130


def test_our_own_mistake_is_told_also_where_its_words_are_no_text(tmp_path: Path) -> None:
    """Half of a letter, as it is in a file's name that is no text."""
    setup = Setup(None, Found(tmp_path / "state", "--state-dir"), session_facts({}))
    with Desk(setup) as desk:
        told = unexpected(ValueError("a\udcffb"), desk)
    assert (told.exit_code, "last-crash.txt" in told.hint) == (1, True)
    assert "a\\udcffb" in (tmp_path / "state" / "last-crash.txt").read_text()
