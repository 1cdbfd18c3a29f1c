"""When DeepLabCut's snapshots are saved, and that they are whole; how a training is stopped.

Imported by `run_task.py`, in DeepLabCut's environment.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

#: DeepLabCut counts epochs between snapshots; a slow epoch must not cost an hour when something ends the training.
SAVED_EVERY_S = 120.0


class Stopped(Exception):
    """Somebody asked for an end, and the last epoch is saved."""


def stop_after_epoch(stop: Path) -> None:
    """Save and end after the epoch in which somebody asks, and save by the clock, too."""
    from deeplabcut.pose_estimation_pytorch.runners.snapshots import TorchSnapshotManager

    whole, saved = TorchSnapshotManager.update, [time.monotonic()]

    def update(self: Any, epoch: int, state_dict: dict[str, Any], last: bool = False) -> None:
        is_asked = stop.exists()
        is_time = time.monotonic() - saved[0] > SAVED_EVERY_S
        whole(self, epoch, state_dict, last=last or is_asked or is_time)
        if is_time:
            saved[0] = time.monotonic()
        if is_asked:
            raise Stopped

    TorchSnapshotManager.update = update


def save_whole() -> None:
    """Snapshots appear whole or not at all: DeepLabCut writes them in place, and the last is what is gone on from."""
    import torch

    save = torch.save

    def saved(states: Any, file: Any, *args: Any, **more: Any) -> None:
        if not isinstance(file, (str, Path)):
            save(states, file, *args, **more)
            return
        draft = Path(file).with_name(f".{Path(file).name}.part")
        try:
            save(states, draft, *args, **more)
            draft.replace(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    torch.save = saved
