"""`publish`: another image for the running fleet."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from installer.cli.context import Context
from installer.fleet.publishing import Change, carry_out, plan
from installer.shapes import member, wrong_in
from launcher import errors

HELP = "give the running fleet another image; sessions that run go on with theirs"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Which image."""
    del common
    parser.add_argument("image", metavar="IMAGE")


def run(context: Context) -> None:
    """Look whether it can be, then do it."""
    image = context.arguments.image
    if wrong_in(member("CreateFleet", "ImageName"), image):
        raise errors.BadUsage(image, title="This is no name of an image", hint="Letters, digits and _.- , at most 101.")
    appstream = context.cloud.client("appstream")
    make(context, plan(appstream, fleet_name(context), image))


def fleet_name(context: Context) -> str:
    """The fleet of the site."""
    if not (name := context.loaded.site.fleet.name):
        raise errors.BadUsage(title="The site file names no fleet", hint="Write [fleet] name into it.")
    return name


def make(context: Context, change: Change) -> None:
    """Make a change, or say that there is none to make."""
    is_new = change.image != change.to
    if not is_new:
        context.say(f"Fleet {change.fleet} has image {change.to} already.")
    elif context.dry_run:
        context.say(f"Fleet {change.fleet} would go from {change.image} to {change.to}.")
    else:
        carry_out(context.cloud.client("appstream"), change)
        context.say(f"Fleet {change.fleet}: {change.image} -> {change.to}. Sessions that run go on with theirs.")
    if context.as_json:
        context.document({**asdict(change), "changed": is_new and not context.dry_run})
