"""The rehearsal's story: an account without anything, an image, a fleet, a person at work, cut off, and back again."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.image.actions import Run, carry_out
from installer.image.plan import LOCK
from installer.image.wheel_lock import stand_in
from installer.rehearsal import image_assistant, stack_resources
from installer.rehearsal.images import BUILDER_S, SNAPSHOT_S, snapshot
from installer.rehearsal.mishap_story import mishaps
from installer.rehearsal.person import Person
from installer.rehearsal.place import CATALOGUE, DATA, HOMES, ROOT, Place
from installer.rehearsal.report import Report, require
from installer.rehearsal.sessions import disconnect, sign_in
from installer.rehearsal.traps import TRAPS
from installer.rehearsal.world import Record
from installer.supply.wheel import build_wheel
from launcher.config.site import load_site
from launcher.session.facts import user_hash
from launcher.storage import bucket
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

KIND = "stream.graphics.g5.xlarge"
ANN, BOB = "ann@lab.example.org", "bob@lab.example.org"
SAMPLE = ROOT / "resources" / "sample"
EDIT = "# changed in the rehearsal\n"
ROLES = ("AmazonAppStreamServiceAccess", "ApplicationAutoScalingForAmazonAppStreamAccess")
IN_A_PREFIX = ("site file", "session scripts", "heavy sync", "variables", "menu")
QUICK_CHECKS = ("site-file", "nothing-writable", "no-secret", "heavy-sync", "session-scripts")


@dataclass
class Story:
    """Each method is one or a few steps; each rests on those before."""

    place: Place
    report: Report
    short: bool = True

    def tell(self) -> None:
        """All of it."""
        self.account()
        self.image("pose-1", really=not self.short)
        self.fleet()
        if not self.short:
            mishaps(self.place, self.report)
        self.people()
        ann = self.log_in()
        if not self.short:
            self.traps(ann)
        self.work(ann)
        self.cut_off(ann)
        self.update(self.come_back())

    def account(self) -> None:
        """A new account has no quota at all, and nobody would be told by the fleet."""
        place = self.place
        place.write_site("pose-1")
        with self.report.step("a new account is told what to ask for") as step:
            found = place.admin("preflight", "--json", code=4)
            hints = [row["hint"] for row in found["checks"] if "quota" in row["name"]]
            require(len(hints) == 2 and all("request-service-quota-increase" in hint for hint in hints), "quotas")
            step.message = hints[0]
        place.world.quotas |= {KIND: 4, f"builder {KIND}": 1}
        iam = place.client("iam")
        for name in ROLES:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")

    def image(self, name: str, *, really: bool = False) -> None:
        """Planned, built as far as a folder goes, tried, and photographed by the Image Assistant.

        `really` installs the launcher itself there and takes a project through its round trip, which takes minutes.
        """
        place, spec = self.place, self.place.folder / "image.toml"
        text = f'schema = 1\nname = "{name}"\nsystem = "rocky-8"\ngpu = "g5"\ntools = ["sleap", "deeplabcut"]\n'
        spec.write_text(text, encoding="utf-8")
        wheel = place.folder / "pose_launcher-0-py3-none-any.whl"
        if really:
            wheel = build_wheel(ROOT, place.folder)
        else:
            stand_in(wheel, LOCK)
        steps = (*(("launcher",) if really else ()), *IN_A_PREFIX)
        checks = (*QUICK_CHECKS, *(("launcher-starts", "round-trip") if really else ()))
        with self.report.step(f"the plan of {name}") as step:
            require(place.admin("image", "check", spec, "--json")["ok"], "image check")
            plan = place.admin("image", "build", spec, "--wheel", wheel, "--dry-run")
            step.message = f"{len(plan.splitlines())} steps"
        with self.report.step(f"{name} in a folder, and its checks"):
            words = ("image", "build", spec, "--wheel", wheel, "--root", place.folder / name, "--only", *steps)
            require(place.admin(*words, "--dry-run") == place.admin(*words), "the plan is what happens")
            place.admin("image", "test", spec, "--root", place.folder / name, "--only", *checks)
        with self.report.step(f"the image builder makes {name}"):
            self._photograph(name)

    def _photograph(self, name: str) -> None:
        world, folder = self.place.world, self.place.folder / f"assistant-{name}"
        folder.mkdir()
        self.place.client("appstream").create_image_builder(Name=f"builder-{name}", InstanceType=KIND)
        self._wait(BUILDER_S)
        program = self.place.folder / name / "opt" / "pose-launcher" / "pose-launcher.png"
        icon = ("--absolute-icon-path", str(ROOT / "resources" / "icons" / "pose-launcher.png"))
        self._assistant(folder, "add-application", "--name", "PoseLauncher", "--absolute-app-path", str(program), *icon)
        self._assistant(folder, "create-image", "--name", name, "--dry-run")
        self._assistant(folder, "create-image", "--name", name)
        snapshot(world, f"builder-{name}", (folder / "image").read_text(encoding="utf-8"))
        self._wait(SNAPSHOT_S)
        require(world.images[name]["State"] == "AVAILABLE", "the image is available")
        self.place.client("appstream").delete_image_builder(Name=f"builder-{name}")

    def _assistant(self, folder: Path, *words: str) -> None:
        command = (sys.executable, "-P", str(Path(image_assistant.__file__)), *words)
        carry_out(Run(command, {image_assistant.FOLDER: str(folder)}, expect="image assistant"))

    def _wait(self, seconds: float) -> None:
        """The session clock of the rehearsal: minutes pass at once."""
        self.place.world.clock.pass_time(seconds=seconds + 1)
        self.place.world.settle()

    def fleet(self) -> None:
        """Deployed from the site file, and started."""
        place, file = self.place, self.place.folder / "template.json"
        with self.report.step("deploy") as step:
            place.admin("deploy", "--template", file)
            deployed = place.admin("deploy", "--json")
            step.message = f"{len(deployed['changes'])} resources"
            stack_resources.make(place, json.loads(file.read_text(encoding="utf-8")), "pose-1")
        with self.report.step("the fleet starts"):
            require(place.admin("deploy", "--start", "--json")["state"] == "STARTING", "it is on its way")
            self._wait(600)
            require(place.world.fleets["pose"]["State"] == "RUNNING", "the fleet runs")

    def people(self) -> None:
        """A file of two people; the same file again changes nothing. And a bucket to look at."""
        file = self.place.folder / "people.csv"
        file.write_text(f"email,first,last\n{ANN},Ann,Lee\n{BOB},Bob,Moe\n", encoding="utf-8")
        with self.report.step("register"):
            require(len(self.place.admin("users", "sync", file, "--json")["add"]) == 2, "two people")
            require(self.place.admin("users", "sync", file, "--json")["unchanged"] == 2, "nothing the second time")
        with self.report.step("the sample is in a bucket that the site offers"):
            with Store(load_site(self.place.site).site.s3) as store:
                for name in (DATA, HOMES, CATALOGUE):
                    bucket.ensure(store, name)
                folders = [path for path in SAMPLE.iterdir() if (path / "config.yaml").is_file()]
                files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
                bucket.fill(store, S3Uri(DATA), SAMPLE, sorted(path.relative_to(SAMPLE).as_posix() for path in files))
            self.place.admin("site", "add", "Also here", f"s3://{CATALOGUE}/more/")
            self.place.admin("site", "check")

    def log_in(self) -> Record:
        """The launcher knows who is there, and the broker knows it from the service."""
        with self.report.step("log in") as step:
            session = sign_in(self.place.world, ANN, "pose")
            known = self.place.person(session, "session")
            require(
                (known["user"], known["fleet"], known["session_id"]) == (ANN, "pose", session["Id"]), "who is there"
            )
            require(known["home"] == f"s3://{HOMES}/userpool/{user_hash(ANN)}/", "whose home")
            step.message = known["home"]
        return session

    def traps(self, session: Record) -> None:
        """What people met in sessions, each by the name of its symptom."""
        for name, trap in TRAPS.items():
            with self.report.step(f"trap: {name}") as step:
                step.message = trap(Person(self.place, session))
        self.place.destroy(session)
        self.place.empty(HOMES)

    def work(self, session: Record) -> None:
        """A project is seen, brought, changed and saved."""
        with self.report.step("open and save") as step:
            found = self.place.person(session, "projects", f"s3://{DATA}/")["projects"]
            project = next(one for one in found if one["tool"] == "deeplabcut")
            brought = self.place.person(session, "stage", project["uri"])
            _change(Path(brought["dir"]))
            saved = self.place.person(session, "save", brought["dir"])
            require(saved["saved"] and not saved["failed"], "everything is saved")
            require(self.place.person(session, "verify", brought["dir"])["ok"], "and the server has the same bytes")
            step.message = f"{project['name']}: {len(saved['saved'])} files"

    def cut_off(self, session: Record) -> None:
        """The connection is lost, nobody comes back in time, and the machine is gone."""
        with self.report.step("cut off"):
            disconnect(self.place.world, session)
            self._wait(16 * 60)
            require(session["State"] == "EXPIRED", "the session has ended")
            self.place.destroy(session)

    def come_back(self) -> Record:
        """A new machine that knows nothing; the work goes on where it was saved."""
        with self.report.step("come back and go on") as step:
            session = sign_in(self.place.world, ANN, "pose")
            home = self.place.person(session, "session")["home"]
            (project,) = self.place.person(session, "projects", home)["projects"]
            brought = self.place.person(session, "stage", project["uri"])
            require(_changes(Path(brought["dir"])) == 1, "the change is there")
            _change(Path(brought["dir"]))
            ended = self.place.person(session, "finish", "--deadline", "50")
            require(all(not one["failed"] for one in ended["projects"]), "saved at the end")
            step.message = project["uri"]
        return session

    def update(self, session: Record) -> None:
        """Another image while somebody works, and back again."""
        self.image("pose-2")
        with self.report.step("publish while somebody works"):
            self.place.admin("publish", "pose-2")
            require((session["State"], session["_image"]) == ("ACTIVE", "pose-1"), "the session goes on with its image")
            require(sign_in(self.place.world, BOB, "pose")["_image"] == "pose-2", "the next has the new one")
        with self.report.step("roll back"):
            self.place.admin("rollback")
            require(self.place.world.fleets["pose"]["ImageName"] == "pose-1", "the image before")
        with self.report.step("who is on") as step:
            rows: list[dict[str, Any]] = self.place.admin("sessions", "--json")["sessions"]
            require({row["user"] for row in rows} == {ANN, BOB}, "both")
            step.message = ", ".join(row["user"] for row in rows)


def _change(folder: Path) -> None:
    """What a person would do in the tool's window, done by hand."""
    file = folder / "config.yaml"
    file.write_text(file.read_text(encoding="utf-8") + EDIT, encoding="utf-8")


def _changes(folder: Path) -> int:
    return (folder / "config.yaml").read_text(encoding="utf-8").count(EDIT)
