"""When a file may be saved, decided from looks at the disk on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal import Stat
from launcher.saving.quiet import (
    BATCH_BYTES,
    CALM_S,
    LABEL_BYTES,
    LABEL_QUIET_S,
    QUIET_S,
    RESTLESS_S,
    Looks,
    is_label,
)
from launcher.tools import tool
from launcher.tools.saving_rules import series_of

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
    seen.look({path: stat(1)}.items(), now=100)
    assert seen.quiet(100 + quiet_s - 0.1) == {}
    assert seen.next_due() == 100 + quiet_s
    seen.look({path: stat(1)}.items(), now=100 + quiet_s)
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
    seen.look({"config.yaml": stat(1)}.items(), now=0)
    assert seen.next_due() is None
    seen.look({"config.yaml": stat(2)}.items(), now=10)
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
    seen.look({"a.csv": stat(1), "b.csv": stat(1)}.items(), now=0)
    seen.look_at("a.csv", None, 1)
    seen.look({}.items(), now=2)
    assert seen.is_idle
    assert seen.next_due() is None


def test_a_look_that_broke_off_forgets_nothing() -> None:
    def broken() -> Iterator[tuple[str, Stat]]:
        yield "a.csv", stat(1)
        raise OSError("broke off")

    seen = looks()
    seen.settle({"a.csv": stat(1), "b.csv": stat(1)})
    seen.look_at("c.csv", stat(1), 0)
    with pytest.raises(OSError, match="broke off"):
        seen.look(broken(), now=1)
    seen.look({"a.csv": stat(1), "b.csv": stat(1), "c.csv": stat(1)}.items(), now=2)
    assert seen.quiet(100) == {"c.csv": stat(1)}


def test_excluded_files_wake_nobody() -> None:
    seen = looks(lambda path: path.endswith(".tmp"))
    seen.look({"a.tmp": stat(1)}.items(), now=0)
    seen.look({"a.tmp": stat(2)}.items(), now=5)
    assert seen.is_idle


def test_a_failure_is_tried_again_later_and_later_but_a_change_at_once() -> None:
    seen = looks()
    seen.look({"a.csv": stat(1)}.items(), now=0)
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
        seen.look({"scan.avi": stat(version)}.items(), now)
        assert ("scan.avi" in seen.quiet(now)) == (now >= since + QUIET_S)


@pytest.mark.parametrize(("path", "is_taken"), [("learning_stats.csv", True), ("last.ckpt", True), ("scan.avi", False)])
def test_what_never_goes_quiet_is_taken_in_a_calm_moment_if_a_half_of_it_would_be_noticed(
    path: str, is_taken: bool
) -> None:
    seen, taken = looks(), []
    for tenth in range(600):  # written every five seconds, as a training with short epochs does
        now = tenth / 10
        seen.look_at(path, stat(tenth // 50), now)
        if seen.quiet(now):
            taken.append(now)
    assert bool(taken) is is_taken
    assert all(now >= RESTLESS_S and now % 5 >= CALM_S for now in taken)


def training_looks() -> Looks:
    patterns = SLEAP.saving_order().rewritten
    return Looks(lambda path, size: is_label(SLEAP, path, size), lambda path: False, lambda p: series_of(p, patterns))


def test_a_network_that_is_rewritten_all_the_time_is_kept_current_and_not_sent_each_time() -> None:
    seen, sent = training_looks(), []
    for now in range(600):  # an epoch takes twelve seconds
        seen.look_at("models/m/best.ckpt", stat(now // 12), now)
        quiet = seen.quiet(now)
        if quiet:
            sent.append(now)
            seen.settle(quiet)
            seen.sent(quiet, now, seconds=5)
    assert 10 <= len(sent) <= 14, "of fifty epochs: five seconds of sending in forty-five"


def test_after_a_pause_a_rewritten_network_goes_at_once() -> None:
    seen = training_looks()
    seen.sent(["models/m/best.ckpt"], 0, seconds=5)
    seen.look_at("models/m/best.ckpt", stat(1), 300)
    assert seen.next_due() == 300 + QUIET_S


def test_of_a_series_the_newest_goes_and_the_others_when_the_training_is_over() -> None:
    patterns = DLC.saving_order().rewritten
    seen = Looks(lambda path, size: False, lambda path: False, lambda path: series_of(path, patterns))
    train = "dlc-models-pytorch/iteration-0/x/train"
    for number, now in ((10, 0), (20, 2), (30, 4)):
        seen.look_at(f"{train}/snapshot-{number:03}.pt", stat(number), now)
    seen.look_at(f"{train}/snapshot-best-010.pt", stat(10), 4)
    first = seen.batch(seen.quiet(12))
    assert {path.rpartition("/")[2] for path in first} == {"snapshot-030.pt", "snapshot-best-010.pt"}
    seen.settle(first)
    seen.sent(first, 14, seconds=2)
    assert seen.quiet(40) == {}
    seen.look_at(f"{train}/snapshot-010.pt", None, 41)  # the tool removes its old ones
    later = seen.quiet(4 + 61)
    assert {path.rpartition("/")[2] for path in later} == {"snapshot-020.pt"}
