"""`supply`: what is shipped, for whoever has to answer for it."""

from __future__ import annotations

import argparse
from pathlib import Path

from installer.cli.context import Context
from installer.image.plan import LOCK, ROOT
from installer.outputs import write_output
from installer.supply.bill import bill, hashes, licences, locks, packages_in
from installer.supply.wheel import build_wheel

HELP = "bill of materials, licences, hashes and the wheel of this commit"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Where to."""
    del common
    parser.add_argument("-o", dest="folder", type=Path, default=Path("dist"), metavar="DIR")


def run(context: Context) -> None:
    """Write them all; the same commit gives the same bytes."""
    folder: Path = context.arguments.folder
    held = locks()
    counts = {name: len(packages_in(path.read_text(encoding="utf-8"))) for name, path in held.items()}
    files: list[Path] = []
    if not context.dry_run:
        files = [build_wheel(ROOT, folder)]
        texts = {"sbom.cdx.json": bill(held), "licences.csv": licences(LOCK)}
        for name, text in texts.items():
            write_output(folder / name, text)
            files.append(folder / name)
        write_output(folder / "SHA256SUMS", hashes(files))
    for name, count in counts.items():
        context.say(f"{name}: {count} packages, each with its hashes")
    if context.as_json:
        context.document({"packages": counts, "files": [str(path) for path in files]})
