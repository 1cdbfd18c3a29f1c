"""The fleet: its template under cfn-lint, what would keep it from starting, and another image while it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from installer.fleet.deploying import Deployment
from installer.fleet.preflight import Quota, quota_check, subnet_check
from installer.fleet.starting import NEXT, told
from installer.fleet.template import LARGEST, template, text_of
from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.images import add_image
from installer.rehearsal.mishaps import OF_FLEETS, Mishap
from installer.rehearsal.others import moto
from installer.rehearsal.sessions import sign_in
from installer.rehearsal.world import World
from launcher import errors
from launcher.config.site import Site, load_site
from tests.unit.installer.at_the_desk import SITE, Admin

G5 = "stream.graphics.g5.xlarge"
BROKER = 'broker = true\nalarm_email = "ann@x.org"\n'


def site_of(folder: Path, more: str = "", **replaced: str) -> Site:
    text = SITE + more
    for old, new in replaced.items():
        text = text.replace(old, new)
    (folder / "site.toml").write_text(text)
    return load_site(folder / "site.toml").site


@pytest.mark.parametrize("more", ["", BROKER], ids=["plain", "broker"])
def test_the_template_passes_cfn_lint(tmp_path: Path, more: str) -> None:
    file = tmp_path / "template.json"
    file.write_text(text_of(template(site_of(tmp_path, more))))
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--regions", "us-west-2", "--", file], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert file.stat().st_size < LARGEST


def test_homes_are_kept_closed_and_encrypted(tmp_path: Path) -> None:
    made = template(site_of(tmp_path, "[save]\nkeep_days = 7\n"))["Resources"]
    bucket = made["HomeBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    wanted = bucket["Properties"]
    assert wanted["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(wanted["PublicAccessBlockConfiguration"].values()) == {True}
    assert "AES256" in json.dumps(wanted["BucketEncryption"])
    rules = {rule["Id"]: rule for rule in wanted["LifecycleConfiguration"]["Rules"]}
    assert rules["LeftoverParts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["Replaced"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30, "never less than a month"
    assert "lab-data" not in {one["Properties"].get("BucketName") for one in made.values()}


def test_the_fleet_is_what_the_site_file_says(tmp_path: Path) -> None:
    fleet = template(site_of(tmp_path))["Resources"]["Fleet"]["Properties"]
    assert fleet["MaxUserDurationInSeconds"] == 57_600
    assert fleet["DisconnectTimeoutInSeconds"] == 7200
    assert fleet["IdleDisconnectTimeoutInSeconds"] == 0, "a training run counts as idle"
    assert fleet["StreamView"] == "APP"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('image = "pose-1"', "", "image"),
        ('vpc = "vpc-0a1b2c3d4e5f67890"', "", "vpc"),
        ("max_minutes = 960", "max_minutes = 0", "max_minutes"),
        ('name = "pose"', 'name = "pose"\nminimum = 5\nmaximum = 2', "minimum"),
    ],
)
def test_what_the_site_file_leaves_open(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(errors.BadUsage, match=named):
        template(site_of(tmp_path, **{old: new}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('account = "123456789012"', 'account = "12345678901"'),
        ('name = "pose"', 'name = "pose; rm"'),
        ('name = "pose"', 'name = "${AWS::Region}"'),
        ("subnet-0a1b2c3d4e5f67890", "subnet-xyz"),
        ("vpc-0a1b2c3d4e5f67890", "vpc"),
        ("stream.graphics.g5.xlarge", "g5.xlarge"),
    ],
)
def test_what_is_no_name_of_the_service(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(errors.BadUsage, match="line"):
        site_of(tmp_path, **{old: new})


@pytest.fixture
def account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Admin]:
    """A whole account: the service, and moto for everything else."""
    (tmp_path / "site.toml").write_text(SITE)
    with moto() as others, ControlPlane(World(), others) as plane:
        yield Admin(tmp_path / "site.toml", plane, capsys)


def other(admin: Admin, service: str) -> Any:
    keys = {"aws_access_key_id": "another", "aws_secret_access_key": "another"}
    return boto3.client(service, endpoint_url=admin.plane.url, region_name="us-west-2", **keys)


def prepare(admin: Admin) -> None:
    """What the pre-flight asks for."""
    ec2, iam = other(admin, "ec2"), other(admin, "iam")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    text = admin.site.read_text().replace("vpc-0a1b2c3d4e5f67890", vpc).replace("subnet-0a1b2c3d4e5f67890", subnet)
    admin.site.write_text(text)
    for name in ("AmazonAppStreamServiceAccess", "ApplicationAutoScalingForAmazonAppStreamAccess"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    add_image(admin.world, "pose-1", family="graphics.g5")
    admin.world.quotas |= {G5: 4, f"builder {G5}": 1}


def test_a_new_account_is_told_the_exact_requests(account: Admin) -> None:
    said = account.run("preflight", "--json")
    wrong = {row["name"]: row for row in said.json["checks"] if not row["ok"]}
    assert (said.code, said.json["ok"]) == (4, False)
    assert f"quota: {G5} fleet instances" in wrong
    hint = wrong[f"quota: {G5} fleet instances"]["hint"]
    assert "request-service-quota-increase --service-code appstream2 --quota-code L-" in hint
    assert hint.endswith("--desired-value 1")
    assert {"image", "subnet: subnet-0a1b2c3d4e5f67890", "role: AmazonAppStreamServiceAccess"} <= set(wrong)
    assert account.run("deploy").code == 4
    assert account.world.report_bucket == ""


@pytest.mark.filterwarnings("ignore:Tried to parse")  # moto makes some kinds of resources and steps over the others
def test_deployed_and_deployed_again(account: Admin) -> None:
    prepare(account)
    assert account.run("preflight").code == 0
    dry = account.run("deploy", "--dry-run", "--json")
    assert (dry.code, dry.json["changed"]) == (0, False)
    assert {"AWS::S3::Bucket", "AWS::IAM::Role"} <= {one["kind"] for one in dry.json["changes"]}
    assert "AWS::AppStream::Fleet" in {one["kind"] for one in dry.json["changes"]}
    said = account.run("deploy", "--json", "--verbose")
    assert said.code == 0, said.err
    assert (said.code, said.json["changed"]) == (0, True)
    assert account.world.report_bucket.startswith("appstream-logs-")
    other(account, "s3").head_bucket(Bucket="lab-pose-home")
    again = account.run("deploy", "--json")
    assert (again.code, again.json["changed"], again.json["changes"]) == (0, False, []), again.err
    assert other(account, "iam").list_roles()["Roles"][-1]["RoleName"]


def test_each_of_the_services_codes_has_its_next_step() -> None:
    assert set(NEXT) == {mishap.name for mishap in OF_FLEETS}
    assert told({"ErrorCode": "NEW_CODE", "ErrorMessage": "Odd."}).startswith("NEW_CODE: Odd. See the events")


@pytest.mark.filterwarnings("ignore:Tried to parse")
def test_a_fleet_that_stands_still_is_started_and_says_why_it_did(account: Admin) -> None:
    prepare(account)
    assert account.run("deploy").code == 0
    assert account.run("deploy", "--start").code == 10, "the service has no such fleet"
    account.client().create_fleet(Name="pose", InstanceType=G5, ImageName="pose-1")
    account.world.mishaps.plan(Mishap.IGW_NOT_ATTACHED)
    assert account.run("deploy", "--start", "--dry-run").code == 0
    assert account.world.fleets["pose"]["State"] == "STOPPED"
    said = account.run("deploy", "--start", "--json")
    assert (said.code, said.json["state"], account.world.fleets["pose"]["State"]) == (0, "STARTING", "STARTING")
    account.world.clock.pass_time(minutes=11)
    said = account.run("deploy", "--start", "--json")
    assert "It stopped before: IGW_NOT_ATTACHED: igw not attached. Attach an internet gateway" in said.err
    account.world.clock.pass_time(minutes=11)
    assert account.run("deploy", "--start", "--json").json["state"] == "RUNNING"


def test_the_brokers_address_is_told_again_without_a_change() -> None:
    """The service's own answer; moto tells no outputs."""
    client = boto3.client("cloudformation", region_name="us-west-2", aws_access_key_id="x", aws_secret_access_key="y")
    url = "https://a-b.execute-api.us-west-2.amazonaws.com/session"
    stack = {"StackName": "pose", "StackStatus": "UPDATE_COMPLETE", "CreationTime": datetime(2026, 11, 1, tzinfo=UTC)}
    told = {"Stacks": [{**stack, "Outputs": [{"OutputKey": "BrokerUrl", "OutputValue": url}]}]}
    with Stubber(client) as service:
        for _ in range(2):
            service.add_response("describe_stacks", told, {"StackName": "pose"})
        assert Deployment(client, "pose").outputs() == {"BrokerUrl": url}
        service.assert_no_pending_responses()


