"""Who is on, what ran and what it cost, as an admin reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from installer.rehearsal.control_plane import ControlPlane
from installer.rehearsal.images import add_image
from installer.rehearsal.others import moto
from installer.rehearsal.sessions import disconnect, sign_in
from installer.rehearsal.world import World
from installer.usage.page import Month, page
from installer.usage.reports import rows_of
from installer.usage.summary import PersonHours, load_prices
from launcher import errors
from tests.unit.installer.at_the_desk import SITE, Admin

HEAD = "user_session_id,user_id,session_start_time,session_duration_in_seconds,fleet_name,stack_name,instance_type\n"
G4DN = "stream.graphics.g4dn.xlarge"


@pytest.fixture
def account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Admin]:
    (tmp_path / "site.toml").write_text(SITE)
    with moto() as others, ControlPlane(World(), others) as plane:
        yield Admin(tmp_path / "site.toml", plane, capsys)


def report(admin: Admin, day: str, text: str) -> None:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    s3: Any = boto3.client("s3", endpoint_url=admin.plane.url, region_name="us-west-2", **keys)
    bucket = admin.client().create_usage_report_subscription()["S3BucketName"]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    key = f"sessions/schedule=DAILY/year=2026/month=11/day={day}/daily-session-report-2026-11-{day}.csv"
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())


def test_a_month_is_added_up_and_shown(account: Admin, tmp_path: Path) -> None:
    assert account.run("usage", "--month", "2026-11").code == 10
    rows = [f"s1,ann@x.org,2026-11-02,7200,pose,pose,{G4DN}", f"s2,bob@x.org,2026-11-02,1800,pose,pose,{G4DN}"]
    rows += ["s3,ann@x.org,2026-11-02,3600,pose,pose,stream.standard.medium", "s4,eve@x.org,2026-11-02,,pose,pose,x"]
    report(account, "02", HEAD + "\n".join(rows) + "\n")
    file = tmp_path / "usage.html"
    said = account.run("usage", "--month", "2026-11", "--json", "--html", file)
    people = {one["user"]: one for one in said.json["people"]}
    assert (said.code, list(people)) == (4, ["ann@x.org", "bob@x.org"])
    assert (people["ann@x.org"]["hours"], people["ann@x.org"]["gpu_hours"]) == (3.0, 2.0)
    assert people["ann@x.org"]["usd"] is None, "a type without a price"
    assert people["bob@x.org"]["usd"] == 0.42
    assert said.json["prices"][0]["day"] == "2023-08-01"
    assert "line 5: no duration" in said.err
    written = file.read_text()
    assert "bob@x.org" in written and "Behaviour core, November 2026" in written
    assert "Together</th><td class=n>3</td><td class=n>3.50</td>" in written
    assert "stream.standard.medium: no price is known" in written
    assert account.run("usage", "--month", "2026-10", "--json").json["people"] == []


@pytest.mark.parametrize("month", ["2026-13", "11-2026", "2026-11/../..", ""])
def test_what_is_no_month(account: Admin, month: str) -> None:
    assert account.run("usage", "--month", month).code == 2


def test_nothing_in_a_page_is_more_than_text() -> None:
    evil = PersonHours('<script>alert("x")</script>', 1, 1.0, 1.0, None)
    text = page(Month("<img src=x>", "2026-11", [evil], [], 0, ["<b>"]))
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "http" not in text, "nothing is loaded from elsewhere"


@pytest.mark.parametrize(
    ("text", "sessions", "unread"),
    [
        ("", 0, 1),
        ("a,b\n1,2\n", 0, 1),
        (HEAD, 0, 0),
        (HEAD + "s,u,t,-5,f,s,i\n", 0, 1),
        (HEAD + "s,u,t,60,f,s,i\n", 1, 0),
    ],
)
def test_reports_that_are_not_whole(text: str, sessions: int, unread: int) -> None:
    found, wrong = rows_of(text, "r.csv")
    assert (len(found), len(wrong)) == (sessions, unread)


def test_a_price_without_its_day_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\ninstance_type = "x"\nsystem = "linux"\nusd_per_hour = 1.0\nsource = "me"\n')
    with pytest.raises(errors.BadUsage):
        load_prices(file, "linux")


def test_who_is_on(admin: Admin) -> None:
    client, world = admin.client(), admin.world
    world.quotas["stream.graphics.g5.xlarge"] = 2
    add_image(world, "pose-1", family="graphics.g5")
    client.create_fleet(Name="pose", InstanceType="stream.graphics.g5.xlarge", ImageName="pose-1")
    client.associate_fleet(FleetName="pose", StackName="pose")
    client.start_fleet(Name="pose")
    world.clock.pass_time(minutes=11)
    world.memberships |= {("ann@x.org", "pose"), ("bob@x.org", "pose")}
    sign_in(world, "ann@x.org", "pose")
    disconnect(world, sign_in(world, "bob@x.org", "pose"))
    rows = json.loads(admin.run("sessions", "--json").out)["sessions"]
    assert [(row["user"], row["connected"]) for row in rows] == [("ann@x.org", True), ("bob@x.org", False)]
    assert all(row["ends"].endswith("Z") for row in rows)
