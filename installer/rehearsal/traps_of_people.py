"""What people met who signed in, or left something in the wrong place, and what the program says to it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from installer.rehearsal.mishaps import Mishap
from installer.rehearsal.person import Person
from installer.rehearsal.place import DATA, HOMES, ROOT, Place
from installer.rehearsal.report import require
from installer.rehearsal.sessions import sign_in
from installer.rehearsal.world import Record, Refusal
from launcher import errors
from launcher.session.facts import user_hash
from launcher.storage.uri import S3Uri

SAMPLE = ROOT / "resources" / "sample"


def results_on_the_desktop(person: Person) -> str:
    """A project outside the kept places is found before it is lost."""
    folder = person.home / "Desktop" / "mine-Ann-2026-11-28"
    shutil.copytree(SAMPLE / "open-arena-Sample-2026-01-15", folder)
    found = person.ask("stray")
    require("mine-Ann" in str(found), "it is named")
    return f"{folder.name} would be lost, and is named"


def no_streaming_resources(person: Person) -> str:
    """Every instance is taken: the next one who comes is refused, and gets in a moment later."""
    world, (name, stack) = person.place.world, (person.session["UserId"], person.session["StackName"])
    world.mishaps.plan(Mishap.NO_CAPACITY)
    try:
        sign_in(world, name, stack)
    except Refusal as exc:
        require(sign_in(world, name, stack)["Id"] == person.session["Id"], "and gets in when there is one")
        return exc.message
    raise errors.NotDone(name, title="Somebody got an instance where there was none")


def an_idle_limit_cuts_a_training(person: Person) -> str:
    """The service counts a training as idle: the pre-flight refuses such a site, `doctor` tells whoever is there."""
    site = person.place.folder / "idle.toml"
    text = person.place.site.read_text(encoding="utf-8")
    site.write_text(text.replace("[session]", "[session]\nidle_minutes = 60"), encoding="utf-8")
    found = person.place.admin("preflight", "--json", "--site", site, code=4)["checks"]
    told = next(row for row in found if row["name"] == "idle time-out")
    require(not told["ok"], "the admin is told")
    rows = person.ask("doctor", "--site", site, code=None)["checks"]
    (advice,) = [row for row in rows if "after 60 minutes" in row["message"]]
    require(advice["severity"] != "ok", "and so is the person")
    return str(told["hint"])


def a_test_link_shows_no_files(person: Person) -> str:
    """The same address by a test link is another person, with another home."""
    place = person.place
    other = Person(place, sign_in(place.world, person.session["UserId"], "pose", "API"))
    home = other.ask("session")["home"]
    place.world.sessions.pop(other.session["Id"])
    require(home == f"s3://{HOMES}/custom/{user_hash(person.session['UserId'])}/", "another home")
    return str(home)


def another_letter_case_is_another_home(person: Person) -> str:
    """The service keeps them apart, and so do we."""
    name = person.session["UserId"]
    require(user_hash(name) != user_hash(name.capitalize()), "another home")
    return f"{name} and {name.capitalize()}"


def an_address_that_changed(person: Person) -> str:
    """Another address is another home; once the old prefix was copied there, the work is back."""
    place, name = person.place, f"new.{person.session['UserId']}"
    folder = person.bring()
    (folder / "notes.txt").write_text("before the address changed", encoding="utf-8")
    person.ask("save", folder)
    place.world.memberships.add((name, "pose"))
    other = Person(place, sign_in(place.world, name, "pose"))
    old, new = (one.ask("session")["home"] for one in (person, other))
    require(other.ask("projects", new)["projects"] == [], "nothing is there")
    copied = _copy(place.storage(), S3Uri.parse(old), S3Uri.parse(new))
    shutil.rmtree(place.folder / "scratch")  # another day, another machine
    (project,) = other.ask("projects", new)["projects"]
    brought = Path(other.ask("stage", project["uri"])["dir"])
    require((brought / "notes.txt").is_file(), "and what was changed in it")
    place.destroy(other.session)
    _forget(place, other.session)
    return f"{copied} objects copied"


def _copy(client: Any, old: S3Uri, new: S3Uri) -> int:
    """As an admin does it."""
    listed = client.list_objects_v2(Bucket=old.bucket, Prefix=old.key).get("Contents", [])
    for one in listed:
        key = new.key + one["Key"].removeprefix(old.key)
        client.copy_object(Bucket=new.bucket, Key=key, CopySource={"Bucket": old.bucket, "Key": one["Key"]})
    return len(listed)


def _forget(place: Place, session: Record) -> None:
    """The other person's session is over, and nobody on the list."""
    place.world.sessions.pop(session["Id"])
    place.world.memberships.discard((session["UserId"], session["StackName"]))


def paths_of_another_machine(person: Person) -> str:
    """A project that was made elsewhere is repaired on its way here."""
    project = next(row for row in person.ask("projects", f"s3://{DATA}/")["projects"] if row["tool"] == "deeplabcut")
    brought = person.ask("stage", project["uri"])
    text = (Path(brought["dir"]) / "config.yaml").read_text(encoding="utf-8")
    require(str(brought["dir"]) in text, "its path is the one here")
    return f"{len(brought['repaired'])} fields"
