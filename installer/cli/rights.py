"""`rights`: the policies that follow from the site file."""

from __future__ import annotations

import argparse

from installer.cli.context import Context
from installer.rights.policies import broker_policy, fleet_policy, has_broker, person_policy
from launcher import errors

HELP = "the policies that follow from the site file"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """For whom."""
    del common
    parser.add_argument("--for", dest="whom", choices=("fleet", "person", "broker"), help="only this one's policy")


def run(context: Context) -> None:
    """Print them as JSON; without a broker, say what that means."""
    site = context.loaded.site
    policies = {"fleet": fleet_policy(site)}
    if has_broker(site):
        account = site.fleet.account or "123456789012"
        policies["person"] = person_policy(site)
        policies["broker"] = broker_policy(f"arn:aws:iam::{account}:role/{site.fleet.name or 'pose'}-person")
    else:
        context.say("No broker: every instance opens the homes of everybody; people are apart by convention only.")
    if context.arguments.whom is None:
        context.document(policies)
    elif context.arguments.whom in policies:
        context.document(policies[context.arguments.whom])
    else:
        raise errors.BadUsage(
            title="Without a broker there is no such policy",
            hint="Write [fleet] broker = true or [broker] url into the site file.",
        )
