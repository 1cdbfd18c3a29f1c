"""Every way in which the service and the Image Assistant fail, each by its name, and what the admin is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from installer.fleet.starting import told
from installer.image.actions import Run, carry_out
from installer.people.registering import ATTEMPTS
from installer.rehearsal import image_assistant
from installer.rehearsal.mishaps import OF_FLEETS, OF_PEOPLE, OF_THE_ASSISTANT, Mishap
from installer.rehearsal.place import Place
from installer.rehearsal.report import Report, require
from launcher import errors

KIND = "stream.graphics.g5.xlarge"
START_S = 601
SOMEBODY = "eve@lab.example.org"


def mishaps(place: Place, report: Report) -> None:
    """All of them."""
    _of_the_assistant(place, report)
    _of_fleets(place, report)
    _of_people(place, report)


def _of_the_assistant(place: Place, report: Report) -> None:
    folder = place.folder / "assistant-fails"
    folder.mkdir()
    command = (sys.executable, "-P", str(Path(image_assistant.__file__)), "create-image", "--name", "pose-1")
    for mishap in OF_THE_ASSISTANT:
        with report.step(f"the Image Assistant: {mishap}") as step:
            if mishap is not Mishap.EMPTY_CATALOGUE:  # it is empty already
                (folder / "mishap").write_text(mishap, encoding="utf-8")
            try:
                carry_out(Run(command, {image_assistant.FOLDER: str(folder)}, expect="image assistant"))
            except errors.NotDone as exc:
                step.message = f"{exc.title}. {exc.hint}"
            require(step.message, "it is told")


def _of_fleets(place: Place, report: Report) -> None:
    appstream = place.client("appstream")
    appstream.create_fleet(Name="trial", InstanceType=KIND, ImageName="pose-1")
    for mishap in OF_FLEETS:
        with report.step(f"a fleet that does not start: {mishap}") as step:
            place.world.mishaps.plan(mishap)
            (found,) = _started(place, appstream)["FleetErrors"]
            require(found["ErrorCode"] == mishap.name, "and says why")
            step.message = told(found)
    with report.step("a fleet that does not start: quota of 0, without a word") as step:
        kept, place.world.quotas[KIND] = place.world.quotas[KIND], 0
        require(_started(place, appstream)["FleetErrors"] == [], "the service says nothing")
        found = place.admin("preflight", "--json", code=4)
        place.world.quotas[KIND] = kept
        step.message = next(row["hint"] for row in found["checks"] if not row["ok"])
    appstream.delete_fleet(Name="trial")


def _started(place: Place, appstream: Any) -> Any:
    appstream.start_fleet(Name="trial")
    place.world.clock.pass_time(seconds=START_S)
    (found,) = appstream.describe_fleets(Names=["trial"])["Fleets"]
    require(found["State"] == "STOPPED", "it stopped")
    return found


#: How often it has to happen before the admin hears of it, and the exit code then; others are tried again unheard.
_TOLD = {Mishap.DIRECTORY_NOT_FOUND: (1, 4), Mishap.INTERNAL_ERROR: (ATTEMPTS, 4)}


def _of_people(place: Place, report: Report) -> None:
    """A registration that meets one of these goes on with the same command."""
    add = ("users", "add", SOMEBODY, "--json")
    for mishap in OF_PEOPLE:
        times, code = _TOLD.get(mishap, (1, 0))
        with report.step(f"registering: {mishap}") as step:
            place.world.mishaps.plan(mishap, times)
            told = place.admin(*add, code=code)
            place.world.mishaps.plan(mishap, 0)
            failed = [f"{one['code']}: {one['next']}" for one in told["failed"]]
            require(bool(failed) == bool(code), "what was not done is named")
            require(place.admin(*add)["failed"] == [], "the same command goes on")
            require((SOMEBODY, "pose") in place.world.memberships, "and it is done")
            step.message = "; ".join(failed) or "done at the second try"
            place.admin("users", "remove", SOMEBODY)
    with report.step("registering: the pool is full") as step:
        kept, place.world.quotas["users"] = place.world.quotas["users"], len(place.world.users)
        (failed,) = [one for one in place.admin(*add, code=4)["failed"] if one["what"] == "add"]
        place.world.quotas["users"] = kept
        step.message = f"{failed['code']}: {failed['next']}"
