"""Name more videos in a DeepLabCut project's configuration.

    python -I add_videos.py CONFIG.yaml VIDEOS.json

Runs in DeepLabCut's environment, through its own reader and writer of configurations. `VIDEOS.json` holds the size of
each video by its full path. The last line on standard output is JSON with what was done.
"""

# ruff: noqa: INP001, T201 - run by its path in another environment, never imported

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(config: str, videos: str) -> None:
    """Add what is not named yet, and make the folders for their frames."""
    from deeplabcut.utils.auxiliaryfunctions import edit_config, read_config

    told: Any = read_config(config)
    named = dict(told["video_sets"] or {})
    wanted = json.loads(Path(videos).read_text(encoding="utf-8"))
    new = {path: {"crop": f"0, {size[0]}, 0, {size[1]}"} for path, size in wanted.items() if path not in named}
    edit_config(config, {"video_sets": {**named, **new}})
    for path in new:
        (Path(config).parent / "labeled-data" / Path(path).stem).mkdir(parents=True, exist_ok=True)
    print(json.dumps({"added": list(new), "videos": len(named) + len(new)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