def test_the_template_alone(admin: Admin, tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    assert admin.run("deploy", "--template", file, "--dry-run").code == 0
    assert not file.exists()
    assert admin.run("deploy", "--template", file).code == 0
    assert json.loads(file.read_text())["Resources"]["Fleet"]
    assert admin.world.calls == []


@pytest.fixture
def running(admin: Admin) -> Admin:
    """A fleet that runs with the first of two images."""
    client, world = admin.client(), admin.world
    world.quotas[G5] = 4
    for name in ("pose-1", "pose-2"):
        add_image(world, name, family="graphics.g5")
    client.create_fleet(Name="pose", InstanceType=G5, ImageName="pose-1")
    client.associate_fleet(FleetName="pose", StackName="pose")
    client.start_fleet(Name="pose")
    world.clock.pass_time(minutes=11)
    world.settle()
    world.memberships.add(("ann@x.org", "pose"))
    return admin


def image(admin: Admin) -> str:
    return str(admin.world.fleets["pose"]["ImageName"])


def test_published_and_rolled_back_without_breaking_a_session(running: Admin) -> None:
    session = sign_in(running.world, "ann@x.org", "pose")
    assert running.run("publish", "pose-2", "--dry-run").code == 0
    assert image(running) == "pose-1"
    said = running.run("publish", "pose-2", "--json")
    assert (said.code, said.json["image"], said.json["to"], said.json["changed"]) == (0, "pose-1", "pose-2", True)
    assert running.world.fleets["pose"]["State"] == "RUNNING"
    assert (session["State"], session["_image"]) == ("ACTIVE", "pose-1")
    assert running.run("publish", "pose-2", "--json").json["changed"] is False
    assert running.run("rollback").code == 0
    assert image(running) == "pose-1"
    assert running.run("rollback").code == 0
    assert image(running) == "pose-2", "and forward again"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("no-such-image", 10, "no such thing"),
        ("pose-new", 4, "PENDING"),
        ("pose-g4dn", 4, "image check"),
        ("a/b", 2, "name of an image"),
        ("a b", 2, "name of an image"),
    ],
)
def test_what_cannot_be_published(running: Admin, name: str, code: int, words: str) -> None:
    add_image(running.world, "pose-new", state="PENDING")
    add_image(running.world, "pose-g4dn", family="graphics.g4dn")
    said = running.run("publish", name)
    assert said.code == code
    assert words in said.err
    assert image(running) == "pose-1"


