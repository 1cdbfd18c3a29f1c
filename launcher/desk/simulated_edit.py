"""Stands for a person's work in a pose tool: a small, valid change to a project, made by a process of its own.

    python -m launcher.desk.simulated_edit FILE

DeepLabCut's `config.yaml` gets another dot size, SLEAP's labels one point moved by a quarter of a pixel and back.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def edit(file: Path) -> None:
    """Change the file as its tool might."""
    if file.suffix == ".slp":
        _move_a_point(file)
    else:
        _other_dot_size(file)


def _other_dot_size(file: Path) -> None:
    text = file.read_bytes().decode("utf-8")
    found = re.search(r"^dotsize: *(\d+)", text, re.MULTILINE)
    if found is None:
        changed = text.rstrip() + "\ndotsize: 8\n"
    else:
        changed = text[: found.start(1)] + ("9" if found[1] == "8" else "8") + text[found.end(1) :]
    file.write_bytes(changed.encode("utf-8"))


def _move_a_point(file: Path) -> None:
    import h5py

    with h5py.File(file, "r+") as labels:
        points = next((labels[name] for name in ("points", "pred_points") if len(labels[name])), None)
        if points is None:
            return
        row = points[0]
        row["x"] = row["x"] + (0.25 if row["x"] % 0.5 < 0.25 else -0.25)
        points[0] = row


if __name__ == "__main__":
    edit(Path(sys.argv[1]))
