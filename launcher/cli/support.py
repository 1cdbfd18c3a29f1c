"""`support`: a bundle for whoever helps, shown before it is written."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context, in_words
from launcher.desk.support import bundle, write

HELP = "what the program knows of itself, for your admin: no keys, no contents, no video"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to; without it, it is only shown."""
    parser.add_argument("-o", "--output", metavar="FILE.zip", help="write it; without, only say what is in it")


def run(context: Context) -> None:
    """Show it; write it if a file was named."""
    parts = bundle(context.desk)
    output = None if context.arguments.dry_run else context.arguments.output
    size = write(parts, Path(output).absolute()) if output else None
    rows = [{"name": part.name, "bytes": len(part.text.encode("utf-8", "replace"))} for part in parts]
    if context.as_json:
        context.document({"file": output, "bytes": size, "parts": rows})
        return
    for row in rows:
        context.line(f"{row['name']:40} {in_words(int(str(row['bytes'])))}")
    if size is not None:
        context.say(f"Written: {output}, {in_words(size)}. Look into it before you send it.")
    else:
        context.say("Nothing was written. Write it with -o FILE.zip.")