def test_nothing_to_roll_back_to(running: Admin) -> None:
    assert running.run("rollback").code == 10


@pytest.mark.filterwarnings("ignore:Tried to parse")
def test_a_published_image_is_not_taken_back_by_deploying_an_older_file(account: Admin) -> None:
    prepare(account)
    add_image(account.world, "pose-2", family="graphics.g5")
    account.client().create_fleet(Name="pose", InstanceType=G5, ImageName="pose-2")
    said = account.run("deploy")
    assert said.code == 2
    assert 'image = "pose-2"' in said.err


def test_quotas_by_the_words_of_their_names() -> None:
    rows = [Quota("L-1", f"{G5} image builders", 0), Quota("L-2", f"Fleet instances of {G5}", 3)]
    assert quota_check(rows, G5, 3, builder=False).ok
    assert "L-2" in quota_check(rows, G5, 4, builder=False).hint
    assert "L-1" in quota_check(rows, G5, 1, builder=True).hint
    assert not quota_check([], G5, 1, builder=True).ok


def test_subnets_have_room_for_every_instance(tmp_path: Path) -> None:
    fleet = site_of(tmp_path, "maximum = 10\n").fleet
    row = {"VpcId": fleet.vpc, "AvailableIpAddressCount": 12, "AvailabilityZone": "us-west-2a"}
    assert subnet_check("s", row, fleet).ok
    assert "11 free" in subnet_check("s", row | {"AvailableIpAddressCount": 11}, fleet).message
    assert not subnet_check("s", row | {"VpcId": "vpc-other"}, fleet).ok
    assert not subnet_check("s", None, fleet).ok
