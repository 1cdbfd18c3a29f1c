"""`rollback`: the image before, for the running fleet."""

from __future__ import annotations

import argparse

from installer.cli.context import Context
from installer.cli.publish import fleet_name, make
from installer.fleet.publishing import plan_back

HELP = "give the running fleet the image that it had before"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """None of its own."""
    del parser, common


def run(context: Context) -> None:
    """Back again; a second rollback is forward again."""
    make(context, plan_back(context.cloud.client("appstream"), fleet_name(context)))
