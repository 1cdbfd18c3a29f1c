"""`deploy`: buckets, roles, fleet, stack, scaling, alarms, reports and broker, as the site file says."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from botocore.exceptions import ClientError

from installer.cli.context import Context
from installer.cli.preflight import look
from installer.cloud import service_errors
from installer.fleet.deploying import Deployment
from installer.fleet.publishing import fleet_now, image_of
from installer.fleet.starting import start
from installer.fleet.template import template, text_of
from installer.outputs import write_output
from installer.rights.policies import home_root
from launcher import errors

HELP = "make or update the site's fleet and all that belongs to it, by CloudFormation"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Where the template goes, and whether findings stop it."""
    del common
    parser.add_argument("--template", type=Path, metavar="FILE", help="only write the template there")
    parser.add_argument("--start", action="store_true", help="and start the fleet, if it stands still")
    parser.add_argument("--no-preflight", action="store_true", help="deploy although something was found")


def run(context: Context) -> None:
    """The template alone, or all of it."""
    text = text_of(template(context.loaded.site))
    if context.arguments.template:
        if not context.dry_run:
            write_output(context.arguments.template, text)
        context.say(f"{'Would be written' if context.dry_run else 'Written'}: {context.arguments.template}")
        return
    findings = look(context)
    if not all(row.ok for row in findings) and not context.arguments.no_preflight:
        context.say("Nothing was changed. Mend what was found, or deploy with --no-preflight.")
        return
    _refuse_drift(context)
    _deploy(context, text)


def _refuse_drift(context: Context) -> None:
    """A published image is not in the template: deploying an older site file would take it back unasked."""
    fleet = context.loaded.site.fleet
    try:
        image = image_of(fleet_now(context.cloud.client("appstream"), fleet.name))
    except errors.NotFound:
        return
    if image != fleet.image:
        raise errors.BadUsage(
            f"the fleet has {image}, the site file {fleet.image}",
            title="The fleet has another image than the site file says",
            hint=f'Nothing was changed. Write image = "{image}" into [fleet], or publish the other one.',
        )


def _deploy(context: Context, text: str) -> None:
    deployment = Deployment(context.cloud.client("cloudformation"), f"{context.loaded.site.fleet.name}-pose-launcher")
    parameters = {"ImageName": context.loaded.site.fleet.image, "MakeHomeBucket": _makes_bucket(context, deployment)}
    name, planned = deployment.change_set(text, parameters)
    for one in planned:
        context.say(f"{one.action:8} {one.kind:45} {one.name}{' (made anew)' if one.replacement else ''}")
    if not planned or context.dry_run:
        deployment.drop(name)
        context.say("Nothing to change." if not planned else "Nothing was changed.")
    else:
        deployment.carry_out(name, context.say)
        _reports(context)
    outputs = deployment.outputs()
    if url := outputs.get("BrokerUrl"):
        context.say(f'Write into the site file, and into the image: [broker] url = "{url}"')
    state = None
    if context.arguments.start and not context.dry_run:
        state = start(context.cloud.client("appstream"), context.loaded.site.fleet.name, context.say)
    if context.as_json:
        changed = bool(planned) and not context.dry_run
        rows = [asdict(one) for one in planned]
        context.document({"changes": rows, "outputs": outputs, "changed": changed, "state": state})


def _makes_bucket(context: Context, deployment: Deployment) -> str:
    """Made with the first deployment, unless the lab has it already; once made, it stays part of it."""
    if deployment.exists():
        with service_errors(deployment.name):
            stack = deployment.client.describe_stacks(StackName=deployment.name)["Stacks"][0]
        given: dict[str, str] = {row["ParameterKey"]: row["ParameterValue"] for row in stack["Parameters"]}
        return given.get("MakeHomeBucket", "yes")
    s3 = context.cloud.client("s3")
    try:
        s3.head_bucket(Bucket=home_root(context.loaded.site).bucket)
    except ClientError as exc:
        if exc.response["Error"]["Code"] in ("404", "NoSuchBucket"):
            return "yes"
        with service_errors(home_root(context.loaded.site)):
            raise
    context.say("The home bucket is there already and stays as it is; see docs/rights.md for its policy.")
    return "no"


def _reports(context: Context) -> None:
    """CloudFormation knows no usage reports; asking for them twice changes nothing."""
    with service_errors("usage reports"):
        context.cloud.client("appstream").create_usage_report_subscription()
