"""Make a new DeepLabCut project's tables complete: the `.h5` that DeepLabCut reads, from the `.csv` beside it.

    python -I convert_project.py FOLDER

Runs in DeepLabCut's environment. Configuration and tables are read again by DeepLabCut's own readers. The last line on
standard output is JSON with what was done; what a person should be told is a line on standard error that begins with
"pose-launcher:".
"""

# ruff: noqa: INP001, T201 - run by its path in another environment, never imported

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

REFUSED = 20


def refuse(text: object) -> NoReturn:
    """End with a line that says why."""
    sys.stderr.write(f"pose-launcher: {' '.join(str(text).split())}\n")
    raise SystemExit(REFUSED)


def converted(csv: Path, headings: int) -> int:
    """One table as `.h5`, as DeepLabCut's own converter writes it; returns its rows."""
    import pandas as pd
    from deeplabcut.utils.conversioncode import guarantee_multiindex_rows

    table = pd.read_csv(csv, index_col=0, header=list(range(headings)))
    if csv.name.startswith("CollectedData"):
        guarantee_multiindex_rows(table)
    out = csv.with_suffix(".h5")
    table.to_hdf(out, key="df_with_missing", mode="w")
    again = pd.read_hdf(out)
    if not table.equals(again):
        refuse(f"{csv.name} reads differently as .h5")
    return len(again)


def main(folder: str) -> None:
    """Convert all tables, and say in JSON what DeepLabCut reads."""
    from deeplabcut.utils.auxiliaryfunctions import get_bodyparts, read_config

    project = Path(folder)
    config: Any = read_config(str(project / "config.yaml"))
    headings = 4 if config["multianimalproject"] else 3
    labelled = sum(converted(csv, headings) for csv in sorted(project.glob("labeled-data/*/CollectedData_*.csv")))
    predicted = sum(converted(csv, headings) for csv in sorted(project.glob("videos/*DLC_*.csv")))
    print(json.dumps({"frames": labelled, "predictions": predicted, "parts": list(get_bodyparts(config))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
