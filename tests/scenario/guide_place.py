"""The rehearsal's place that the commands of both guides are run in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from installer.rehearsal.place import CATALOGUE, DATA, HOMES, Place, open_place
from installer.rehearsal.story import SAMPLE
from launcher.config.site import load_site
from launcher.storage import bucket
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


@contextmanager
def guide_place(folder: Path, image: str) -> Iterator[Place]:
    """A site with its buckets, for sessions on that image; the recordings have the sample project."""
    with open_place(folder, lambda _: None) as made:
        made.write_site(image)
        with Store(load_site(made.site).site.s3) as store:
            for name in (DATA, HOMES, CATALOGUE):
                bucket.ensure(store, name)
            files = [path for path in (SAMPLE / "open-arena-Sample-2026-01-15").rglob("*") if path.is_file()]
            bucket.fill(store, S3Uri(DATA), SAMPLE, sorted(path.relative_to(SAMPLE).as_posix() for path in files))
        yield made
