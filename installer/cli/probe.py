"""`probe`: what no document says about a real instance."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from installer.cli.context import Context
from installer.outputs import write_output
from installer.probing import answers

HELP = "what no document says about a real instance, asked on one; answers in a file"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Where to."""
    del common
    parser.add_argument("-o", dest="file", type=Path, metavar="FILE")


def run(context: Context) -> None:
    """Ask everything; what needs a person is said."""
    rows = [asdict(one) for one in answers()]
    if context.arguments.file and not context.dry_run:
        write_output(context.arguments.file, json.dumps({"answers": rows}, indent=1) + "\n")
    if context.as_json:
        context.document({"answers": rows})
        return
    for row in rows:
        found = "" if row["found"] is None else json.dumps(row["found"], ensure_ascii=False)
        context.line(f"{row['number']:2} {row['question']} {found[:200]}".rstrip())
        if row["by_hand"]:
            context.line(f"   by hand: {row['by_hand']}")
