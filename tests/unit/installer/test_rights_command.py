"""`pose-admin rights`: what an admin pastes elsewhere."""

from __future__ import annotations

from tests.unit.installer.at_the_desk import Admin


def test_without_a_broker_it_says_what_that_means(admin: Admin) -> None:
    said = admin.run("rights")
    assert (said.code, list(said.json)) == (0, ["fleet"])
    assert "convention only" in said.err
    assert admin.run("rights", "--for", "person").code == 2


def test_with_a_broker_the_fleet_has_no_homes(admin: Admin) -> None:
    admin.site.write_text(admin.site.read_text() + '[broker]\nurl = "https://broker.example.org/session"\n')
    said = admin.run("rights")
    assert list(said.json) == ["fleet", "person", "broker"]
    assert "lab-pose-home" not in str(said.json["fleet"])
    assert "lab-pose-home" in str(admin.run("rights", "--for", "person").json)
