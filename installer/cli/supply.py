"""`supply`: what is shipped, for whoever has to answer for it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from installer.cli.context import Context
from installer.image.plan import ROOT
from installer.outputs import write_output
from installer.supply.bill import bill, hashes, locks, packages_in
from installer.supply.licences import licences, places
from installer.supply.wheel import build_wheel
from launcher.runs.environments import TOOLS_VARIABLE

HELP = "bill of materials, licences, hashes and the wheel of this commit"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Where to, and where the pose tools are."""
    del common
    parser.add_argument("-o", dest="folder", type=Path, default=Path("dist"), metavar="DIR")
    named = os.environ.get(TOOLS_VARIABLE)
    tools = "where the pose tools are installed, for their licences"
    parser.add_argument("--tools", type=Path, default=named and Path(named), metavar="DIR", help=tools)


def run(context: Context) -> None:
    """Write them all; the same commit gives the same wheel and the same bill."""
    folder: Path = context.arguments.folder
    held = locks()
    counts = {name: len(packages_in(path.read_text(encoding="utf-8"))) for name, path in held.items()}
    where = places(context.arguments.tools, list(held))
    files: list[Path] = []
    if not context.dry_run:
        files = [build_wheel(ROOT, folder)]
        texts = {"sbom.cdx.json": bill(held), "licences.csv": licences(held, where)}
        for name, text in texts.items():
            write_output(folder / name, text)
            files.append(folder / name)
        write_output(folder / "SHA256SUMS", hashes(files))
    for name, count in counts.items():
        context.say(f"{name}: {count} packages, each with its hashes")
    if missing := sorted(held.keys() - where.keys()):
        context.say(f"Without the licences of {', '.join(missing)}: not installed; name their folder with --tools.")
    if context.as_json:
        context.document({"packages": counts, "files": [str(path) for path in files]})
