"""What people met in sessions, each by its symptom's name, and what the program says to it: on a rehearsal's place.

Every trap sets up the cause, asks the program as the person or the admin would, and requires the words that help.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.rehearsal.place import DATA, HOMES, ROOT, Place
from installer.rehearsal.report import require
from installer.rehearsal.sessions import sign_in
from installer.rehearsal.world import Record
from launcher.session.facts import user_hash
from launcher.session.home_folder import STATUS_FILE, State

SAMPLE = ROOT / "resources" / "sample"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a session, with a home folder of their own on its machine."""

    place: Place
    session: Record

    @property
    def home(self) -> Path:
        """Their home on the machine."""
        folder = self.place.machine(self.session) / "home"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def ask(self, *words: str | Path, code: int = 0, **environ: str) -> Any:
        """A command of the launcher."""
        return self.place.person(self.session, *words, code=code, environ={"HOME": str(self.home), **environ})


Trap = Callable[[Person], str]


def results_on_the_desktop(person: Person) -> str:
    """A project outside the kept places is found before it is lost."""
    folder = person.home / "Desktop" / "mine-Ann-2026-11-28"
    shutil.copytree(SAMPLE / "open-arena-Sample-2026-01-15", folder)
    found = person.ask("stray")
    require("mine-Ann" in str(found), "it is named")
    return f"{folder.name} would be lost, and is named"


def home_folder_still_mounting(person: Person) -> str:
    """It says so instead of looking empty."""
    return _home_folder(person, "False", State.MOUNTING)


def home_folder_is_there(person: Person) -> str:
    """And says so when it is there."""
    return _home_folder(person, "True", State.READY) or "ready"


def _home_folder(person: Person, status: str, state: State) -> str:
    file = person.home / STATUS_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"appstream_home_folder_mount_status={status}\n", encoding="utf-8")
    (person.home / "MyFiles" / "HomeFolder").mkdir(parents=True, exist_ok=True)
    rows = [row for row in person.ask("places")["places"] if row["kind"] == "home-folder"]
    require(len(rows) == 1 and rows[0].get("state") == state, f"the Home Folder is {state}: {rows}")
    return str(rows[0]["message"])


def unable_to_locate_credentials(person: Person) -> str:
    """A profile that is not there is a matter of rights, said in words."""
    with _without_credentials(person.place):
        person.ask("ls", f"s3://{DATA}/", code=5)
    return "exit code 5"


def credentials_in_the_first_seconds(person: Person) -> str:
    """They come late: whoever asks is told so, and the same command works once they are there."""
    with _without_credentials(person.place) as come:
        person.ask("ls", f"s3://{DATA}/", code=5)
        come()
        found = person.ask("ls", f"s3://{DATA}/")
    require(found["prefixes"], "it is listed")
    return "told, and then listed"


class _without_credentials:  # noqa: N801 - reads as a sentence where it is used
    """For a while the file with the profile is not there."""

    def __init__(self, place: Place) -> None:
        self._file = place.folder / "credentials"
        self._away = place.folder / "credentials.away"

    def __enter__(self) -> Callable[[], None]:
        self._file.rename(self._away)
        return self._back

    def __exit__(self, *_: object) -> None:
        self._back()

    def _back(self) -> None:
        if self._away.exists():
            self._away.rename(self._file)


def variables_that_are_empty(person: Person) -> str:
    """Without the service's variables it is an ordinary computer, and works."""
    known = person.place.person(person.session, "session", environ={"HOME": str(person.home)}, outside=True)
    require(not known["session_id"], "nobody's session")
    return f"source: {known['source']}"


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


def an_end_script_that_is_cut(person: Person) -> str:
    """What could not be saved in time is on a list in the bucket."""
    project = next(row for row in person.ask("projects", f"s3://{DATA}/")["projects"] if row["tool"] == "deeplabcut")
    folder = Path(person.ask("stage", project["uri"])["dir"])
    (folder / "large.bin").write_bytes(b"x" * 50_000_000)
    ended = person.place.person(person.session, "finish", "--deadline", "1", code=None)
    missing = [one["path"] for row in ended["projects"] for one in row["failed"]]
    saved = [one["path"] for row in ended["projects"] for one in row["saved"]]
    require("large.bin" in missing or "large.bin" in saved, "it is saved, or it is named")
    return "named as missing" if "large.bin" in missing else "saved within the second"


def a_gpu_that_is_not_visible(person: Person) -> str:
    """It says why, and is no failure."""
    told = person.ask("gpu")
    require(told["devices"] or told["reason"], "a device, or the reason")
    return str(told["reason"] or told["verdict"])


def a_proxy_that_leads_nowhere(person: Person) -> str:
    """The environment never changes where data goes."""
    dead = "http://127.0.0.1:9"
    found = person.ask("ls", f"s3://{DATA}/", HTTP_PROXY=dead, HTTPS_PROXY=dead, http_proxy=dead, https_proxy=dead)
    require(found["prefixes"], "it is listed")
    return "not asked"


def paths_of_another_machine(person: Person) -> str:
    """A project that was made elsewhere is repaired on its way here."""
    project = next(row for row in person.ask("projects", f"s3://{DATA}/")["projects"] if row["tool"] == "deeplabcut")
    brought = person.ask("stage", project["uri"])
    text = (Path(brought["dir"]) / "config.yaml").read_text(encoding="utf-8")
    require(str(brought["dir"]) in text, "its path is the one here")
    return f"{len(brought['repaired'])} fields"


#: By the name of the symptom, in the order in which they are tried.
TRAPS: dict[str, Trap] = {
    "results on the Desktop": results_on_the_desktop,
    "the Home Folder is still mounting": home_folder_still_mounting,
    "the Home Folder is there": home_folder_is_there,
    "unable to locate credentials": unable_to_locate_credentials,
    "credentials that fail in the first seconds": credentials_in_the_first_seconds,
    "variables that are empty": variables_that_are_empty,
    "a test link shows no files": a_test_link_shows_no_files,
    "another letter case": another_letter_case_is_another_home,
    "paths of another machine": paths_of_another_machine,
    "an end script that is cut": an_end_script_that_is_cut,
    "a GPU that is not visible": a_gpu_that_is_not_visible,
    "a proxy that leads nowhere": a_proxy_that_leads_nowhere,
}
