"""When a file may be saved, decided from looks at the disk on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal import Stat
from launcher.saving.quiet import BATCH_BYTES, LABEL_BYTES, LABEL_QUIET_S, QUIET_S, Looks, is_label
from launcher.tools import tool

DLC, SLEAP = tool("deeplabcut"), tool("sleap")


def stat(version: int, size: int = 100) -> Stat:
    """The fingerprint of one version of a file."""
    return Stat(size, version, version, 1)


def looks(is_excluded: Callable[[str], bool] = lambda path: False) -> Looks:
    return Looks(lambda path, size: is_label(DLC, path, size), is_excluded)


@pytest.mark.parametrize(
    ("path", "size", "expected"),
    [
        ("config.yaml", 100, True),
        ("labeled-data/m/CollectedData_Ada.h5", 100, True),
        ("labeled-data/m/CollectedData_Ada.csv", LABEL_BYTES, True),
        ("labeled-data/m/machinelabels-iter0.h5", 100, True),
        ("dlc-models/x/train/pose_cfg.YAML", 100, True),
        ("notes.json", 100, True),
        ("labeled-data/m/CollectedData_Ada.h5", LABEL_BYTES + 1, False),
        ("labeled-data/m/img001.png", 100, False),
        ("dlc-models/x/train/snapshot-100.pt", 100, False),
    ],
)
def test_what_a_person_made_by_hand_has_the_shorter_promise(path: str, size: int, expected: bool) -> None:
    assert is_label(DLC, path, size) is expected


def test_a_sleap_project_is_a_label_file() -> None:
    assert is_label(SLEAP, "fly.slp", 100)


@pytest.mark.parametrize(("path", "quiet_s"), [("config.yaml", LABEL_QUIET_S), ("snapshot.pt", QUIET_S)])
def test_two_equal_looks_a_while_apart_make_it_quiet(path: str, quiet_s: float) -> None:
    seen = looks()
    seen.look({path: stat(1)}, now=100)
    assert seen.quiet(100 + quiet_s - 0.1) == {}
    assert seen.next_due() == 100 + quiet_s
    seen.look({path: stat(1)}, now=100 + quiet_s)
    assert seen.quiet(100 + quiet_s) == {path: stat(1)}


def test_what_keeps_changing_never_goes_quiet_and_then_counts_from_its_last_change() -> None:
    seen = looks()
    for second in range(20):
        seen.look_at("snapshot.pt", stat(second), second)
        assert seen.quiet(second) == {}
    assert seen.next_due() == 19 + QUIET_S


def test_settled_is_at_rest_until_it_changes() -> None:
    seen = looks()
    seen.settle({"config.yaml": stat(1)})
    seen.look({"config.yaml": stat(1)}, now=0)
    assert seen.next_due() is None
    seen.look({"config.yaml": stat(2)}, now=10)
    assert seen.next_due() == 10 + LABEL_QUIET_S
    seen.settle({"config.yaml": stat(1)})  # an older version was saved meanwhile
    assert seen.quiet(20) == {"config.yaml": stat(2)}


def test_changed_and_changed_back_is_nothing_to_do() -> None:
    seen = looks()
    seen.settle({"a.csv": stat(1)})
    seen.look_at("a.csv", stat(2), 0)
    seen.look_at("a.csv", stat(1), 1)
    assert seen.is_idle


def test_a_file_that_went_is_not_waited_for() -> None:
    seen = looks()
    seen.look({"a.csv": stat(1), "b.csv": stat(1)}, now=0)
    seen.look_at("a.csv", None, 1)
    seen.look({}, now=2)
    assert seen.is_idle
    assert seen.next_due() is None


def test_excluded_files_wake_nobody() -> None:
    seen = looks(lambda path: path.endswith(".tmp"))
    seen.look({"a.tmp": stat(1)}, now=0)
    seen.look({"a.tmp": stat(2)}, now=5)
    assert seen.is_idle


def test_a_failure_is_tried_again_later_and_later_but_a_change_at_once() -> None:
    seen = looks()
    seen.look({"a.csv": stat(1)}, now=0)
    pauses = []
    for _ in range(8):
        now = seen.next_due()
        assert now is not None
        seen.put_off(["a.csv", "never seen"], now)
        due = seen.next_due()
        assert due is not None
        pauses.append(due - now)
    assert pauses == [15, 30, 60, 120, 240, 480, 600, 600]
    seen.look_at("a.csv", stat(2), 5_000)
    assert seen.next_due() == 5_000 + QUIET_S


def test_label_files_go_first_and_alone() -> None:
    quiet = {"config.yaml": stat(1), "snapshot.pt": stat(1), "labeled-data/m/CollectedData_A.csv": stat(1)}
    assert set(looks().batch(quiet)) == {"config.yaml", "labeled-data/m/CollectedData_A.csv"}


def test_a_batch_is_bounded_but_never_empty() -> None:
    large = {f"{number}.pt": stat(1, BATCH_BYTES // 2) for number in range(5)}
    assert list(looks().batch(large)) == ["0.pt", "1.pt"]
    assert list(looks().batch({"huge.pt": stat(1, 100 * BATCH_BYTES)})) == ["huge.pt"]
    assert looks().batch({}) == {}


@given(st.lists(st.tuples(st.floats(0.1, 5), st.integers(0, 2)), min_size=1, max_size=60))
def test_whatever_happens_quiet_means_unchanged_for_long_enough(steps: list[tuple[float, int]]) -> None:
    """An oracle of its own: the time since which the file has been what it is."""
    seen, now, since, current = looks(), 0.0, 0.0, -1
    for pause, version in steps:
        now += pause
        if version != current:
            since, current = now, version
        seen.look({"snapshot.pt": stat(version)}, now)
        assert ("snapshot.pt" in seen.quiet(now)) == (now >= since + QUIET_S)
