"""How fast the way to the bucket is thought to be, by what went."""

from __future__ import annotations

from launcher.saving.line_speed import FIRST_GUESS, SLOWEST, WAIT_S, LineSpeed

MB = 1024 * 1024


def test_before_anything_went_it_is_thought_to_be_slow() -> None:
    assert LineSpeed().at_most == FIRST_GUESS * WAIT_S


def test_many_bytes_tell() -> None:
    line = LineSpeed()
    line.learn(100 * MB, 2)
    assert line.at_most == 50 * MB * WAIT_S


def test_a_label_file_that_goes_in_a_moment_tells_nothing() -> None:
    line = LineSpeed()
    line.learn(50_000, 0.5)
    assert line.at_most == FIRST_GUESS * WAIT_S


def test_what_took_long_tells_however_little_it_was() -> None:
    line = LineSpeed()
    line.learn(MB * 3 // 2, 3)
    assert line.at_most == MB / 2 * WAIT_S


def test_a_server_that_stood_still_does_not_make_batches_of_single_files_for_ever() -> None:
    line = LineSpeed()
    line.learn(1000, 60)
    assert line.at_most == SLOWEST * WAIT_S
    for _ in range(10):
        line.learn(int(line.at_most), 0.1)  # all that may go at a time, and quickly
    assert line.at_most > 20 * MB * WAIT_S / 4


def test_nothing_that_went_is_no_news() -> None:
    line = LineSpeed()
    line.learn(0, 100)
    line.learn(0, 0)
    assert line.at_most == FIRST_GUESS * WAIT_S
