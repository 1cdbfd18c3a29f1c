"""`config show`: every setting with where its value came from."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context

HELP = "every setting, and where its value came from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with them; so far they can be shown."""
    parser.add_argument("action", choices=["show"])


def run(context: Context) -> None:
    """Show them."""
    settings = context.desk.settings()
    if context.as_json:
        rows = [{"name": setting.name, "value": setting.value, "source": setting.source} for setting in settings]
        context.document({"settings": rows})
        return
    for setting in settings:
        context.line(f"{setting.name:28} {setting.value!s:48} {setting.source}")
