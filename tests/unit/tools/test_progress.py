"""How far a training is, from words that the real tools printed."""

from __future__ import annotations

import pytest

from launcher.tools.progress import of_bar, of_lines, with_clock

#: Recorded from sleap-nn 0.3.5, whose bar is rewritten in place.
SLEAP = (
    "Training on cpu accelerator\n"
    "Epoch 0:   0%|          | 0/8 [00:00<?, ?it/s]\r"
    "Epoch 0:  50%|█████     | 4/8 [00:05<00:05,  0.75it/s, loss=0.0123]\r"
    "Epoch 0: 100%|██████████| 8/8 [00:10<00:00,  0.75it/s, loss=0.0091]\r"
    "Epoch 0: 100%|██████████| 8/8 [00:10<00:00,  0.71it/s, loss=0.0091, val/loss=0.0085]\r"
    "Epoch 1:  25%|██▌       | 2/8 [00:02<00:08,  0.70it/s, loss=0.0082, val/loss=0.0085]\r"
)
#: Recorded from DeepLabCut 3.0.2.
DLC = (
    "Number of iterations: 2, loss: 0.03011, lr: 0.0001\n"
    "Epoch 1/200 (lr=0.0001), train loss 0.03011\n"
    "Epoch 2/200 (lr=0.0001), train loss 0.02010, valid loss 0.02500, GPU: 812.0/15360.0 MiB\n"
    "Epoch 3/200 (lr=1e-05), train loss 0.02250, valid loss 0.02700\n"
)


def test_sleaps_bar() -> None:
    told = of_bar(SLEAP, 10)
    assert told is not None
    assert (told.epoch, told.epochs, told.loss, told.validation, told.best) == (1, 10, 0.0082, 0.0085, 0.0085)
    # The first epoch took 10 s, the second goes on at 2 of 8 steps in 2 s: 9 s an epoch, 8.75 epochs to go.
    assert told.rate == pytest.approx(9.0) and told.seconds_left == pytest.approx(8.75 * 9)
    assert told.fraction == 0.1


def test_epochs_too_short_for_the_bar_are_timed_by_the_clock() -> None:
    short = "".join(f"Epoch {number}: 100%|███| 1/1 [00:00<00:00, 40.1it/s, loss=0.02]\r" for number in range(100))
    told = of_bar(short, 500)
    assert told is not None and (told.epoch, told.rate, told.seconds_left) == (100, None, None)
    timed = with_clock(told, 20.0)
    assert timed is not None and (timed.rate, timed.seconds_left) == (0.2, 400 * 0.2)


def test_deeplabcuts_lines_and_the_clock() -> None:
    told = of_lines(DLC, 200)
    assert told is not None
    assert (told.epoch, told.epochs, told.loss, told.validation, told.best) == (3, 200, 0.0225, 0.027, 0.025)
    assert told.rate is None
    timed = with_clock(told, 60.0)
    assert timed is not None and (timed.rate, timed.seconds_left) == (20.0, 197 * 20.0)


@pytest.mark.parametrize("log", ["", "Epoch", "Epoch 1: x%|", "Epoch 3/ (lr=), train loss", "Epoch 1: 0%|" * 5000])
def test_before_the_first_epoch_nothing_is_told(log: str) -> None:
    assert of_bar(log, 5) is None and of_lines(log, 5) is None
