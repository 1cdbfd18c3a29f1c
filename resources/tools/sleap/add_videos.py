"""Name more videos in a SLEAP project.

    python -I add_videos.py FILE.slp VIDEOS.json

Runs in SLEAP's environment. `VIDEOS.json` holds the size of each video by its full path. The new file is written beside
the old one, read again, and then takes its place. The last line on standard output is JSON with what was done.
"""

# ruff: noqa: INP001, T201 - run by its path in another environment, never imported

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: str, videos: str) -> None:
    """Add what is not named yet."""
    import sleap_io as sio

    place = Path(file)
    labels = sio.load_slp(file)
    named = {str(video.filename) for video in labels.videos}
    new = [path for path in json.loads(Path(videos).read_text(encoding="utf-8")) if path not in named]
    labels.videos.extend(sio.Video.from_filename(path) for path in new)
    draft = place.with_name(f".{place.name}.part.slp")
    labels.save(str(draft), embed=False, verbose=False)
    again = sio.load_slp(str(draft))
    if len(again) != len(labels) or len(again.videos) != len(labels.videos):
        sys.stderr.write("pose-launcher: the new file does not hold what the old one held\n")
        raise SystemExit(20)
    draft.replace(place)
    print(json.dumps({"added": new, "videos": len(again.videos)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
