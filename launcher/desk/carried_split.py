"""The split of a training in the home prefix: what goes on elsewhere learns from the same frames, and no test frame."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.projects.source import OURS
from launcher.storage.checksums import digest_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.storage.uri import S3Uri

_LARGEST = 32 * 1024 * 1024


def keep(desk: Desk, run: str, split: Mapping[str, Any]) -> None:
    """Beside what else is known of the run; it never changes."""
    data = json.dumps(split).encode()
    desk.store.uploader.put(_place(desk, run), data, digest_of(data), replaces=None)


@contextmanager
def brought(desk: Desk, run: str) -> Iterator[Path | None]:
    """A file with it, for as long as the block lasts; None for a run that an older launcher queued."""
    read = desk.store.objects.read_small(_place(desk, run), _LARGEST)
    if read is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="split-") as folder:
        file = Path(folder) / "split.json"
        file.write_bytes(read[0])
        yield file


def _place(desk: Desk, run: str) -> S3Uri:
    return desk.home.child(f"{OURS}runs/{run}/split.json")
